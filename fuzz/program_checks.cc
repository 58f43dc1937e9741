// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/program_checks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "fuzz/block_numbers.h"
#include "src/base/error.h"
#include "src/fold/pipeline.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

bool AllFinite(const ir::Constant& constant, const ir::Program& program) {
  if (constant.type.dtype != ir::ScalarType::kFloat32) return true;
  const std::vector<std::byte> bytes = program.BytesOf(constant);
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(float)) {
    float x;
    std::memcpy(&x, bytes.data() + at, sizeof(x));
    if (!std::isfinite(x)) return false;
  }
  return true;
}

const ir::QuantParams* ParamsIn(const ir::Node& node) {
  if (const auto* op = std::get_if<ir::QuantizePerTensor>(&node.op)) return &op->params;
  if (const auto* op = std::get_if<ir::DequantizePerTensor>(&node.op)) return &op->params;
  return nullptr;
}

double ElementAt(const exec::Tensor& tensor, std::size_t i) {
  const std::byte* at = tensor.bytes.data() + i * ir::ElementSize(tensor.dtype);
  const auto as = [at](auto zero) {
    std::memcpy(&zero, at, sizeof(zero));
    return static_cast<double>(zero);
  };
  switch (tensor.dtype) {
    case ir::ScalarType::kFloat32: return as(float{});
    case ir::ScalarType::kInt8: return as(std::int8_t{});
    case ir::ScalarType::kUInt8: return as(std::uint8_t{});
    case ir::ScalarType::kInt16: return as(std::int16_t{});
    case ir::ScalarType::kInt32: return as(std::int32_t{});
    default: return std::numeric_limits<double>::quiet_NaN();
  }
}

