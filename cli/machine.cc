// SPDX-License-Identifier: BSD-3-Clause
#include "cli/machine.h"

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

}  // namespace foldproof::cli
