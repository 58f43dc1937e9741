// SPDX-License-Identifier: BSD-3-Clause
//
// Somebody else's pass, which reads a file and writes another (docs/worker.md).
#pragma once

#include <filesystem>
#include <string>

#include "harness/passes/child.h"
#include "harness/passes/pass_under_test.h"

namespace foldproof::passes {

// That a person who wants to stop waits for a pass that may hang.
inline constexpr double kHurriedSeconds = 2;

struct ExternalOptions {
  std::string command;           // of the shell
  std::string name;              // what reports call it; empty: by its command
  double timeout_seconds = 60;   // for one program
  double start_seconds = 120;    // for a worker's handshake
  std::filesystem::path folder;  // for the files that are exchanged; it is there
  Seconds now;
  IsOver is_over;  // may be empty, as may be
  IsOver hurries;  // whether a pass may take no more than kHurriedSeconds for one program
};

// What goes wrong with the command is an answer of kind kRaised, whose rule is
//   pass-raises         it says that it raised, or ends with an exit code
//   pass-dies           a signal ended it, it closed its output without an answer, or it did not
//                       come up when it was started again
//   pass-hangs          no answer in time
//   pass-prints-rubbish what it printed is no answer
//   program-unusable    the file that it wrote cannot be read, or there is none
//   signature-changed   the program has other inputs or outputs
// A command that never started, or said no handshake, is no answer but an Error(kUsage). Run throws
// CutShort where the answer is no longer wanted.
class ExternalPass : public PassUnderTest {
 public:
  // Two passes of one process need different numbers.
  ExternalPass(ExternalOptions options, int number);
  ~ExternalPass() override;

  std::string name() const override {
    return options_.name.empty() ? options_.command : options_.name;
  }
  PassAnswer Run(const ir::Program& program) override;
  // The same for `program`, which stands in the file `in` already.
  PassAnswer RunOnFile(const std::filesystem::path& in, const ir::Program& program);

 protected:
  // Has `in` folded into out(), which is not there yet. An answer of kind kFolded or kRaised, the
  // program not filled in, or kUnchanged.
  virtual PassAnswer Ask(const std::filesystem::path& in) = 0;

  const ExternalOptions& options() const { return options_; }
  const std::filesystem::path& out() const { return out_; }

 private:
  ExternalOptions options_;
  std::filesystem::path in_, out_;
  double asked_ = 0;  // when it was given a program last
};

// A finding: the pass came to no program.
PassAnswer Raised(std::string rule, std::string detail);

// Throws Error(kUsage): the command has never done anything, so it says nothing of a program.
[[noreturn]] void CannotStart(const std::string& detail);

}  // namespace foldproof::passes
