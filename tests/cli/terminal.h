// SPDX-License-Identifier: BSD-3-Clause
//
// The built program in a terminal of so many columns.
#pragma once

#include <sys/ioctl.h>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/program_run.h"

namespace foldproof::cli {

// What `foldproof arguments...` shows there, its lines ended as in a file; empty where there are no
// pseudo-terminals.
inline std::string OnATerminal(
    const std::vector<std::string>& arguments, const std::function<void()>& in_child = [] {},
    unsigned short columns = 80) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) return "";
  const winsize size{24, columns, 0, 0};
  ::ioctl(terminal, TIOCSWINSZ, &size);
  const std::string name = ::ptsname(terminal);
  const int held = ::open(name.c_str(), O_RDWR | O_NOCTTY);  // so that its output stays readable
  std::string out;
  std::thread reader([&] {  // a terminal that nobody reads holds a few kilobytes
    std::array<char, 1 << 12> part;
    for (ssize_t got; (got = ::read(terminal, part.data(), part.size())) > 0;) {
      for (ssize_t i = 0; i < got; ++i) {
        if (part[static_cast<std::size_t>(i)] != '\r') out += part[static_cast<std::size_t>(i)];
      }
    }
  });
  RunFoldproof(arguments, name, in_child);
  ::close(held);
  reader.join();
  ::close(terminal);
  return out;
}

}  // namespace foldproof::cli
