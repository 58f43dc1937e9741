// SPDX-License-Identifier: BSD-3-Clause
//
// A .npz file of any bytes. Arrays that are read must read back from what is written of them.
#include "fuzz/libfuzzer/hostile_bytes.h"
#include "harness/exec/arrays/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace fp = foldproof;
  constexpr std::size_t kMostBytes = 16 << 20;
  fp::exec::Arrays arrays;
  const auto file = std::as_bytes(std::span(bytes, size));
  if (!fp::fuzz::ReadsOrRefuses([&] { arrays = fp::exec::ParseNpz(file, kMostBytes); })) return 0;
  const auto written = fp::exec::FormatNpz(arrays);
  if (fp::exec::FormatNpz(fp::exec::ParseNpz(written, fp::exec::kMostNpzBytes)) != written) {
    std::abort();
  }
  return 0;
}
