// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/value_numbers.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "src/base/error.h"
#include "src/ir/functional/effect.h"
#include "src/ir/functional/stored_layout.h"

namespace foldproof::prove {
namespace {

// Appends fixed-width or length-prefixed pieces, so that no two different sequences give one key.
class KeyWriter {
 public:
  KeyWriter() { key_.reserve(256); }  // a usual node's
  void Number(std::uint64_t x) { key_.append(reinterpret_cast<const char*>(&x), sizeof x); }
  void Text(std::string_view text) {
    Number(text.size());
    key_ += text;
  }
  void Real(double x) { Number(std::bit_cast<std::uint64_t>(x)); }
  std::string Take() { return std::move(key_); }

 private:
  std::string key_;
};

// The attributes of an argument; `read` is called for each value that it reads, in order.
template <typename Read>
void WriteArgument(KeyWriter& out, const ir::ArgumentValue& value, Read&& read) {
  out.Number(value.index());
  std::visit(
      [&](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, ir::None>) {
        } else if constexpr (std::is_same_v<T, ir::ValueId>) {
          read(x);
        } else if constexpr (std::is_same_v<T, std::vector<ir::ValueId>>) {
          out.Number(x.size());
          for (const ir::ValueId id : x) read(id);
        } else if constexpr (std::is_same_v<T, std::vector<std::optional<ir::ValueId>>>) {
          out.Number(x.size());
          for (const auto& id : x) {
            out.Number(id.has_value());
            if (id) read(*id);
          }
        } else if constexpr (std::is_same_v<T, std::vector<ir::IntOrValue>>) {
          out.Number(x.size());
          for (const auto& item : x) {
            out.Number(item.index());
            if (const auto* id = std::get_if<ir::ValueId>(&item))
              read(*id);
            else
              out.Number(static_cast<std::uint64_t>(std::get<std::int64_t>(item)));
          }
        } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>) {
          out.Number(static_cast<std::uint64_t>(x));
        } else if constexpr (std::is_same_v<T, double>) {
          out.Real(x);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>> ||
                             std::is_same_v<T, std::vector<bool>>) {
          out.Number(x.size());
          for (const auto item : x) out.Number(static_cast<std::uint64_t>(item));
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          out.Number(x.size());
          for (const double item : x) out.Real(item);
        } else if constexpr (std::is_same_v<T, std::string>) {
          out.Text(x);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          out.Number(x.size());
          for (const std::string& item : x) out.Text(item);
        } else if constexpr (std::is_same_v<T, ir::ScalarType>) {
          out.Number(static_cast<std::uint64_t>(x));
        } else if constexpr (std::is_same_v<T, ir::Layout> || std::is_same_v<T, ir::MemoryFormat>) {
          out.Number(static_cast<std::uint64_t>(x.code));
        } else if constexpr (std::is_same_v<T, ir::Device>) {
          out.Text(x.type);
          out.Number(static_cast<std::uint64_t>(x.index.value_or(-1)));
        } else if constexpr (std::is_same_v<T, ir::Complex>) {
          out.Real(x.real);
          out.Real(x.imag);
        } else {
          static_assert(std::is_same_v<T, ir::Unsupported>);
          out.Text(x.kind);
          out.Text(x.json);
        }
      },
      value);
}

// Whether what the node makes depends on where its operand's elements lie in memory.
bool SeesStrides(const ir::Node& node) {
  static constexpr std::string_view kReaders[] = {
      "aten.as_strided.default", "aten._reshape_alias.default",     "aten.as_strided_copy.default",
      "aten.sym_stride.int",     "aten.as_strided_scatter.default", "aten.view.dtype"};
  return std::ranges::find(kReaders, node.target) != std::end(kReaders) ||
         ir::OutcomeOf(node) == ir::Outcome::kUnlisted;
}

}  // namespace

ValueNumber NumberTable::Of(std::string key) {
  const auto [found, added] = by_key_.try_emplace(std::move(key), next_);
  if (added) ++next_;
  return found->second;
}

