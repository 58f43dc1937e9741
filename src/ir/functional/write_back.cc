// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/write_back.h"

#include <algorithm>
#include <limits>

#include "src/ir/functional/op_lists.h"

namespace foldproof::ir {
namespace {

constexpr std::int64_t kToEnd = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> IntegerOf(const Node& node, std::string_view argument,
                                      std::optional<std::int64_t> absent = std::nullopt) {
  const ArgumentValue* value = node.Find(argument);
  if (value == nullptr || std::holds_alternative<None>(*value)) return absent;
  const auto* integer = std::get_if<std::int64_t>(value);
  return integer == nullptr ? std::nullopt : std::optional(*integer);
}

class Writer {
 public:
  Writer(const Graph& graph, const Node& view, std::uint32_t result, ValueId base, ValueId content)
      : graph_(graph), view_(view), result_(result), base_(base), content_(content) {}

  std::optional<WriteBack> Make() const {
    const auto* operand = std::get_if<ValueId>(&view_.arguments.front().value);
    if (operand == nullptr) return std::nullopt;
    const auto& from = graph_.value(*operand).type;
    const auto& to = graph_.value(view_.outputs.at(result_)).type;
    if (!from || !to || !from->is_static() || !to->is_static() || from->dtype != to->dtype) {
      return std::nullopt;
    }
    const std::string_view name = ListedName(view_.target);
    if (const auto* permute = std::get_if<Permute>(&view_.op)) return Unpermuted(permute->dims);
    if (IsMove(name) && from->element_count() == to->element_count()) {
      return WriteBack{"aten.view.default",
                       {{"self", content_, false}, {"size", from->sizes(), false}}};
    }
    if (name == "mT.default" || name == "adjoint.default") return Transposed(from->rank());
    if (name == "select.int") return Selected();
    if (name == "slice.Tensor") return Sliced();
    if (name == "narrow.default") return Narrowed();
    if (name == "diagonal.default") return Diagonal();
    if (name == "unbind.int") return Unbound();
    if (IsSplit(name)) return SplitOff(*to);
    return std::nullopt;
  }

 private:
  // Every element of the operand, in its row-major order: any shape may be taken back.
  static bool IsMove(std::string_view name) {
    static constexpr std::string_view kMoves[] = {
        "view.default",    "_unsafe_view.default", "reshape.default", "squeeze.default",
        "squeeze.dim",     "squeeze.dims",         "alias.default",   "detach.default",
        "lift.default",    "unsqueeze.default",    "dropout.default", "flatten.using_ints",
        "view_as.default", "reshape_as.default",   "ravel.default",   "contiguous.default",
        "unflatten.int",   "lift_fresh.default",   "real.default",    "positive.default",
        "to.dtype"};
    return std::ranges::find(kMoves, name) != std::end(kMoves);
  }

  static bool IsSplit(std::string_view name) {
    static constexpr std::string_view kSplits[] = {
        "split.Tensor",         "split.sizes",           "split_with_sizes.default",
        "chunk.default",        "tensor_split.sections", "tensor_split.indices",
        "unsafe_chunk.default", "unsafe_split.Tensor"};
    return std::ranges::find(kSplits, name) != std::end(kSplits);
  }

  WriteBack Unpermuted(const std::vector<std::int64_t>& dims) const {
    std::vector<std::int64_t> back(dims.size());
    for (std::size_t i = 0; i < dims.size(); ++i) {
      back[static_cast<std::size_t>(dims[i])] = static_cast<std::int64_t>(i);
    }
    return {"aten.permute.default", {{"self", content_, false}, {"dims", std::move(back), false}}};
  }

  std::optional<WriteBack> Transposed(std::size_t rank) const {
    if (rank < 2) return std::nullopt;
    return WriteBack{"aten.transpose.int",
                     {{"self", content_, false},
                      {"dim0", std::int64_t{-2}, false},
                      {"dim1", std::int64_t{-1}, false}}};
  }

  WriteBack Scatter(std::string target, std::vector<Argument> how) const {
    std::vector<Argument> arguments{{"self", base_, false}, {"src", content_, false}};
    std::ranges::move(how, std::back_inserter(arguments));
    return {std::move(target), std::move(arguments)};
  }

  std::optional<WriteBack> Selected() const {
    const auto dim = IntegerOf(view_, "dim"), index = IntegerOf(view_, "index");
    if (!dim || !index) return std::nullopt;
    return Scatter("aten.select_scatter.default", {{"dim", *dim, false}, {"index", *index, false}});
  }

  WriteBack Slice(std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step) const {
    return Scatter(
        "aten.slice_scatter.default",
        {{"dim", dim, false}, {"start", start, false}, {"end", end, false}, {"step", step, false}});
  }

  std::optional<WriteBack> Sliced() const {
    const auto dim = IntegerOf(view_, "dim", 0), start = IntegerOf(view_, "start", 0);
    const auto end = IntegerOf(view_, "end", kToEnd), step = IntegerOf(view_, "step", 1);
    if (!dim || !start || !end || !step) return std::nullopt;
    return Slice(*dim, *start, *end, *step);
  }

  std::optional<WriteBack> Narrowed() const {
    const auto dim = IntegerOf(view_, "dim"), start = IntegerOf(view_, "start");
    const auto length = IntegerOf(view_, "length");
    if (!dim || !start || !length || *start < 0) return std::nullopt;
    return Slice(*dim, *start, *start + *length, 1);
  }

  std::optional<WriteBack> Diagonal() const {
    const auto offset = IntegerOf(view_, "offset", 0);
    const auto dim1 = IntegerOf(view_, "dim1", 0), dim2 = IntegerOf(view_, "dim2", 1);
    if (!offset || !dim1 || !dim2) return std::nullopt;
    return Scatter("aten.diagonal_scatter.default",
                   {{"offset", *offset, false}, {"dim1", *dim1, false}, {"dim2", *dim2, false}});
  }

  std::optional<WriteBack> Unbound() const {
    const auto dim = IntegerOf(view_, "dim", 0);
    if (!dim) return std::nullopt;
    return Scatter("aten.select_scatter.default",
                   {{"dim", *dim, false}, {"index", std::int64_t{result_}, false}});
  }

  // The pieces lie one behind the other along `dim`.
  std::optional<WriteBack> SplitOff(const TensorType& piece) const {
    const auto given = IntegerOf(view_, "dim", 0);
    if (!given || piece.rank() == 0) return std::nullopt;
    const auto rank = static_cast<std::int64_t>(piece.rank());
    const std::int64_t dim = *given < 0 ? *given + rank : *given;
    if (dim < 0 || dim >= rank) return std::nullopt;
    std::int64_t start = 0;
    for (std::uint32_t i = 0; i < result_; ++i) {
      const auto& before = graph_.value(view_.outputs[i]).type;
      if (!before || !before->is_static() || before->rank() != piece.rank()) return std::nullopt;
      start += before->dims[static_cast<std::size_t>(dim)].size;
    }
    return Slice(dim, start, start + piece.dims[static_cast<std::size_t>(dim)].size, 1);
  }

  const Graph& graph_;
  const Node& view_;
  std::uint32_t result_;
  ValueId base_, content_;
};

}  // namespace

std::optional<WriteBack> WriteBackOf(const Graph& graph, const Node& view, std::uint32_t result,
                                     ValueId base, ValueId content) {
  return Writer(graph, view, result, base, content).Make();
}

}  // namespace foldproof::ir
