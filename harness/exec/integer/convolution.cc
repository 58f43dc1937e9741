// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/convolution.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "harness/exec/integer/conv_operands.h"
#include "harness/exec/integer/numbers.h"
#include "harness/exec/integer/tap_rows.h"
#include "harness/exec/quantized/quantize.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

// v = f32(f64(f64(A * f32(s_x)) * f32(s_w[c])) + b): every step in float64 but the last.
FOLDPROOF_VECTOR_CLONES void ValuesOfCodes(const std::int32_t* sums, std::size_t count,
                                           double input_scale, double weight_scale, double bias,
                                           float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(static_cast<double>(sums[i]) * input_scale * weight_scale + bias);
  }
}

FOLDPROOF_VECTOR_CLONES void ValuesOfReals(const double* sums, std::size_t count,
                                           double input_scale, double weight_scale, double bias,
                                           float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(sums[i] * input_scale * weight_scale + bias);
  }
}

// The largest |q - z| that codes of this type and zero point can have.
std::int64_t LargestShifted(const CodedTensor& input) {
  const std::int64_t z = input.meaning()->zero_points.front();
  const ir::ScalarType dtype = input.Codes().dtype();
  return std::max(std::abs(ir::LowestOf(dtype) - z), std::abs(ir::HighestOf(dtype) - z));
}

// How many output positions are convolved at once: what their tap rows take stays in the cache.
std::size_t PositionsAtOnce(std::size_t taps, std::size_t width, std::size_t plane) {
  constexpr std::size_t kBytes = std::size_t{1} << 18;
  const std::size_t fitting = kBytes / (std::max<std::size_t>(1, taps) * width);
  const std::size_t whole = (plane + kPositionGroup - 1) / kPositionGroup * kPositionGroup;
  return std::clamp(fitting / kPositionGroup * kPositionGroup, kPositionGroup, whole);
}

}  // namespace

// What a run needs besides the input; kept while weight, bias and sizes stay.
struct ConvKernel::Ready {
  Elements weight_elements, bias_elements;  // what it was made of
  std::vector<std::int64_t> input_sizes;
  bool as_codes = false;

  ConvGeometry geometry;
  PlainWeight weight;
  std::vector<CodeWeights> narrow;  // one a group, of codes within int16
  std::vector<double> bias;
  std::int64_t largest_sum = 0;  // of the |w| of an output
};

namespace {

// The elements that identify an operand from run to run.
Elements IdentityOf(const CodedTensor& tensor) {
  return tensor.meaning() == nullptr ? tensor.elements() : tensor.Codes().elements();
}

// Output channel by output channel: sums become values.
class ValueWriter {
 public:
  ValueWriter(const PlainWeight& weight, const std::vector<double>& bias, double input_scale)
      : weight_(weight), bias_(bias), input_scale_(input_scale) {}

  void Write(std::size_t channel, const std::int32_t* sums, std::size_t count, float* out) const {
    ValuesOfCodes(sums, count, input_scale_, ScaleOf(channel), bias_[channel], out);
  }
  void Write(std::size_t channel, const double* sums, std::size_t count, float* out) const {
    ValuesOfReals(sums, count, input_scale_, ScaleOf(channel), bias_[channel], out);
  }

 private:
  double ScaleOf(std::size_t channel) const {
    return weight_.scales.empty() ? 1.0 : weight_.scales[channel];
  }

  const PlainWeight& weight_;
  const std::vector<double>& bias_;
  double input_scale_;
};

// Multiplies tap rows of type X with each group's weight: product(group, rows, pitch, sums).
template <typename X, typename Sum, typename Product, typename Writer, typename Out>
void RunPlanes(const ConvGeometry& geometry, const std::vector<X>& input, Product&& product,
               const Writer& writer, Out* out) {
  const TapRows<X> rows(geometry);
  const std::size_t taps = geometry.taps(), plane = geometry.output_plane();
  const auto groups = static_cast<std::size_t>(geometry.groups);
  const std::size_t outputs = static_cast<std::size_t>(geometry.outputs) / groups;
  const std::size_t inputs = static_cast<std::size_t>(geometry.channels) / groups;
  const std::size_t most = PositionsAtOnce(taps, sizeof(X), plane);
  std::vector<X> tap_rows((taps + taps % 2) * most, X{0});
  std::vector<Sum> sums(outputs * most);
  for (std::size_t n = 0; n < static_cast<std::size_t>(geometry.batch); ++n) {
    for (std::size_t g = 0; g < groups; ++g) {
      const X* planes = input.data() + (n * groups + g) * inputs * geometry.input_plane();
      Out* to = out + (n * groups + g) * outputs * plane;
      for (std::size_t first = 0; first < plane; first += most) {
        const std::size_t count = std::min(most, plane - first);
        const std::size_t pitch = (count + kPositionGroup - 1) / kPositionGroup * kPositionGroup;
        rows.Fill(planes, first, count, pitch, tap_rows.data());
        std::fill_n(tap_rows.data() + taps * pitch, taps % 2 * pitch, X{0});
        product(g, tap_rows.data(), pitch, sums.data());
        for (std::size_t o = 0; o < outputs; ++o) {
          writer.Write(g * outputs + o, sums.data() + o * pitch, count, to + o * plane + first);
        }
      }
    }
  }
}

}  // namespace

