// SPDX-License-Identifier: BSD-3-Clause
//
// A .pt2 file of any bytes.
#include "fuzz/libfuzzer/hostile_bytes.h"
#include "src/pt2/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace fp = foldproof;
  fp::fuzz::ReadsOrRefuses([&] { fp::pt2::ParseProgram(fp::fuzz::TextOf(bytes, size)); });
  return 0;
}
