// SPDX-License-Identifier: BSD-3-Clause
//
// A shell command that runs beside us, spoken to line by line.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace foldproof::passes {

// Seconds since some moment; only differences matter. cli gives the clock.
using Seconds = std::function<double()>;

// Whether nobody waits for an answer any more, because the time is over or a person wants to stop.
using IsOver = std::function<bool()>;

// Thrown amid a wait where it is.
struct CutShort {};

// How a child ended.
struct Ending {
  int exit_code = 0;  // where no signal ended it
  int signal = 0;     // 0: none

  bool good() const { return exit_code == 0 && signal == 0; }
  std::string ToString() const;  // "exit code 3", "signal 9 (Killed)"
};

// `/bin/sh -c command` in a group of its own, all of which is killed with the Child. Deadlines are
// moments of the clock.
class Child {
 public:
  enum class Read { kLine, kEnd, kLate, kTooLong };

  // Throws Error(kInternal) where the system starts nothing more. What waits throws CutShort where
  // `is_over`, which may be empty, says so.
  Child(const std::string& command, Seconds now, IsOver is_over);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Writes to its standard input; false where nobody reads that any more.
  bool Write(std::string_view text);
  // The next line of its standard output, without the end of line. kEnd: it closed the stream.
  // kTooLong: a line of more than 1 MiB.
  Read ReadLine(std::string& line, double deadline);
  // Waits until it has ended and reads what it still prints; nullopt at the deadline.
  std::optional<Ending> WaitForEnd(double deadline);
  void CloseInput();
  // The last line that is not blank of what it printed on standard error, printable.
  std::string LastError() const;

 private:
  // Waits for output until `until`, and takes it in; false where none came.
  bool TakeIn(double until);
  void TakeFrom(int& file, std::string& text, std::size_t most);

  Seconds now_;
  IsOver is_over_;
  pid_t id_ = -1;
  int input_ = -1, output_ = -1, error_ = -1;
  std::string printed_, errors_;
  std::optional<Ending> ending_;
};

}  // namespace foldproof::passes
