// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>

namespace foldproof::cli {

// Seconds since it was made (Total), or since Lap was asked last.
class Stopwatch {
 public:
  double Total() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - made_).count();
  }
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point made_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace foldproof::cli
