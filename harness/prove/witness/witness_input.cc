// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/witness/witness_input.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/conv/element_identity.h"
#include "harness/prove/conv/element_map.h"
#include "harness/prove/conv/tap_classes.h"
#include "harness/prove/witness/moved_witness.h"

namespace foldproof::prove {
namespace {

class InputBuilder {
 public:
  InputBuilder(const Side& before, const MatchedSite& site, const Witness& witness)
      : view_(before.view),
        graph_(before.view.program().graph),
        conv_(site.before->conv),
        witness_(witness) {}

  WitnessInputOrReason Build() {
    const auto map = TraceElements(view_, conv_.input_cut, view_.Read(conv_.node, conv_.op.input));
    if (!map) return {std::nullopt, "the conv's input has no static shape", true};
    const auto& type = graph_.value(conv_.input_cut).type;
    const std::int64_t zero = std::clamp(conv_.input_params.zero_point, CodeLow(), CodeHigh());
    codes_.assign(static_cast<std::size_t>(*type->element_count()), zero);
    set_.assign(codes_.size(), 0);
    if (conv_.reads_padded) same_ = IdentifyElements(view_, conv_.input_cut);
    if (ShowsMoved(witness_)) {
      FP_CHECK(witness_.taps.size() == codes_.size());
      for (std::size_t i = 0; i < codes_.size(); ++i)
        codes_[i] = witness_.taps[i] + conv_.input_params.zero_point;
      set_.assign(codes_.size(), 1);
    } else if (const std::string fault = PlaceTaps(*map); !fault.empty())
      return {std::nullopt, fault};
    if (auto whole = AsProgramInput()) return {std::move(whole), {}};
    return {AsCut(), {}};
  }

 private:
  std::int64_t CodeLow() const { return conv_.numbers.low + conv_.input_params.zero_point; }
  std::int64_t CodeHigh() const { return conv_.numbers.high + conv_.input_params.zero_point; }

  // Sets the codes that the window at the witness' output position reads.
  std::string PlaceTaps(const std::vector<std::int64_t>& map) {
    const auto input = graph_.value(conv_.op.input).type->sizes();
    const std::size_t spatial = conv_.op.spatial();
    const auto groups = static_cast<std::size_t>(conv_.op.groups);
    const std::size_t inputs = conv_.taps / conv_.kernel;
    const std::size_t group = witness_.channel / (conv_.channels / groups);
    std::size_t tap = 0;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (const std::uint32_t k : witness_.kernel_positions) {
        const std::int64_t x = witness_.taps[tap++];
        const auto at = InputPosition(graph_, conv_.op, k, witness_.output_position);
        if (!at) return "a tap lies outside the input";
        auto linear = static_cast<std::int64_t>(group * inputs + i);
        for (std::size_t d = 0; d < spatial; ++d)
          linear = linear * input[input.size() - spatial + d] + (*at)[d];
        FP_CHECK(linear >= 0 && linear < static_cast<std::int64_t>(map.size()));
        const std::int64_t from = map[static_cast<std::size_t>(linear)];
        if (from < 0 && x != 0) return "a tap reads padding";
        if (from < 0) continue;
        const std::int64_t code = x + conv_.input_params.zero_point;
        const auto to = static_cast<std::size_t>(from);
        if (!SetAll(to, code)) return "two taps read one element";
      }
    }
    return {};
  }

  // Sets an element and all that are the same; false where one of them has another code.
  bool SetAll(std::size_t at, std::int64_t code) {
    if (set_[at]) return codes_[at] == code;
    codes_[at] = code;
    set_[at] = 1;
    if (!same_ || (*same_)[at] < 0) return true;
    for (std::size_t i = 0; i < codes_.size(); ++i) {
      if ((*same_)[i] != (*same_)[at]) continue;
      codes_[i] = code;
      set_[i] = 1;
    }
    return true;
  }

  WitnessInput AsCut() const {
    std::vector<float> values(codes_.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = FloatOf(codes_[i]);
    return {Witness::Level::kSite, conv_.input_cut, 0,
            exec::Tensor::Of(ir::ScalarType::kFloat32, graph_.value(conv_.input_cut).type->sizes(),
                             values)};
  }

  // The user input behind the quantize that makes the codes, with numbers that quantize to them.
  std::optional<WitnessInput> AsProgramInput() const {
    if (conv_.float_input)
      return AsProgramInput(conv_.input_cut,
                            [&](std::int64_t code) { return std::optional(FloatOf(code)); });
    const ir::Node* node = graph_.ProducerOf(conv_.input_codes);
    const auto* q = node ? std::get_if<ir::QuantizePerTensor>(&node->op) : nullptr;
    if (q == nullptr) return std::nullopt;
    return AsProgramInput(view_.Read(node->id, q->input),
                          [&](std::int64_t code) { return NumberFor(code, q->params); });
  }

  template <typename Number>
  std::optional<WitnessInput> AsProgramInput(ir::ValueId made, Number&& number_for) const {
    const auto users = view_.program().UserInputs();
    for (std::size_t u = 0; u < users.size(); ++u) {
      const auto map = TraceElements(view_, users[u], made);
      const auto& type = graph_.value(users[u]).type;
      if (!map || !type || type->dtype != ir::ScalarType::kFloat32) continue;
      std::vector<float> x(static_cast<std::size_t>(*type->element_count()), 0.0f);
      std::vector<char> set(x.size(), 0);
      for (std::size_t i = 0; i < codes_.size(); ++i) {
        const auto number = number_for(codes_[i]);
        if (!number) return std::nullopt;
        const std::int64_t from = (*map)[i];
        if (from < 0) continue;
        const auto to = static_cast<std::size_t>(from);
        if (set[to] && set_[i]) return std::nullopt;  // one element, two codes that matter
        if (!set[to] || set_[i]) x[to] = *number;
        set[to] |= set_[i];
      }
      return WitnessInput{Witness::Level::kProgram, users[u], u,
                          exec::Tensor::Of(ir::ScalarType::kFloat32, type->sizes(), x)};
    }
    return std::nullopt;
  }

  // What the conv reads where the input has `code`; of a float input so many units.
  float FloatOf(std::int64_t code) const {
    return exec::Dequantize(static_cast<std::int32_t>(code),
                            static_cast<float>(conv_.input_params.zero_point),
                            static_cast<float>(conv_.input_params.scale));
  }

  // A float32 that quantizes to `code`.
  static std::optional<float> NumberFor(std::int64_t code, const ir::QuantParams& params) {
    const auto q = exec::MakeQuantizeConstants(params.scale, params.zero_point, params.quant_min,
                                               params.quant_max);
    const double exact = static_cast<double>(code - params.zero_point) * params.scale;
    for (const double nudge : {0.0, -0.25, 0.25}) {
      const auto x = static_cast<float>(exact + nudge * params.scale);
      if (std::isfinite(x) && exec::Quantize(x, q, params.dtype == ir::ScalarType::kInt32) == code)
        return x;
    }
    return std::nullopt;
  }

  const FunctionalView& view_;
  const ir::Graph& graph_;
  const ConvSide& conv_;
  const Witness& witness_;
  std::vector<std::int64_t> codes_;
  std::vector<char> set_;
  std::optional<std::vector<std::int64_t>> same_;  // ids of elements, where some are the same
};

}  // namespace

WitnessInputOrReason MakeWitnessInput(const Side& before, const MatchedSite& site,
                                      const Witness& witness) {
  return InputBuilder(before, site, witness).Build();
}

}  // namespace foldproof::prove