ValueNumber NumberTable::OfConstant(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                                    std::span<const std::byte> bytes) {
  KeyWriter out;
  out.Number(static_cast<std::uint64_t>(dtype));
  out.Number(sizes.size());
  for (const std::int64_t size : sizes) out.Number(static_cast<std::uint64_t>(size));
  const std::size_t first = std::min<std::size_t>(bytes.size(), 256);
  out.Text({reinterpret_cast<const char*>(bytes.data()), first});
  std::vector<Content>& known = by_type_[out.Take()];
  for (const Content& content : known) {
    if (content.bytes.size() == bytes.size() &&
        (bytes.empty() || std::memcmp(content.bytes.data(), bytes.data(), bytes.size()) == 0)) {
      return content.number;
    }
  }
  known.push_back({bytes, next_});
  return next_++;
}

ValueNumber NumberTable::OfGathered(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                                    std::vector<std::byte> bytes) {
  gathered_.push_back(std::move(bytes));
  return OfConstant(dtype, sizes, gathered_.back());
}

Numbering::Numbering(const FunctionalView& view, const ConstantValues& constants,
                     NumberTable& table)
    : view_(&view), constants_(&constants), table_(&table) {
  const ir::Program& program = view.program();
  numbers_.resize(program.graph.values().size());
  sees_strides_ = std::ranges::any_of(program.graph.nodes(), [&](const ir::Node& node) {
    return view.IsLive(node.id) && SeesStrides(node);
  });
  std::uint64_t user_inputs = 0;
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind != ir::InputSpec::Kind::kUserInput) {
      if (NumberConstant(spec.value)) continue;
      numbers_[spec.value.index] = StateNumber(spec.target);
      continue;
    }
    KeyWriter out;
    out.Text("input");
    out.Number(user_inputs++);
    numbers_[spec.value.index] = table.Of(out.Take());
  }
}

// A constant whose elements lie in an order of its own, where a reader sees that.
ValueNumber Numbering::StrideNumber(const ir::Constant& stored) {
  KeyWriter out;
  out.Text("strides");
  for (const std::int64_t stride : stored.strides) out.Number(static_cast<std::uint64_t>(stride));
  out.Number(
      table_->OfGathered(stored.type.dtype, stored.type.sizes(), view_->program().BytesOf(stored)));
  return table_->Of(out.Take());
}

// What earlier calls left in a buffer: the same in both programs where it has the same name and
// begins with the same content, and every call leaves the same in both.
ValueNumber Numbering::StateNumber(const std::string& name) {
  const ir::Program& program = view_->program();
  const ir::Constant& stored = program.constants.at(name);
  KeyWriter out;
  out.Text("state");
  out.Text(name);
  out.Number(table_->OfGathered(stored.type.dtype, stored.type.sizes(), program.BytesOf(stored)));
  return table_->Of(out.Take());
}

bool Numbering::NumberConstant(ir::ValueId value) {
  const ir::Program& program = view_->program();
  if (const ir::Constant* stored = program.ConstantOf(value)) {
    const std::vector<std::int64_t> sizes = stored->type.sizes();
    if (sees_strides_ && !ir::IsRowMajor(*stored)) {
      numbers_[value.index] = StrideNumber(*stored);
      return true;
    }
    const auto view = ir::ContiguousView(*stored, program.storages[stored->storage]);
    numbers_[value.index] =
        view ? table_->OfConstant(stored->type.dtype, sizes, *view)
             : table_->OfGathered(stored->type.dtype, sizes, program.BytesOf(*stored));
    return true;
  }
  const ConstantValue* computed = constants_->Find(value);
  if (computed == nullptr) return false;
  const exec::Tensor& tensor = computed->value;
  if (computed->roots.empty()) {
    numbers_[value.index] = table_->OfConstant(tensor.dtype, tensor.sizes, tensor.bytes);
    return true;
  }
  // Another PyTorch may compute other bits: equal to what is computed alike from the same roots
  // alone. Where an element has several of them, the operators tell it apart.
  if (std::ranges::find(computed->roots, kSeveralRoots) != computed->roots.end()) return false;
  std::vector<std::byte> bytes = tensor.bytes;
  bytes.insert(bytes.end(), computed->lower.begin(), computed->lower.end());
  bytes.insert(bytes.end(), computed->upper.begin(), computed->upper.end());
  const auto roots = std::as_bytes(std::span(computed->roots));
  bytes.insert(bytes.end(), roots.begin(), roots.end());
  numbers_[value.index] = table_->OfGathered(tensor.dtype, tensor.sizes, std::move(bytes));
  return true;
}

