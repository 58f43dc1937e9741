// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/site_constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "harness/exec/integer/conv_operands.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/integer/quantization.h"
#include "harness/exec/quantized/activation.h"

namespace foldproof::exec {
namespace {

// Carries the reason why there is no kernel out to ConstantsOf.
struct NoKernel {
  std::string why;
};

std::size_t RankOf(const ir::Op& product) {
  const auto* conv = std::get_if<ir::Convolution>(&product);
  return conv == nullptr ? 2 : conv->spatial() + 2;
}

class SiteReader {
 public:
  SiteReader(const FunctionalView& view, const QuantizedSite& site,
             const std::set<ir::ValueId>& fed)
      : view_(view), site_(site), fed_(fed) {
    Want(site.weight);
    if (site.bias_codes) {
      wanted_.push_back(site.bias_codes->codes);
      Want(*site.bias_codes);
    }
    Compute();
  }

  // f32(s_w): one, or one an output channel.
  std::vector<float> WeightScales() const {
    if (const auto* all = std::get_if<ir::QuantParams>(&site_.weight.params)) {
      return {static_cast<float>(all->scale)};
    }
    const auto& channels = std::get<ir::ChannelQuantParams>(site_.weight.params);
    const std::size_t rank = RankOf(view_.program().graph.node(site_.product).op);
    const auto meaning = MeaningOf(channels.dtype, rank, ParamsOf(channels));
    if (meaning == nullptr) throw NoKernel{"its weight's codes less their zero points are floats"};
    return meaning->scales;
  }

  struct Bias {
    std::vector<std::int64_t> codes;  // q_b - z_b; none where there is no bias
    std::vector<double> steps;        // f32(s_b): one, or as many
  };
  Bias BiasCodes() const {
    if (!site_.bias) return {};
    if (!site_.bias_codes) throw NoKernel{"its bias is a float"};
    const CodedTensor codes(constants_.at(site_.bias_codes->codes));
    const auto* all = std::get_if<ir::QuantParams>(&site_.bias_codes->params);
    const CodedTensor bias =
        all != nullptr
            ? DequantizeTensor(codes, *all)
            : DequantizeChannels(
                  codes, ParamsOf(std::get<ir::ChannelQuantParams>(site_.bias_codes->params)));
    if (bias.meaning() == nullptr) {
      throw NoKernel{"its bias's codes less their zero points are floats"};
    }
    return {BiasCodesOf(bias), {bias.meaning()->scales.begin(), bias.meaning()->scales.end()}};
  }

 private:
  void Want(const DequantizedCodes& dequantized) {
    const auto* channels = std::get_if<ir::ChannelQuantParams>(&dequantized.params);
    if (channels == nullptr) return;
    wanted_.push_back(channels->scales);
    if (channels->zero_points) wanted_.push_back(*channels->zero_points);
  }

  void Compute() {
    constexpr char kNotConstant[] = "its weight's scales or its bias are no constants";
    for (const ir::ValueId id : wanted_) {
      if (fed_.contains(id)) throw NoKernel{kNotConstant};
    }
    try {
      if (!PlanNodes(view_, fed_, wanted_).steps.empty()) throw NoKernel{kNotConstant};
      constants_ = IntegerExecutor().Run(view_.program(), {}, wanted_);
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      throw NoKernel{kNotConstant};
    }
  }

  ChannelParams ParamsOf(const ir::ChannelQuantParams& params) const {
    std::optional<Tensor> zero_points;
    if (params.zero_points) zero_points = constants_.at(*params.zero_points);
    return {constants_.at(params.scales),
            std::move(zero_points),
            params.axis,
            params.quant_min,
            params.quant_max,
            params.dtype};
  }

