// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/feeds.h"
#include "harness/verify/source.h"

namespace foldproof::verify {

// The inputs of a program that .npz files hold, one after the other: one file is in memory at a
// time.
class RecordedInputs {
 public:
  // `paths`: files, and folders, whose files named .npz are taken in the order of their names.
  // Reads the first file. `program` outlives it. Throws Error(kInput).
  RecordedInputs(const ir::Program& program, const std::vector<std::string>& paths,
                 exec::TakenFloats taken = exec::TakenFloats::kAsDeclared);

  // nullopt behind the last. Throws Error(kInput) that names the file.
  std::optional<exec::Tensors> Next();

  // How many files were read, and what they are: of a single one its name and digest, of several
  // the names that were given, and the digest of lines as sha256sum prints them.
  std::size_t files() const { return next_file_; }
  // What of the files that were read is no finite number, an array each, with its file.
  const std::vector<std::string>& nonfinite() const { return nonfinite_; }
  FileIdentity identity() const;

 private:
  void ReadNextFile();

  const ir::Program& program_;
  std::string given_;
  std::vector<std::string> files_;
  std::size_t next_file_ = 0;
  std::vector<exec::Tensors>
      runs_;  // of the file that was read last; those before next_run_ are gone
  std::size_t next_run_ = 0;
  std::string digests_;
  exec::TakenFloats taken_;
  std::vector<std::string> nonfinite_;
  FileIdentity last_;
};

}  // namespace foldproof::verify
