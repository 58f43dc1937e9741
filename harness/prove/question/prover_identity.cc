// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/prover_identity.h"

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include <bit>

namespace foldproof::prove {
namespace {

std::string CLibrary() {
#if defined(__GLIBC__)
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "another C library";
#endif
}

std::string Instructions() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  std::string out = "x86-64";
  if (__builtin_cpu_supports("avx2")) out += " avx2";
  if (__builtin_cpu_supports("fma")) out += " fma";
  if (__builtin_cpu_supports("avx512f")) out += " avx512f";
  return out;
#else
  return std::endian::native == std::endian::little ? "little-endian" : "big-endian";
#endif
}

}  // namespace

std::string ProverIdentity() {
  return std::string(kProverSources) + "\n" + std::string(kProverBuild) + "\n" + CLibrary() + "\n" +
         Instructions() + "\n";
}

}  // namespace foldproof::prove
