// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/external_passes.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/passes/leavings.h"
#include "harness/passes/open_external_pass.h"
#include "harness/passes/recorded_pass.h"
#include "src/base/error.h"

namespace foldproof::passes {
namespace {

// In memory where there is such a place: thousands of files a minute wear out no disk, and an ext4
// looks long for an inode among so many that were freed just now.
constexpr char kMemory[] = "/dev/shm";

std::filesystem::path TemporaryFolder(PassFiles files) {
  std::error_code failed;
  if (files == PassFiles::kSmall && ::getenv("TMPDIR") == nullptr) {
    std::string name = std::string(kMemory) + "/foldproof_XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) return name;
  }
  std::string name = (std::filesystem::temp_directory_path(failed) / "foldproof_XXXXXX").string();
  if (failed || ::mkdtemp(name.data()) == nullptr) {
    throw Error(Error::Code::kOutput, name,
                failed ? failed.message() : std::string(std::strerror(errno)));
  }
  return name;
}

}  // namespace

ExternalPasses::ExternalPasses(const PassCommand& command, PassFiles files, Seconds now,
                               IsOver is_over, IsOver hurries) {
  options_.command = command.command;
  options_.timeout_seconds = command.timeout_seconds;
  options_.start_seconds = command.start_seconds;
  options_.name = command.name;
  options_.now = std::move(now);
  options_.is_over = std::move(is_over);
  options_.hurries = std::move(hurries);
  options_.folder = MakeFolderBy([&] { return TemporaryFolder(files); });
}

ExternalPasses::~ExternalPasses() { RemoveFolder(options_.folder); }

std::unique_ptr<ExternalPass> ExternalPasses::OpenRecorded(const std::filesystem::path& file) {
  return std::make_unique<RecordedPass>(options_, opened_++, file);
}

std::unique_ptr<ExternalPass> ExternalPasses::Open() {
  return OpenExternalPass(options_, opened_++);
}

MakePass ExternalPasses::Maker() {
  return [this] { return Open(); };
}

}  // namespace foldproof::passes
