// SPDX-License-Identifier: BSD-3-Clause
//
// QuantFusion.call of ExecuTorch's quantizer/fusion_pass.py, followed step by step as far as it can
// raise: which nodes it matches, in which order, what it indexes and divides.
#include "src/fold/quant_fusion/quant_fusion_crash.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "src/fold/quant_fusion/fixed_point.h"
#include "src/fold/quant_fusion/quant_fusion_anchors.h"

namespace foldproof::fold {
namespace {

using ir::ArgumentValue;
using P = FusionPattern;

constexpr const char* kListIndex = "IndexError: list index out of range";

// The dequantized arguments of a match, and the quantizer, or what is taken for one.
struct Operands {
  std::vector<FxId> inputs, weights, biases;
  FxId op = 0;
  FxId quantize = 0;
};

class Predecessor {
 public:
  explicit Predecessor(const ir::Program& program) : fx_(program) {}

  PredecessorOutcome Run(const std::vector<FusionPattern>& patterns) {
    for (const FusionPattern pattern : patterns) {
      for (const std::vector<FxId>& match : Matches(pattern)) Visit(pattern, match);
      fx_.Legalize();
      fx_.EliminateDead();
    }
    PredecessorOutcome outcome{std::move(crashes_), {}};
    for (const FxId id : fx_.order()) {
      if (fx_.at(id).kind == FxNode::Kind::kCall) outcome.calls.push_back(fx_.at(id).target);
    }
    return outcome;
  }

 private:
  // find_sequential_partitions_aten: each way to choose one node an operator so that the next reads
  // the one before, the last operator varying fastest. An operator that stands twice counts once.
  std::vector<std::vector<FxId>> Matches(FusionPattern pattern) const {
    std::vector<std::vector<FxId>> matches{{}};
    for (const std::string_view target : RowOf(pattern).targets) {
      std::vector<std::vector<FxId>> longer;
      for (const auto& match : matches) {
        for (const FxId id : fx_.FindCalls(target)) {
          if (!match.empty() && !Reads(match.back(), id)) continue;
          longer.push_back(match);
          longer.back().push_back(id);
        }
      }
      matches = std::move(longer);
    }
    return matches;
  }

  bool Reads(FxId made, FxId reader) const {
    const auto& users = fx_.at(made).users;
    return std::find(users.begin(), users.end(), reader) != users.end();
  }

  void Visit(FusionPattern pattern, const std::vector<FxId>& match) {
    FxId at = match.back();
    try {
      const FusionAnchors anchors = AnchorsOf(fx_, pattern, match);
      at = anchors.op;
      if (anchors.empty) return;
      for (const FxId id : match) {
        if (marked_.contains(id)) return;
      }
      marked_.insert(match.begin(), match.end());
      Fuse(pattern, match, anchors);
    } catch (const PythonError& error) {
      crashes_.push_back(
          {"quant-fusion-crash", fx_.at(at).name,
           error.what + " (" + std::string(RowOf(pattern).name) + ": " + error.line + ")"});
    }
  }

  // Those of `places` that are dequantized per tensor; the others are passed over in silence.
  std::vector<FxId> Dequantized(const std::vector<FusionAnchors::Place>& places,
                                const char* line) const {
    std::vector<FxId> found;
    for (const auto& [id, i] : places) {
      const ArgumentValue& value = ArgumentAt(fx_, id, i, line);
      const auto* node = std::get_if<ir::ValueId>(&value);
      if (node == nullptr) {
        throw PythonError{
            "AttributeError: '" + PythonType(value) + "' object has no attribute 'target'", line};
      }
      if (fx_.at(node->index).target == kDequantizeTarget) found.push_back(node->index);
    }
    return found;
  }

