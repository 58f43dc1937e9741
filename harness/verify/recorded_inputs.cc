// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/recorded_inputs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/verify/notes.h"
#include "harness/verify/sha256.h"
#include "src/base/within.h"

namespace foldproof::verify {
namespace {

namespace fs = std::filesystem;

// The .npz files of a folder, in the order of their names.
std::vector<std::string> NpzFilesIn(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".npz") out.push_back(entry.path().string());
  }
  if (failed) throw Error(Error::Code::kInput, folder, "cannot be read: " + failed.message());
  if (out.empty()) throw Error(Error::Code::kInput, folder, "holds no .npz file");
  std::ranges::sort(out);
  return out;
}

}  // namespace

RecordedInputs::RecordedInputs(const ir::Program& program, const std::vector<std::string>& paths,
                               exec::TakenFloats taken)
    : program_(program), taken_(taken) {
  for (const std::string& path : paths) {
    given_ += (given_.empty() ? "" : " ") + path;
    std::error_code unknown;
    if (fs::is_directory(path, unknown))
      std::ranges::move(NpzFilesIn(path), std::back_inserter(files_));
    else
      files_.push_back(path);
  }
  ReadNextFile();
}

void RecordedInputs::ReadNextFile() {
  const std::string& path = files_[next_file_++];
  const SourceFile file = ReadFile(path, exec::kMostNpzBytes);
  last_ = file.identity;
  digests_ += last_.sha256 + "  " + path + "\n";
  runs_ = Within(path, [&] {
    exec::Arrays arrays = exec::ParseNpz(file.bytes);
    AddNonfinite(path, arrays, nonfinite_);
    return exec::InputsOfAllRuns(program_, std::move(arrays), taken_);
  });
  next_run_ = 0;
}

std::optional<exec::Tensors> RecordedInputs::Next() {
  while (next_run_ == runs_.size()) {
    if (next_file_ == files_.size()) return std::nullopt;
    ReadNextFile();
  }
  return std::move(runs_[next_run_++]);
}

FileIdentity RecordedInputs::identity() const {
  return files_.size() == 1 ? last_ : FileIdentity{given_, Sha256(digests_)};
}

}  // namespace foldproof::verify