std::vector<std::vector<std::byte>> ConstantsByOrder(const ir::Program& program) {
  std::vector<std::vector<std::byte>> out;
  for (const auto& [name, constant] : program.constants) out.push_back(program.BytesOf(constant));
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> Operators(const ir::Program& program) {
  std::vector<std::string> out;
  for (const ir::Node& node : program.graph.nodes()) out.push_back(node.target);
  return out;
}

// What the engine would still fold.
std::optional<Finding> FoldedBy(const fold::FoldOptions& options, const ir::Program& program,
                                std::string_view of_pass) {
  try {
    for (const ir::PassReport& pass : fold::Fold(program, options).passes) {
      if (pass.pass != of_pass || pass.rewritten.empty()) continue;
      return Finding{"chain-survives", pass.rewritten[0].node,
                     "a chain that can be folded is still there"};
    }
  } catch (const Error& error) {
    return Finding{"program-unusable", error.place(), error.why()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> NonfiniteWritten(const ir::Program& before, const ir::Program& after) {
  for (const auto& [name, constant] : after.constants) {
    const auto old = before.constants.find(name);
    const bool is_new =
        old == before.constants.end() || before.BytesOf(old->second) != after.BytesOf(constant);
    if (is_new && !AllFinite(constant, after)) {
      return Finding{"nonfinite-written", name, "the constant holds NaN or an infinite number"};
    }
  }
  for (const ir::Node& node : after.graph.nodes()) {
    const ir::QuantParams* params = ParamsIn(node);
    if (params != nullptr && !(std::isfinite(params->scale) && params->scale > 0)) {
      return Finding{"nonfinite-written", node.name, "its scale is not finite and above 0"};
    }
  }
  return std::nullopt;
}

std::optional<Finding> NewQuantFusionCrash(const ir::Program& before, const ir::Program& after) {
  const auto patterns = fold::PatternsOf(fold::PatternSet::kFusedConvRelu);
  const auto crashes = fold::QuantFusionCrashes(after, patterns);
  if (crashes.empty() || !fold::QuantFusionCrashes(before, patterns).empty()) return std::nullopt;
  return Finding{"quant-fusion-crash", crashes[0].node, crashes[0].detail};
}

std::optional<Finding> FoldableChainIn(const ir::Program& program) {
  // Every chain ends in a batch_norm of a quotient, a product or a sum.
  const bool may_have = std::ranges::any_of(program.graph.nodes(), [&](const ir::Node& node) {
    const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
    const ir::Node* maker = norm != nullptr ? program.graph.ProducerOf(norm->input) : nullptr;
    return maker != nullptr && std::holds_alternative<ir::Binary>(maker->op);
  });
  if (!may_have) return std::nullopt;
  fold::FoldOptions options;
  options.policy = fold::Policy::kGuarded;
  return FoldedBy(options, program, "FoldQATConvBN");
}

std::optional<Finding> FoldableNormIn(const ir::Program& program, fold::CodesMode weights) {
  fold::FoldOptions options;
  options.policy = fold::Policy::kGuarded;
  options.pass = fold::FoldPass::kConvBn;
  options.weights = weights;
  return FoldedBy(options, program, "FoldConvBN");
}

bool HasFloatBias(const ir::Program& program, const std::string& name) {
  const auto& nodes = program.graph.nodes();
  const auto product = std::ranges::find(nodes, name, &ir::Node::name);
  if (product == nodes.end()) return false;
  std::optional<ir::ValueId> bias;
  if (const auto* conv = std::get_if<ir::Convolution>(&product->op)) bias = conv->bias;
  if (const auto* linear = std::get_if<ir::Linear>(&product->op)) bias = linear->bias;
  return bias && program.ConstantOf(*bias) != nullptr;
}

bool IsUnquantizedFloatBiasConv(const ir::Program& program, const std::string& name) {
  if (!HasFloatBias(program, name)) return false;
  for (const ir::Node& node : program.graph.nodes()) {
    if (node.name != name) continue;
    std::vector<ir::ValueId> values{node.outputs.front()};
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (const ir::Use& use : program.graph.users(values[i])) {
        if (!use.node) continue;
        const ir::Node& user = program.graph.node(*use.node);
        if (std::holds_alternative<ir::QuantizePerTensor>(user.op)) return false;
        const auto* unary = std::get_if<ir::Unary>(&user.op);
        const bool passes = std::holds_alternative<ir::Clamp>(user.op) ||
                            (unary != nullptr && unary->kind == ir::Unary::Kind::kRelu);
        if (passes) values.push_back(user.outputs.front());
      }
    }
    return true;
  }
  return false;
}

bool IsFoldedBehind(const ir::Program& before, const ir::Program& after, const std::string& name) {
  const auto& nodes = before.graph.nodes();
  const auto conv = std::ranges::find(nodes, name, &ir::Node::name);
  if (conv == nodes.end()) return false;
  std::vector<ir::ValueId> values{conv->outputs.front()};
  for (std::size_t i = 0; i < values.size() && i < 16; ++i) {
    for (const ir::Use& use : before.graph.users(values[i])) {
      if (!use.node) continue;
      const ir::Node& user = before.graph.node(*use.node);
      if (std::holds_alternative<ir::BatchNorm>(user.op)) {
        return std::ranges::find(after.graph.nodes(), user.name, &ir::Node::name) ==
               after.graph.nodes().end();
      }
      if (!std::holds_alternative<ir::Convolution>(user.op)) values.push_back(user.outputs.front());
    }
  }
  return false;
}

exec::Tensors SomeInput(const ir::Program& program) {
  const ir::ValueId x = program.UserInputs().at(0);
  double scale = 1, low = -1, high = 1;
  for (const ir::Use& use : program.graph.users(x)) {
    if (!use.node) continue;
    const ir::QuantParams* params = ParamsIn(program.graph.node(*use.node));
    if (params == nullptr) continue;
    scale = params->scale;
    low = static_cast<double>(params->quant_min - params->zero_point);
    high = static_cast<double>(params->quant_max - params->zero_point);
  }
  const std::vector<std::int64_t> sizes = program.graph.value(x).type->sizes();
  std::vector<float> elements;
  const Hash hash(elements.size());
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    const double share =
        static_cast<double>(hash.Bits("x", static_cast<std::size_t>(i)) >> 11) * 0x1p-53;
    elements.push_back(static_cast<float>((low + share * (high - low)) * scale));
  }
  return {{x, exec::Tensor::Of(ir::ScalarType::kFloat32, sizes, elements)}};
}

double LargestDifference(const exec::Tensor& a, const exec::Tensor& b) {
  if (a.dtype != b.dtype || a.sizes != b.sizes) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.count()); ++i) {
    const double x = ElementAt(a, i), y = ElementAt(b, i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double off = std::fabs(x - y);
    largest = std::isfinite(off) ? std::max(largest, off) : std::numeric_limits<double>::infinity();
  }
  return largest;
}

double LargestMagnitude(const exec::Tensor& a) {
  double largest = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.count()); ++i) {
    const double x = std::fabs(ElementAt(a, i));
    if (std::isfinite(x)) largest = std::max(largest, x);
  }
  return largest;
}

std::optional<Finding> LostInRoundTrip(const ir::Program& program) {
  try {
    const ir::Program read = pt2::ParseProgram(pt2::SerializeProgram(program));
    if (SameConstantsAndOperators(program, read)) return std::nullopt;
    return Finding{"round-trip", "", "the program is another one after it was written and read"};
  } catch (const Error& error) {
    return Finding{"round-trip", error.place(), error.why()};
  }
}

bool SameConstantsAndOperators(const ir::Program& a, const ir::Program& b) {
  return Operators(a) == Operators(b) && ConstantsByOrder(a) == ConstantsByOrder(b);
}

}  // namespace foldproof::fuzz
