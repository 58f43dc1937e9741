// SPDX-License-Identifier: BSD-3-Clause
#include "cli/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>

namespace foldproof::cli {
namespace {

double PeakOf(decltype(RUSAGE_SELF) who) {
  rusage usage{};
  if (getrusage(who, &usage) != 0) return 0;
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;  // Linux counts KiB
}

double SecondsOf(decltype(RUSAGE_SELF) who) {
  rusage usage{};
  if (getrusage(who, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::string DescribeMachine() {
  utsname name{};
  std::string out = uname(&name) == 0 ? name.machine : "unknown";
#if defined(__x86_64__)
  out += __builtin_cpu_supports("fma") ? ", fma" : ", no fma";
#endif
  return out;
}

double PeakResidentMegabytes() { return PeakOf(RUSAGE_SELF); }

double PeakWorkerMegabytes() { return PeakOf(RUSAGE_CHILDREN); }

double ProcessorSeconds() { return SecondsOf(RUSAGE_SELF) + SecondsOf(RUSAGE_CHILDREN); }

}  // namespace foldproof::cli