ConvKernel::ConvKernel(const ir::Convolution& op) : op_(op) {}
ConvKernel::~ConvKernel() = default;
ConvKernel::ConvKernel(ConvKernel&&) noexcept = default;

void ConvKernel::MakeReady(const CodedTensor& input, const CodedTensor& weight,
                           const CodedTensor* bias) {
  const CodeMeaning* meaning = input.meaning();
  const bool as_codes =
      meaning != nullptr && !meaning->per_channel() && HasScaleAnOutput(weight, op_.transposed);
  const Elements weight_elements = IdentityOf(weight);
  const Elements bias_elements = bias ? IdentityOf(*bias) : nullptr;
  if (ready_ && ready_->weight_elements == weight_elements &&
      ready_->bias_elements == bias_elements && ready_->input_sizes == input.sizes() &&
      ready_->as_codes == as_codes) {
    return;
  }
  auto ready = std::make_unique<Ready>();
  ready->weight_elements = weight_elements;
  ready->bias_elements = bias_elements;
  ready->input_sizes = input.sizes();
  ready->as_codes = as_codes;
  ready->geometry = GeometryOf(op_, input.sizes(), weight.sizes());
  const auto outputs = static_cast<std::size_t>(ready->geometry.outputs);
  ready->weight = WeightOf(ready->geometry, op_.transposed, weight, as_codes);
  ready->bias = BiasOf(bias, outputs);
  if (as_codes) SumWeights(*ready);
  ready_ = std::move(ready);
}

void ConvKernel::SumWeights(Ready& ready) {
  const std::size_t taps = ready.geometry.taps();
  const auto groups = static_cast<std::size_t>(ready.geometry.groups);
  const std::size_t outputs = static_cast<std::size_t>(ready.geometry.outputs) / groups;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::span<const std::int32_t> codes(ready.weight.codes.data() + g * outputs * taps,
                                              outputs * taps);
    for (std::size_t o = 0; o < outputs; ++o) {
      std::int64_t sum = 0;
      for (const std::int32_t w : codes.subspan(o * taps, taps)) sum += std::abs(std::int64_t{w});
      ready.largest_sum = std::max(ready.largest_sum, sum);
    }
    if (ready.weight.narrow) ready.narrow.emplace_back(codes, outputs, taps);
  }
}

CodedTensor ConvKernel::Run(const CodedTensor& input, const CodedTensor& weight,
                            const CodedTensor* bias) {
  MakeReady(input, weight, bias);
  return ready_->as_codes ? RunCodes(input) : RunFloats(input);
}

// A bound of every |A|.
std::int64_t ConvKernel::LargestSum(const CodedTensor& input) const {
  const std::int64_t largest = LargestShifted(input);
  if (largest > (std::int64_t{1} << 24))
    Refuse("a zero point is out of the range that is run here");
  const std::int64_t bound = largest * ready_->largest_sum;
  if (bound >= std::int64_t{1} << 53) Refuse("its accumulator may leave 53 bits");
  return bound;
}

template <typename Writer, typename Out>
void ConvKernel::RunSums(const CodedTensor& input, const Writer& writer, Out* out) const {
  const ConvGeometry& geometry = ready_->geometry;
  const std::vector<std::int32_t> shifted = ShiftedCodesOf(input);
  const auto outputs = static_cast<std::size_t>(geometry.outputs / geometry.groups);
  const std::size_t taps = geometry.taps();
  if (ready_->weight.narrow && LargestShifted(input) <= std::numeric_limits<std::int16_t>::max() &&
      LargestSum(input) <= std::numeric_limits<std::int32_t>::max()) {
    std::vector<std::int16_t> x(shifted.size());
    std::ranges::transform(shifted, x.begin(),
                           [](std::int32_t code) { return static_cast<std::int16_t>(code); });
    const auto product = [&](std::size_t g, const std::int16_t* rows, std::size_t pitch,
                             std::int32_t* sums) {
      CodeProduct(ready_->narrow[g], rows, pitch, sums);
    };
    return RunPlanes<std::int16_t, std::int32_t>(geometry, x, product, writer, out);
  }
  const std::vector<double> x(shifted.begin(), shifted.end());
  const std::vector<double> w(ready_->weight.codes.begin(), ready_->weight.codes.end());
  const auto product = [&](std::size_t g, const double* rows, std::size_t pitch, double* sums) {
    RealProduct(std::span(w).subspan(g * outputs * taps, outputs * taps), outputs, taps, rows,
                pitch, sums);
  };
  RunPlanes<double, double>(geometry, x, product, writer, out);
}

