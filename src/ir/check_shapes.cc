// SPDX-License-Identifier: BSD-3-Clause
//
// What typed ops make of the shapes that they take. A declared shape that is another would send
// whoever walks over the elements out of a tensor.
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "src/base/checked.h"
#include "src/base/error.h"
#include "src/ir/checker.h"
#include "src/ir/made_shape.h"

namespace foldproof::ir {
namespace {

using Sizes = std::vector<std::int64_t>;

// The shapes around one node, where they are known.
class Shapes {
 public:
  Shapes(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  [[noreturn]] void Fail(const std::string& why) const {
    throw Error(Error::Code::kInput, node_.name,
                node_.target + ": " + why + "; export the program again");
  }

  std::optional<Sizes> Of(ValueId value) const {
    const auto& type = graph_.value(value).type;
    if (!type || !type->is_static()) return std::nullopt;
    return type->sizes();
  }
  const TensorType* TypeOf(ValueId value) const {
    const auto& type = graph_.value(value).type;
    return type ? &*type : nullptr;
  }
  std::optional<Sizes> Output() const {
    return node_.outputs.empty() ? std::nullopt : Of(node_.outputs.front());
  }

  // The output must have `sizes`.
  void Makes(const Sizes& sizes) const {
    const auto output = Output();
    if (output && *output != sizes) {
      Fail("makes " + Text(sizes) + ", but its output is declared " + Text(*output));
    }
  }
  // The output must have `dims`, as far as they are numbers.
  void Makes(const std::vector<Dim>& dims) const {
    const auto* output = node_.outputs.empty() ? nullptr : TypeOf(node_.outputs.front());
    if (output == nullptr) return;
    bool agrees = dims.size() == output->rank();
    for (std::size_t i = 0; agrees && i < dims.size(); ++i) {
      const Dim& declared = output->dims[i];
      agrees = !dims[i].is_static() || !declared.is_static() || dims[i].size == declared.size;
    }
    if (agrees) return;
    Fail("makes " + Text(dims) + ", but its output is declared " + Text(output->dims));
  }
  void MakesLike(ValueId input) const {
    if (const TensorType* type = TypeOf(input)) Makes(type->dims);
  }
  // The shape that the arguments ask for, which are no part of the typed op.
  void MakesWhatArgumentsAsk() const {
    const MadeShape shape = ShapeOfArguments(graph_, node_);
    if (shape.agreement != ShapeAgreement::kDiffers) return;
    Fail("makes " + shape.made + " by its arguments, but its output is declared " +
         Text(TypeOf(node_.outputs.front())->dims));
  }
  // One element a channel, where a tensor is given.
  void CheckPerChannel(const std::optional<ValueId>& value, std::int64_t channels,
                       const char* what) const {
    if (!value) return;
    const auto sizes = Of(*value);
    if (sizes && *sizes != Sizes{channels}) {
      Fail(std::string(what) + " of shape " + Text(*sizes) + " for " + std::to_string(channels) +
           " channels");
    }
  }

  // "[s0, 4]"
  static std::string Text(const std::vector<Dim>& dims) {
    const std::string text = TensorType{.dims = dims}.ToString();
    return text.substr(text.find('['));
  }
  static std::string Text(const Sizes& sizes) {
    std::string out = "[";
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      out += (i == 0 ? "" : ", ") + std::to_string(sizes[i]);
    }
    return out + "]";
  }