  const FunctionalView& view_;
  const QuantizedSite& site_;
  const std::set<ir::ValueId>& fed_;
  std::vector<ir::ValueId> wanted_;
  Tensors constants_;
};

Activation ActivationOf(const ir::Graph& graph, const QuantizedSite& site) {
  Activation out;
  for (const ir::NodeId id : site.between) {
    const ir::Op& op = graph.node(id).op;
    if (std::holds_alternative<ir::Unary>(op)) out.Then({0.0, {}});
    if (const auto* clamp = std::get_if<ir::Clamp>(&op)) out.Then({clamp->low, clamp->high});
  }
  return out;
}

// The bounds of the codes: first the activation's, then the quantizer's.
void SetBounds(const Activation& activation, const ir::QuantParams& q, KernelConstants& out) {
  constexpr std::int64_t kFar = std::int64_t{1} << 60;
  const auto code = [&](const std::optional<double>& bound, std::int64_t where_none) {
    return bound ? CodeOfBound(*bound, q.scale, q.zero_point) : where_none;
  };
  const std::int64_t low = code(activation.low, -kFar), high = code(activation.high, kFar);
  const auto through = [&](std::int64_t x) {
    return std::min(std::max(std::min(std::max(x, low), high), q.quant_min), q.quant_max);
  };
  out.low = through(-kFar);
  out.high = through(kFar);
}

void CheckQuantizer(const FunctionalView& view, const QuantizedSite& site) {
  const ir::QuantParams& q = site.output;
  if (q.dtype != ir::ScalarType::kInt8 && q.dtype != ir::ScalarType::kUInt8 &&
      q.dtype != ir::ScalarType::kInt16) {
    throw NoKernel{"its quantizer gives " + std::string(ir::Name(q.dtype))};
  }
  if (q.quant_min < ir::LowestOf(q.dtype) || q.quant_max > ir::HighestOf(q.dtype) ||
      q.quant_min > q.quant_max) {
    throw NoKernel{"its quantizer has a range that is none of " + std::string(ir::Name(q.dtype))};
  }
  const ir::Node& quantize = view.program().graph.node(site.quantize);
  const auto& type =
      view.program()
          .graph.value(view.Read(site.quantize, std::get<ir::QuantizePerTensor>(quantize.op).input))
          .type;
  if (type && type->dtype != ir::ScalarType::kFloat32) {
    throw NoKernel{"its quantizer takes " + std::string(ir::Name(type->dtype))};
  }
}

// One channel: R with M = s_x * s_w / s_out, and the bias, whose step has to be s_x * s_w.
KernelChannel ChannelOf(Kernel kernel, const QuantizedSite& site, double weight_scale,
                        std::int64_t bias, double bias_step) {
  const double input_scale = std::get<ir::QuantParams>(site.input.params).scale;
  const double step = static_cast<double>(static_cast<float>(input_scale)) * weight_scale;
  if (bias != 0 && !(std::abs(bias_step - step) <= 0x1p-20 * step)) {
    throw NoKernel{"its bias has other steps than its accumulator"};
  }
  if (bias < std::numeric_limits<std::int32_t>::min() ||
      bias > std::numeric_limits<std::int32_t>::max()) {
    throw NoKernel{"its bias is no int32"};
  }
  const double real = RealMultiplier(input_scale, weight_scale, site.output.scale);
  const auto requantizer = Requantizer::Make(kernel, real);
  if (!requantizer) throw NoKernel{fmt::format("it holds no multiplier of {:g}", real)};
  return {static_cast<std::int32_t>(bias), *requantizer};
}

}  // namespace

ConstantsOrReason ConstantsOf(const FunctionalView& view, const QuantizedSite& site, Kernel kernel,
                              const std::set<ir::ValueId>& fed) {
  try {
    if (IsCut(site, fed)) throw NoKernel{"a value of its site is given"};
    CheckQuantizer(view, site);
    const SiteReader reader(view, site, fed);
    const std::vector<float> scales = reader.WeightScales();
    const SiteReader::Bias bias = reader.BiasCodes();
    KernelConstants out;
    out.has_bias = site.bias.has_value();
    out.dtype = site.output.dtype;
    out.zero_point = site.output.zero_point;
    SetBounds(ActivationOf(view.program().graph, site), site.output, out);
    const std::size_t channels = out.has_bias ? bias.codes.size() : scales.size();
    for (std::size_t c = 0; c < channels; ++c) {
      const double step = bias.steps.empty() ? 0 : bias.steps[c % bias.steps.size()];
      out.channels.push_back(ChannelOf(kernel, site, scales[c % scales.size()],
                                       out.has_bias ? bias.codes[c] : 0, step));
    }
    if (out.channels.empty()) throw NoKernel{"it has no channels"};
    return {std::move(out), {}};
  } catch (const NoKernel& none) {
    return {std::nullopt, none.why};
  }
}

}  // namespace foldproof::exec