  // The first user, quantizer or not; through a getitem.
  FxId QuantizeOf(FxId op) const {
    const char* line = "quant_node = list(op_node.users.keys())[0]";
    if (fx_.at(op).users.empty()) throw PythonError{kListIndex, line};
    const FxId user = fx_.at(op).users.front();
    if (fx_.at(user).kind != FxNode::Kind::kGetItem) return user;
    const auto index = std::get<std::int64_t>(*fx_.at(user).Named("b"));
    if (index != 0) {
      throw PythonError{
          "AssertionError: Expected getitem[0] for the values output, but got "
          "getitem[" +
              std::to_string(index) + "]",
          "len(quant_node.args) >= 2 and quant_node.args[1] == 0"};
    }
    if (fx_.at(user).users.empty()) {
      throw PythonError{"AssertionError: getitem node has no users",
                        "len(list(quant_node.users.keys())) > 0"};
    }
    return fx_.at(user).users.front();
  }

  void Fuse(FusionPattern pattern, const std::vector<FxId>& match, const FusionAnchors& anchors) {
    Operands operands;
    operands.op = anchors.op;
    operands.inputs = Dequantized(anchors.inputs, "arg.target");
    for (const ir::ValueId tensor : anchors.list) {
      if (fx_.at(tensor.index).target == kDequantizeTarget) operands.inputs.push_back(tensor.index);
    }
    operands.weights = Dequantized(anchors.weights, "node.args[idx].target");
    operands.biases = Dequantized(anchors.biases, "node.args[idx].target");
    operands.quantize = QuantizeOf(anchors.op);
    if (pattern == P::kCat && operands.inputs.empty()) return;
    Evaluate(pattern, operands);
    Replace(pattern, match, operands, anchors.has_output);
  }

  // What get_args_and_kwargs_… of the pattern indexes and computes, in its order.
  void Evaluate(FusionPattern pattern, const Operands& operands) const {
    switch (pattern) {
      case P::kAddRelu0:
      case P::kAddRelu1: CheckZeroPoint(operands); return EvaluateAdd(operands);
      case P::kAdd: return EvaluateAdd(operands);
      case P::kCat: return;
      case P::kConv1dRelu0:
      case P::kConv1dRelu1:
      case P::kConv2dRelu0:
      case P::kConv2dRelu1: CheckZeroPoint(operands); return EvaluateConv(operands);
      case P::kConv1d:
      case P::kConv2d: return EvaluateConv(operands);
      case P::kConv1dBNRelu0:
      case P::kConv1dBNRelu1: return EvaluateConv1dBN(operands);
      case P::kConv2dBNRelu0:
      case P::kConv2dBNRelu1: return;
      case P::kAddmm:
        At(operands.weights, 0, "(weights_inputs[0], 0, 1),");
        return EvaluateLinear(operands);
      case P::kLinear: return EvaluateLinear(operands);
      case P::kBmm:
      case P::kMatmul: return EvaluateMatmul(operands);
      case P::kRelu0:
      case P::kRelu1: return EvaluateRelu(operands);
      case P::kMaxPool2d:
      case P::kMaxPool2dWithoutIndices:
        At(operands.inputs, 0, "args = (inputs_inputs[0],)");
        return;
      case P::kMixedW8A32Conv: return EvaluateMixedConv(operands);
      case P::kMixedW8A32Gru:
      case P::kMixedW8A32Linear: return;  // their anchors are empty, or raise
    }
  }

  static FxId At(const std::vector<FxId>& list, std::size_t i, const char* line) {
    if (i >= list.size()) throw PythonError{kListIndex, line};
    return list[i];
  }

  // dequants_…[i].args[1]: a float, ExecuTorch's and ours.
  double Scale(const std::vector<FxId>& list, std::size_t i, const char* line) const {
    const ArgumentValue& scale = ArgumentAt(fx_, At(list, i, line), 1, line);
    if (const auto* real = std::get_if<double>(&scale)) return *real;
    throw PythonError{
        "TypeError: unsupported operand type(s) for *: '" + PythonType(scale) + "' and 'float'",
        line};
  }

