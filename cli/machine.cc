// SPDX-License-Identifier: BSD-3-Clause
#include "cli/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>

namespace foldproof::cli {

std::string DescribeMachine() {
  utsname name{};
  std::string out = uname(&name) == 0 ? name.machine : "unknown";
#if defined(__x86_64__)
  out += __builtin_cpu_supports("fma") ? ", fma" : ", no fma";
#endif
  return out;
}

double PeakResidentMegabytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;  // Linux counts KiB
}

}  // namespace foldproof::cli