CodedTensor ConvKernel::RunCodes(const CodedTensor& input) {
  LargestSum(input);  // refuses what 53 bits may not hold
  const ValueWriter writer(ready_->weight, ready_->bias, input.meaning()->scales.front());
  Filling<float> out(CountOf(ready_->geometry.result));
  RunSums(input, writer, out.span().data());
  return std::move(out).Finish(ir::ScalarType::kFloat32, ready_->geometry.result);
}

CodedTensor ConvKernel::RunKernel(const CodedTensor& input, const CodedTensor& weight,
                                  const KernelConstants& constants) {
  MakeReady(input, weight, nullptr);
  if (!ready_->as_codes) Refuse("its operands are no codes with a scale an output channel");
  const ConvGeometry& geometry = ready_->geometry;
  const auto outputs = static_cast<std::size_t>(geometry.outputs);
  if (constants.has_bias && constants.channels.size() != outputs) {
    Refuse("its bias has not one entry an output channel");
  }
  LargestSum(input);
  const auto run = [&](auto zero) {
    Filling<decltype(zero)> out(CountOf(geometry.result));
    RunSums(input, CodeWriter<decltype(zero)>(constants), out.span().data());
    return std::move(out).Finish(constants.dtype, geometry.result);
  };
  switch (constants.dtype) {
    case ir::ScalarType::kInt8: return run(std::int8_t{});
    case ir::ScalarType::kUInt8: return run(std::uint8_t{});
    case ir::ScalarType::kInt16: return run(std::int16_t{});
    default: Refuse("no integer kernel gives such codes");
  }
}

CodedTensor ConvKernel::RunFloats(const CodedTensor& input) {
  const ConvGeometry& geometry = ready_->geometry;
  if (input.dtype() != ir::ScalarType::kFloat32) {
    Refuse("a convolution or product of float32 alone is run here");
  }
  const auto outputs = static_cast<std::size_t>(geometry.outputs / geometry.groups);
  const std::size_t taps = geometry.taps();
  const auto elements = input.As<float>();
  const std::vector<double> x(elements.begin(), elements.end());
  const std::span<const double> w(ready_->weight.numbers);
  const ValueWriter writer(ready_->weight, ready_->bias, 1.0);
  Filling<float> out(CountOf(geometry.result));
  const auto product = [&](std::size_t g, const double* rows, std::size_t pitch, double* sums) {
    RealProduct(w.subspan(g * outputs * taps, outputs * taps), outputs, taps, rows, pitch, sums);
  };
  RunPlanes<double, double>(geometry, x, product, writer, out.span().data());
  return std::move(out).Finish(ir::ScalarType::kFloat32, geometry.result);
}

// A product over the last dimension: a convolution of no space, every row a batch of its own.
template <typename Work>
CodedTensor LinearKernel::OverRows(const CodedTensor& input, const CodedTensor& weight,
                                   Work&& work) {
  if (input.rank() < 1 || weight.rank() != 2) Refuse("its operands are no rows and no matrix");
  const std::int64_t taps = weight.sizes()[1];
  if (taps < 1 || input.sizes().back() != taps) Refuse("its operands do not fit together");
  if (!conv_) {
    ir::Convolution op;
    op.stride = op.dilation = {1};
    op.padding = op.output_padding = {0};
    conv_.emplace(op);
  }
  const auto rows = static_cast<std::int64_t>(input.count()) / taps;
  const CodedTensor weight_3d = weight.meaning() && weight.meaning()->per_channel()
                                    ? weight.WithSizes({weight.sizes()[0], taps, 1})
                                    : weight.Reshaped({weight.sizes()[0], taps, 1});
  const CodedTensor out = work(*conv_, input.Reshaped({rows, taps, 1}), weight_3d);
  std::vector<std::int64_t> sizes = input.sizes();
  sizes.back() = weight.sizes()[0];
  return out.Reshaped(std::move(sizes));
}

CodedTensor LinearKernel::Run(const CodedTensor& input, const CodedTensor& weight,
                              const CodedTensor* bias) {
  return OverRows(input, weight, [&](ConvKernel& conv, const CodedTensor& x, const CodedTensor& w) {
    return conv.Run(x, w, bias);
  });
}

CodedTensor LinearKernel::RunKernel(const CodedTensor& input, const CodedTensor& weight,
                                    const KernelConstants& constants) {
  return OverRows(input, weight, [&](ConvKernel& conv, const CodedTensor& x, const CodedTensor& w) {
    return conv.RunKernel(x, w, constants);
  });
}

}  // namespace foldproof::exec