ValueNumber Numbering::At(Edge edge, ir::ValueId value) const {
  const auto found = overrides_.find(edge);
  return found == overrides_.end() ? numbers_[value.index] : found->second;
}

ValueNumber Numbering::ReadAt(const ir::Node& node, ir::ValueId operand) const {
  for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
    const auto* value = std::get_if<ir::ValueId>(&node.arguments[a].value);
    if (value != nullptr && *value == operand)
      return At({node.id.index, a, 0}, view_->Read(node.id, operand));
  }
  return numbers_[view_->Read(node.id, operand).index];
}

std::string Numbering::Attributes(const ir::Node& node) {
  KeyWriter out;
  out.Text(node.target);
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) {
    for (const auto* sizes :
         {&conv->stride, &conv->padding, &conv->dilation, &conv->output_padding}) {
      out.Number(sizes->size());
      for (const std::int64_t size : *sizes) out.Number(static_cast<std::uint64_t>(size));
    }
    out.Number(static_cast<std::uint64_t>(conv->groups));
    out.Number(static_cast<std::uint64_t>(conv->padding_mode));
    return out.Take();
  }
  for (const ir::Argument& argument : node.arguments) {
    out.Text(argument.name);
    WriteArgument(out, argument.value, [](ir::ValueId) {});
  }
  return out.Take();
}

std::string Numbering::Key(const ir::Node& node) const {
  KeyWriter out;
  out.Text("node");  // no target, which a file chooses, is taken for "input", "site" or "result"
  out.Text(node.target);
  for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
    out.Text(node.arguments[a].name);
    std::uint32_t element = 0;
    WriteArgument(out, node.arguments[a].value, [&](ir::ValueId value) {
      out.Number(At({node.id.index, a, element++}, view_->Read(node.id, value)));
    });
  }
  return out.Take();
}

std::string Numbering::KeyOf(const ir::ArgumentValue& argument) const {
  KeyWriter out;
  WriteArgument(out, argument, [&](ir::ValueId value) { out.Number(numbers_[value.index]); });
  return out.Take();
}

std::string Numbering::SiteKey(const ir::Node& node, const ConvSide& side) {
  KeyWriter out;
  out.Text("site");
  out.Text(Attributes(node));
  const auto input = std::find_if(node.arguments.begin(), node.arguments.end(),
                                  [](const ir::Argument& a) { return a.name == "input"; });
  FP_CHECK(input != node.arguments.end());
  const auto argument = static_cast<std::uint32_t>(input - node.arguments.begin());
  out.Number(At({node.id.index, argument, 0}, view_->Read(node.id, side.op.input)));
  out.Number(numbers_[side.weight_codes.index]);
  out.Number(side.weights.wraps);
  out.Number(side.weight_scales.size());
  for (const double scale : side.weight_scales) out.Real(scale);
  for (const std::int64_t zero_point : side.weight_zero_points) {
    out.Number(static_cast<std::uint64_t>(zero_point));
  }
  return out.Take();
}

void Numbering::Visit(const ir::Node& node) {
  if (node.outputs.empty() || !view_->IsLive(node.id)) return;
  if (ir::OutcomeOf(node) != ir::Outcome::kFunction) {
    for (const ir::ValueId made : node.outputs) numbers_[made.index] = table_->Unlike();
    return;
  }
  if (const auto* get = std::get_if<ir::GetAttr>(&node.op)) {
    if (!NumberConstant(node.outputs[0]))
      numbers_[node.outputs[0].index] = StateNumber(get->attribute);
    return;
  }
  // A dequantized constant is told apart by its codes and parameters; its floats are never needed.
  const bool dequantize = std::holds_alternative<ir::DequantizePerTensor>(node.op) ||
                          std::holds_alternative<ir::DequantizePerChannel>(node.op);
  if (!dequantize && node.outputs.size() == 1 && NumberConstant(node.outputs[0])) return;
  std::string key = Key(node);
  for (std::uint32_t i = 1; i < node.outputs.size(); ++i) {
    KeyWriter out;
    out.Text("result");
    out.Number(i);
    out.Text(key);
    numbers_[node.outputs[i].index] = table_->Of(out.Take());
  }
  numbers_[node.outputs[0].index] = table_->Of(std::move(key));
}

}  // namespace foldproof::prove