  void CheckZeroPoint(const Operands& operands) const {
    const char* line = "quant_node.args[2], quant_node.args[5]";
    ArgumentAt(fx_, operands.quantize, 2, line);
    ArgumentAt(fx_, operands.quantize, 5, line);
  }

  // numerator / quant_node.args[1], whatever that node is, then quantize_tensor_multiplier.
  void Requantize(const Operands& operands, double numerator, const char* line) const {
    const ArgumentValue& scale = ArgumentAt(fx_, operands.quantize, 1, line);
    double divisor = 0;
    if (const auto* real = std::get_if<double>(&scale)) {
      divisor = *real;
    } else if (const auto* integer = std::get_if<std::int64_t>(&scale)) {
      divisor = static_cast<double>(*integer);
    } else if (const auto* truth = std::get_if<bool>(&scale)) {
      divisor = *truth ? 1 : 0;
    } else if (!std::holds_alternative<ir::Complex>(scale)) {
      throw PythonError{
          "TypeError: unsupported operand type(s) for /: 'float' and '" + PythonType(scale) + "'",
          line};
    }
    if (divisor == 0) throw PythonError{"ZeroDivisionError: float division by zero", line};
    if (!UpstreamFixedPoint(numerator / divisor)) {
      throw PythonError{"OverflowError: cannot convert float infinity to integer",
                        "return trunc(f + r)"};
    }
  }

  void EvaluateAdd(const Operands& operands) const {
    At(operands.inputs, 0, "X_scale = dequants_inputs[0].args[1]");
    At(operands.inputs, 1, "Y_scale = dequants_inputs[1].args[1]");
    ArgumentAt(fx_, operands.quantize, 1, "quant_node.args[1],");
    ArgumentAt(fx_, operands.quantize, 2, "quant_node.args[2],");
  }

  void EvaluateConv(const Operands& operands) const {
    const double weight = Scale(operands.weights, 0, "weight_scale = dequants_weights[0].args[1]");
    const double input =
        Scale(operands.inputs, 0, "bias_scale = dequants_inputs[0].args[1] * weight_scale");
    Requantize(operands, input * weight, "requantize_scale = bias_scale / quant_node.args[1]");
    ArgumentAt(fx_, operands.quantize, 2, "\"out_zero_point\": quant_node.args[2],");
  }

  // No branch is for these: the operator gets the codes and nothing else, batch_norm is dropped.
  void EvaluateConv1dBN(const Operands& operands) const {
    const bool any =
        !operands.inputs.empty() || !operands.weights.empty() || !operands.biases.empty();
    if (any) return;
    throw PythonError{"IndexError: tuple index out of range",
                      "in_channels = args[0].meta[\"val\"].shape[1]"};
  }

  void EvaluateLinear(const Operands& operands) const { EvaluateConv(operands); }

  void EvaluateMatmul(const Operands& operands) const {
    const char* line = "dequants_inputs[0].args[1]";
    const double left = Scale(operands.inputs, 0, line);
    const double right = Scale(operands.inputs, 1, "* dequants_inputs[1].args[1]");
    Requantize(operands, left * right, ") / quant_node.args[1]");
    ArgumentAt(fx_, operands.quantize, 2, "\"out_zero_point\": quant_node.args[2],");
  }

  void EvaluateRelu(const Operands& operands) const {
    const double input = Scale(operands.inputs, 0, "input_scale = dequants_inputs[0].args[1]");
    Requantize(operands, input, "requantize_scale = input_scale / quant_node.args[1]");
    ArgumentAt(fx_, operands.quantize, 2, "\"out_zero_point\": quant_node.args[2],");
  }

  void EvaluateMixedConv(const Operands& operands) const {
    if (operands.weights.size() != 1) {
      throw PythonError{"AssertionError: ", "assert len(dequants_weights) == 1"};
    }
    if (operands.biases.size() != 1) {
      throw PythonError{"AssertionError: ", "assert len(dequants_biases) == 1"};
    }
  }

