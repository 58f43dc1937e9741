// SPDX-License-Identifier: BSD-3-Clause
#include "cli/pass_option.h"

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "harness/passes/open_external_pass.h"
#include "harness/passes/recorded_pass.h"
#include "src/base/error.h"

namespace foldproof::cli {
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

void AddPassOptions(CLI::App& command, PassArguments& arguments) {
  command.add_option("--pass", arguments.command,
                     "The pass under test: a shell command that is a worker, or that has {in} and "
                     "{out} and folds one file (docs/worker.md)");
  command
      .add_option("--pass-timeout", arguments.timeout_seconds,
                  "Seconds that --pass may take for one program")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

ExternalPasses::ExternalPasses(const PassArguments& arguments, PassFiles files) {
  options_.command = arguments.command;
  options_.timeout_seconds = arguments.timeout_seconds;
  options_.now = [this] { return stopwatch_.Total(); };
  options_.folder = TemporaryFolder(files);
}

ExternalPasses::~ExternalPasses() {
  std::error_code ignored;
  std::filesystem::remove_all(options_.folder, ignored);
}

std::unique_ptr<passes::ExternalPass> ExternalPasses::OpenRecorded(
    const std::filesystem::path& file) {
  return std::make_unique<passes::RecordedPass>(options_, opened_++, file);
}

std::unique_ptr<passes::ExternalPass> ExternalPasses::Open() {
  return passes::OpenExternalPass(options_, opened_++);
}

passes::MakePass ExternalPasses::Maker() {
  return [this] { return Open(); };
}

}  // namespace foldproof::cli
