// SPDX-License-Identifier: BSD-3-Clause
//
// What one quantizer costs an element: the floor under every tail that is evaluated point by point.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/exec/quantized/quantize.h"

namespace foldproof::exec {
namespace {

constexpr double kScale = 0.0448;
constexpr std::int64_t kZeroPoint = 3;

// Values that spread over twice the range of an int8 quantizer, so that some of them clamp.
std::vector<float> Values(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<std::int32_t>(i % 512) - 256;
    values[i] = static_cast<float>(kScale) * static_cast<float>(step);
  }
  return values;
}

void BM_QuantizeThenDequantize(benchmark::State& state) {
  const std::vector<float> values = Values(static_cast<std::size_t>(state.range(0)));
  const QuantizeConstants constants = MakeQuantizeConstants(kScale, kZeroPoint, -128, 127);
  std::vector<float> out(values.size());
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      out[i] = Dequantize(Quantize(values[i], constants, false), constants.zero_point,
                          static_cast<float>(kScale));
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_QuantizeThenDequantize)->Arg(256)->Arg(65536);

}  // namespace
}  // namespace foldproof::exec
