// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace foldproof {

// What the program answers to its caller (docs/architecture.md, "Exit codes").
enum class ExitCode : int {
  kHolds = 0,
  kDiffers = 1,
  kUnproved = 2,
  kUnusable = 3,
  kInternal = 4,
};

// The one exception for whatever is not our own bug. `place` names the file, the entry in it and
// the node, as far as they are known, separated by ": "; `why` says what is wrong and what would
// fix it. what() is one line: control characters and escape sequences in names are printed, never
// sent.
class Error : public std::exception {
 public:
  enum class Code {
    kInput,     // a file that cannot be used as it is
    kUsage,     // a command line or an option that makes no sense
    kOutput,    // a result that cannot be written
    kInternal,  // our own fault: a check that failed
  };

  Error(Code code, std::string place, std::string why);

  Code code() const { return code_; }
  const std::string& place() const { return place_; }
  const std::string& why() const { return why_; }
  const char* what() const noexcept override { return line_.c_str(); }
  ExitCode exit_code() const;

  // The same error of an input that is fine, but that this program cannot decide: exit code 2.
  Error Undecided() const;

  // The same error, with `outer` put in front of its place ("model.pt2: " + "models/model.json").
  Error Within(std::string_view outer) const;

 private:
  Code code_;
  std::string place_;
  std::string why_;
  std::string line_;
  bool undecided_ = false;
};

// `text` with everything that is not printable ASCII or well-formed printable UTF-8 as \xNN, and
// cut to `most` bytes, so that a name from a file can stand in a terminal line. What is cut ends in
// front of a number, never inside of one, which would be another number.
std::string Printable(std::string_view text, std::size_t most = 200);

// The same of what we say ourselves, with names of a file in it: as long as such a sentence may be.
std::string PrintableMessage(std::string_view text);

[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

}  // namespace foldproof

// Guards our own invariants, in every build. Never for input: that is an Error.
#define FP_CHECK(expression) \
  ((expression) ? void(0) : ::foldproof::CheckFailed(#expression, __FILE__, __LINE__))