 private:
  const Graph& graph_;
  const Node& node_;
};

Sizes SizesOf(const Shapes& shapes, const Operand& operand, bool& known) {
  const auto* value = std::get_if<ValueId>(&operand);
  if (value == nullptr) return {};
  const auto sizes = shapes.Of(*value);
  known = known && sizes.has_value();
  return sizes.value_or(Sizes{});
}

// The output has the shape of all operands after broadcasting: from the last dimension on, equal or
// all but one size of them 1.
void CheckBroadcast(const Shapes& shapes, std::initializer_list<Operand> operands) {
  bool known = true;
  Sizes out;
  for (const Operand& operand : operands) {
    Sizes sizes = SizesOf(shapes, operand, known);
    if (!known) return;
    const std::size_t rank = std::max(sizes.size(), out.size());
    sizes.insert(sizes.begin(), rank - sizes.size(), 1);
    out.insert(out.begin(), rank - out.size(), 1);
    for (std::size_t i = 0; i < rank; ++i) {
      if (sizes[i] != out[i] && sizes[i] != 1 && out[i] != 1) {
        shapes.Fail("cannot broadcast " + Shapes::Text(out) + " and " + Shapes::Text(sizes));
      }
      if (out[i] == 1) out[i] = sizes[i];
    }
  }
  shapes.Makes(out);
}

void Check(const Shapes& shapes, const Binary& op) { CheckBroadcast(shapes, {op.self, op.other}); }
void Check(const Shapes& shapes, const Compare& op) { CheckBroadcast(shapes, {op.self, op.other}); }
void Check(const Shapes& shapes, const Where& op) {
  CheckBroadcast(shapes, {op.condition, op.self, op.other});
}

// Output size of one spatial dimension; nullopt where the numbers overflow.
// plain:      (in + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
// transposed: (in - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
std::optional<std::int64_t> ConvolvedSize(const Convolution& op, std::size_t i, std::int64_t in,
                                          std::int64_t kernel) {
  if (op.padding_mode == Convolution::Padding::kSame) return in;
  const auto reach = CheckedMultiply(op.dilation[i], kernel - 1);
  const auto steps = CheckedMultiply(in - 1, op.stride[i]);
  if (!reach || !steps || *reach > std::int64_t{1} << 60 || *steps > std::int64_t{1} << 60) {
    return std::nullopt;
  }
  if (op.transposed) return *steps - 2 * op.padding[i] + *reach + op.output_padding[i] + 1;
  const std::int64_t room = in + 2 * op.padding[i] - *reach - 1;
  return room < 0 ? 0 : room / op.stride[i] + 1;
}

void CheckSpatial(const Shapes& shapes, const Convolution& op, const Sizes& input,
                  const Sizes& weight, std::int64_t channels) {
  const std::size_t first = input.size() - op.spatial();
  Sizes out(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(first) - 1);
  out.push_back(channels);
  for (std::size_t i = 0; i < op.spatial(); ++i) {
    const auto size = ConvolvedSize(op, i, input[first + i], weight[i + 2]);
    if (!size || *size < 1) shapes.Fail("its kernel does not fit into its input");
    out.push_back(*size);
  }
  shapes.Makes(out);
}

// The bias is left alone: one of the wrong length is a finding of a comparison.
void Check(const Shapes& shapes, const Convolution& op) {
  const auto weight = shapes.Of(op.weight);
  if (!weight) return;
  const std::int64_t first = (*weight)[0];
  const std::int64_t second = (*weight)[1];
  if (std::ranges::find_if(*weight, [](std::int64_t size) { return size < 1; }) != weight->end()) {
    shapes.Fail("its weight " + Shapes::Text(*weight) + " is empty");
  }
  if (first % op.groups != 0) {
    shapes.Fail("its weight " + Shapes::Text(*weight) + " does not split into " +
                std::to_string(op.groups) + " groups");
  }
  const auto other = CheckedMultiply(second, op.groups);
  const auto input = shapes.Of(op.input);
  if (!other) shapes.Fail("has too many channels");
  const std::int64_t channels_in = op.transposed ? first : *other;
  const std::int64_t channels_out = op.transposed ? *other : first;
  if (!input) return;
  const std::int64_t has = (*input)[input->size() - op.spatial() - 1];
  if (has != channels_in) {
    shapes.Fail("takes " + std::to_string(channels_in) + " channels, its input has " +
                std::to_string(has));
  }
  CheckSpatial(shapes, op, *input, *weight, channels_out);
}

void Check(const Shapes& shapes, const BatchNorm& op) {
  shapes.MakesLike(op.input);
  const auto input = shapes.Of(op.input);
  if (!input) return;
  if (input->size() < 2) shapes.Fail("its input has no channels");
  const std::int64_t channels = (*input)[1];
  shapes.CheckPerChannel(op.weight, channels, "a weight");
  shapes.CheckPerChannel(op.bias, channels, "a bias");
  shapes.CheckPerChannel(op.running_mean, channels, "a running mean");
  shapes.CheckPerChannel(op.running_var, channels, "a running variance");
}

void Check(const Shapes& shapes, const Linear& op) {
  const auto weight = shapes.Of(op.weight);
  const auto input = shapes.Of(op.input);
  if (!weight || !input) return;
  if (weight->size() == 1) return;
  if (weight->size() != 2 || input->empty() || input->back() != weight->back()) {
    shapes.Fail("its weight " + Shapes::Text(*weight) + " does not fit its input " +
                Shapes::Text(*input));
  }
  Sizes out = *input;
  out.back() = weight->front();
  shapes.Makes(out);
}

void Check(const Shapes& shapes, const Reshape& op) {
  shapes.MakesWhatArgumentsAsk();
  const auto input = shapes.Of(op.input);
  const auto output = shapes.Output();
  if (!input || !output) return;
  const auto count = [](const Sizes& sizes) {
    return MakeTensorType(ScalarType::kFloat32, sizes).element_count();
  };
  if (count(*input) != count(*output)) {
    shapes.Fail("cannot make " + Shapes::Text(*output) + " of " + Shapes::Text(*input));
  }
}

void Check(const Shapes& shapes, const Permute& op) {
  const TensorType* input = shapes.TypeOf(op.input);
  if (input == nullptr) return;
  std::vector<Dim> out;
  for (const std::int64_t dim : op.dims) {
    if (input->rank() > 0) out.push_back(input->dims[static_cast<std::size_t>(dim)]);
  }
  shapes.Makes(out);
}

void Check(const Shapes& shapes, const Pad& op) {
  const auto input = shapes.Of(op.input);
  if (!input) return;
  Sizes out = *input;
  for (std::size_t i = 0; i < op.amounts.size(); ++i) {
    const std::size_t dim = out.size() - 1 - i / 2;
    const std::int64_t most = op.mode == Pad::Mode::kReflect    ? (*input)[dim] - 1
                              : op.mode == Pad::Mode::kCircular ? (*input)[dim]
                                                                : op.amounts[i];
    if (op.amounts[i] > most) shapes.Fail("pads by more than its input has to mirror or repeat");
    out[dim] += op.amounts[i];
  }
  if (std::ranges::find_if(out, [](std::int64_t size) { return size < 0; }) != out.end()) {
    shapes.Fail("cuts more off than there is");
  }
  shapes.Makes(out);
}

void Check(const Shapes&, const Opaque&) {}
void Check(const Shapes&, const GetAttr&) {}
void Check(const Shapes& shapes, const Fill&) { shapes.MakesWhatArgumentsAsk(); }
void Check(const Shapes& shapes, const QuantizePerTensor& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const DequantizePerTensor& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const QuantizePerChannel& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const DequantizePerChannel& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const Unary& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const Prelu& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const Clamp& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const Copy& op) { shapes.MakesLike(op.input); }
void Check(const Shapes& shapes, const Cast& op) { shapes.MakesLike(op.input); }

}  // namespace

void CheckShapes(const Graph& graph, const Node& node) {
  const Shapes shapes(graph, node);
  const bool typed = !std::holds_alternative<Opaque>(node.op);
  if (typed && node.outputs.empty()) shapes.Fail("has no output");
  std::visit([&](const auto& op) { Check(shapes, op); }, node.op);
}

}  // namespace foldproof::ir