  // A call right behind `op`. Of its arguments only what it reads matters here.
  FxId InsertCall(FxId op, std::string_view target, const std::vector<FxId>& reads,
                  std::optional<ir::TensorType> type = {}) {
    FxNode call;
    call.type = std::move(type);
    call.name = call.target = target;
    for (const FxId read : reads) {
      call.arguments.push_back({"", ir::ValueId{static_cast<std::uint32_t>(read)}});
    }
    return fx_.InsertAfter(op, std::move(call));
  }

  // The fused operator, in the place of what was taken for the quantizer.
  void Replace(FusionPattern pattern, const std::vector<FxId>& match, const Operands& operands,
               bool has_output) {
    std::vector<FxId> reads;
    for (const auto* list : {&operands.inputs, &operands.weights, &operands.biases}) {
      for (const FxId dequantize : *list) {
        if (const auto codes = fx_.NodeArgument(dequantize, 0)) reads.push_back(*codes);
      }
    }
    if (pattern == P::kAddmm) {  // the weight stands second
      reads[1] = InsertCall(operands.op, "aten.transpose.int", {reads[1]});
    }
    if (pattern == P::kMixedW8A32Conv) {
      if (const auto input = fx_.NodeArgument(match.front(), 0)) {
        reads.push_back(InsertCall(operands.op, "aten.permute.default", {*input}));
      }
      reads[0] = InsertCall(operands.op, "aten.permute.default", {reads[0]});
    }
    if (NeedsZeroBias(pattern) && operands.biases.empty()) {
      reads.push_back(InsertCall(operands.op, "aten.full.default", {}));
    }
    const std::string_view target =
        IsDepthwise(pattern, match.front(), operands)
            ? std::string_view("cadence.quantized_depthwise_conv1d_ncl.per_tensor")
            : RowOf(pattern).replacement;
    const FxId old = has_output ? operands.quantize : operands.op;
    fx_.ReplaceAllUses(old, InsertCall(operands.op, target, reads, fx_.at(old).type));
  }

  // groups = C > 1, of a convolution in one dimension; one with batch_norm keeps no groups.
  bool IsDepthwise(FusionPattern pattern, FxId conv, const Operands& operands) const {
    const FusionPatternRow& row = RowOf(pattern);
    if (row.replacement != "cadence.quantized_conv1d_ncl.per_tensor") return false;
    const ir::ArgumentValue* given = fx_.at(conv).Named("groups");
    const auto* groups = given == nullptr ? nullptr : std::get_if<std::int64_t>(given);
    if (row.targets.size() > 2 || groups == nullptr || operands.inputs.empty()) return false;
    const auto codes = fx_.NodeArgument(operands.inputs.front(), 0);
    const auto type = codes ? fx_.at(*codes).type : std::nullopt;
    return type && type->rank() > 1 && *groups > 1 && *groups == type->dims[1].size;
  }

  static bool NeedsZeroBias(FusionPattern pattern) {
    const std::string_view replacement = RowOf(pattern).replacement;
    return RowOf(pattern).targets.size() < 3 &&
           (replacement.starts_with("cadence.quantized_conv") ||
            replacement.starts_with("cadence.quantized_linear"));
  }

  FxGraph fx_;
  std::set<FxId> marked_;
  std::vector<ir::Miss> crashes_;
};

}  // namespace

PredecessorOutcome RunPredecessor(const ir::Program& program,
                                  const std::vector<FusionPattern>& patterns) {
  return Predecessor(program).Run(patterns);
}

std::vector<ir::Miss> QuantFusionCrashes(const ir::Program& program,
                                         const std::vector<FusionPattern>& patterns) {
  return RunPredecessor(program, patterns).crashes;
}

}  // namespace foldproof::fold
