// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/made_shape.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/checked.h"

namespace foldproof::ir {
namespace {

// A size that an operator makes; nullopt where it is left to be inferred, or not known.
using MadeDim = std::optional<Dim>;
using MadeDims = std::vector<MadeDim>;

Dim Static(std::int64_t size) { return {.size = size, .symbol = {}}; }

const TensorType* TypeOfArgument(const Graph& graph, const Node& node, std::string_view argument) {
  const ArgumentValue* found = node.Find(argument);
  const auto* value = found == nullptr ? nullptr : std::get_if<ValueId>(found);
  if (value == nullptr) return nullptr;
  const auto& type = graph.value(*value).type;
  return type ? &*type : nullptr;
}

std::optional<std::int64_t> IntegerAsked(const Node& node, std::string_view argument,
                                         std::optional<std::int64_t> otherwise = {}) {
  const ArgumentValue* found = node.Find(argument);
  if (found == nullptr || std::holds_alternative<None>(*found)) return otherwise;
  const auto* integer = std::get_if<std::int64_t>(found);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

// `dim` counted from the front, among `count` of them.
std::optional<std::size_t> FromFront(std::optional<std::int64_t> dim, std::size_t count) {
  const auto most = static_cast<std::int64_t>(count);
  if (!dim || *dim < -most || *dim >= most) return std::nullopt;
  return static_cast<std::size_t>(*dim < 0 ? *dim + most : *dim);
}

// The size that a symbolic integer stands for, where it is a dimension of a tensor.
MadeDim SizeOf(const Graph& graph, ValueId value) {
  const Node* node = graph.ProducerOf(value);
  const Dim* size = node == nullptr ? nullptr : SizeAskedFor(graph, *node);
  return size == nullptr ? std::nullopt : MadeDim(*size);
}

// A list of sizes; -1 is one to be inferred. nullopt where the argument is no such list.
std::optional<MadeDims> SizesAsked(const Graph& graph, const Node& node,
                                   std::string_view argument) {
  const ArgumentValue* found = node.Find(argument);
  if (found == nullptr) return std::nullopt;
  MadeDims out;
  const auto add = [&](std::int64_t size) {
    out.push_back(size < 0 ? std::nullopt : MadeDim(Static(size)));
  };
  if (const auto* one = std::get_if<std::int64_t>(found)) {
    add(*one);
  } else if (const auto* many = std::get_if<std::vector<std::int64_t>>(found)) {
    for (const std::int64_t size : *many) add(size);
  } else if (const auto* mixed = std::get_if<std::vector<IntOrValue>>(found)) {
    for (const IntOrValue& size : *mixed) {
      if (const auto* number = std::get_if<std::int64_t>(&size)) {
        add(*number);
      } else {
        out.push_back(SizeOf(graph, std::get<ValueId>(size)));
      }
    }
  } else if (const auto* values = std::get_if<std::vector<ValueId>>(found)) {
    for (const ValueId value : *values) out.push_back(SizeOf(graph, value));
  } else {
    return std::nullopt;
  }
  return out;
}

// A product of sizes: a number times symbols, in their order.
struct Product {
  std::int64_t number = 1;
  std::vector<std::string> symbols;
};

// nullopt where it overflows.
std::optional<Product> ProductOf(const std::vector<Dim>& dims) {
  Product out;
  for (const Dim& dim : dims) {
    if (!dim.is_static()) {
      out.symbols.push_back(dim.symbol);
      continue;
    }
    const auto number = CheckedMultiply(out.number, dim.size);
    if (!number) return std::nullopt;
    out.number = *number;
  }
  std::ranges::sort(out.symbols);
  return out;
}

// The one size that is missing among `known`, so that they have as many elements as `from`.
MadeDim Missing(const std::vector<Dim>& from, const std::vector<Dim>& known) {
  const auto all = ProductOf(from);
  const auto part = ProductOf(known);
  if (!all || !part || part->number == 0 || all->number % part->number != 0) return std::nullopt;
  std::vector<std::string> left;
  std::ranges::set_difference(all->symbols, part->symbols, std::back_inserter(left));
  if (left.size() + part->symbols.size() != all->symbols.size()) return std::nullopt;
  const std::int64_t number = all->number / part->number;
  if (left.empty()) return Static(number);
  if (left.size() > 1 || number != 1) return std::nullopt;
  return Dim{.size = -1, .symbol = left.front()};
}

// `made` with its inferred size, where exactly one is missing.
MadeDims Inferred(MadeDims made, const std::vector<Dim>& from) {
  std::vector<Dim> known;
  for (const MadeDim& dim : made) {
    if (dim) known.push_back(*dim);
  }
  if (known.size() + 1 == made.size())
    *std::find(made.begin(), made.end(), MadeDim()) = Missing(from, known);
  return made;
}

MadeDims Copied(const std::vector<Dim>& dims) { return {dims.begin(), dims.end()}; }

std::optional<MadeDims> Flattened(const Node& node, const std::vector<Dim>& from) {
  if (from.empty()) return MadeDims{Static(1)};
  const auto first = FromFront(IntegerAsked(node, "start_dim", 0), from.size());
  const auto last = FromFront(IntegerAsked(node, "end_dim", -1), from.size());
  if (!first || !last || *first > *last) return std::nullopt;
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(*first);
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(*last) + 1;
  MadeDims out(from.begin(), begin);
  out.push_back(Missing({begin, end}, {}));
  out.insert(out.end(), end, from.end());
  return out;
}

std::optional<MadeDims> Unflattened(const Graph& graph, const Node& node,
                                    const std::vector<Dim>& from) {
  const auto dim = FromFront(IntegerAsked(node, "dim"), from.size());
  auto sizes = SizesAsked(graph, node, "sizes");
  if (!dim || !sizes) return std::nullopt;
  const auto place = from.begin() + static_cast<std::ptrdiff_t>(*dim);
  MadeDims out(from.begin(), place);
  const MadeDims split = Inferred(*std::move(sizes), {*place});
  out.insert(out.end(), split.begin(), split.end());
  out.insert(out.end(), place + 1, from.end());
  return out;
}

// Without the dimensions of size 1, of those that `dim` names where it is given.
std::optional<MadeDims> Squeezed(const Node& node, const std::vector<Dim>& from) {
  std::vector<bool> asked(from.size(), true);
  if (const ArgumentValue* dims = node.Find("dim"); dims != nullptr) {
    std::vector<std::int64_t> named;
    if (const auto* one = std::get_if<std::int64_t>(dims)) {
      named = {*one};
    } else if (const auto* many = std::get_if<std::vector<std::int64_t>>(dims)) {
      named = *many;
    } else {
      return std::nullopt;
    }
    asked.assign(from.size(), false);
    for (const std::int64_t dim : named) {
      if (from.empty() && (dim == 0 || dim == -1)) continue;
      const auto place = FromFront(dim, from.size());
      if (!place) return std::nullopt;
      asked[*place] = true;
    }
  }
  MadeDims out;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!asked[i] || from[i] != Static(1)) out.push_back(from[i]);
  }
  return out;
}

std::optional<MadeDims> Unsqueezed(const Node& node, const std::vector<Dim>& from) {
  const auto dim = FromFront(IntegerAsked(node, "dim"), from.size() + 1);
  if (!dim) return std::nullopt;
  MadeDims out = Copied(from);
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(*dim), Static(1));
  return out;
}

// "reshape" of "aten.reshape.default", without the mark of a copy.
std::string_view OperatorOf(std::string_view target) {
  if (!target.starts_with("aten.")) return {};
  target.remove_prefix(5);
  target = target.substr(0, target.find('.'));
  if (target.ends_with("_copy")) target.remove_suffix(5);
  return target;
}

std::optional<MadeDims> Reshaped(const Graph& graph, const Node& node, std::string_view op) {
  const TensorType* from = TypeOfArgument(graph, node, "self");
  if (from == nullptr) return std::nullopt;
  if (op == "flatten") return Flattened(node, from->dims);
  if (op == "unflatten") return Unflattened(graph, node, from->dims);
  if (op == "squeeze") return Squeezed(node, from->dims);
  if (op == "unsqueeze") return Unsqueezed(node, from->dims);
  if (op != "reshape" && op != "view" && op != "_unsafe_view") return std::nullopt;
  auto sizes = SizesAsked(graph, node, op == "reshape" ? "shape" : "size");
  if (!sizes) return std::nullopt;
  return Inferred(*std::move(sizes), from->dims);
}

std::optional<MadeDims> Filled(const Graph& graph, const Node& node, std::string_view op) {
  if (!op.ends_with("_like")) return SizesAsked(graph, node, "size");
  const TensorType* like = TypeOfArgument(graph, node, "self");
  return like == nullptr ? std::nullopt : std::optional(Copied(like->dims));
}

std::string TextOf(const MadeDims& dims) {
  std::string out = "[";
  for (const MadeDim& dim : dims) {
    if (out.size() > 1) out += ", ";
    out += !dim ? "?" : dim->is_static() ? std::to_string(dim->size) : dim->symbol;
  }
  return out + "]";
}

// A reshape keeps the number of elements, so that one size follows from all the others.
ShapeAgreement AgreementOf(const MadeDims& made, const std::vector<Dim>& declared,
                           bool one_follows) {
  if (made.size() != declared.size()) return ShapeAgreement::kDiffers;
  std::size_t unknown = 0;
  bool symbolic_agree = true;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i]) {
      unknown += 1;
      symbolic_agree = symbolic_agree && !declared[i].is_static();
    } else if (made[i]->is_static() && declared[i].is_static()) {
      if (made[i]->size != declared[i].size) return ShapeAgreement::kDiffers;
    } else {
      symbolic_agree = symbolic_agree && *made[i] == declared[i];
    }
  }
  const bool follows = unknown == 0 || (unknown == 1 && one_follows);
  return symbolic_agree && follows ? ShapeAgreement::kAgrees : ShapeAgreement::kUnknown;
}

}  // namespace

MadeShape ShapeOfArguments(const Graph& graph, const Node& node) {
  if (node.outputs.empty()) return {};
  const auto& declared = graph.value(node.outputs.front()).type;
  const std::string_view op = OperatorOf(node.target);
  const bool fills = op.starts_with("zeros") || op.starts_with("ones") || op.starts_with("full");
  const auto made = fills ? Filled(graph, node, op) : Reshaped(graph, node, op);
  if (!declared || !made) return {};
  return {AgreementOf(*made, declared->dims, !fills), TextOf(*made)};
}

const Dim* SizeAskedFor(const Graph& graph, const Node& node) {
  if (node.target != "aten.sym_size.int") return nullptr;
  const TensorType* type = TypeOfArgument(graph, node, "self");
  if (type == nullptr) return nullptr;
  const auto dim = FromFront(IntegerAsked(node, "dim"), type->rank());
  return dim ? &type->dims[*dim] : nullptr;
}

}  // namespace foldproof::ir
