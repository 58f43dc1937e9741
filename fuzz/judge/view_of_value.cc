// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/view_of_value.h"

#include <algorithm>

namespace foldproof::fuzz {
namespace {

struct Viewed {
  Sketch& sketch;
  Chooser& chooser;
  std::size_t at;
  ir::ValueId value;
  ir::TensorType type;
  Sizes sizes;

  std::int64_t Dim() const {
    return static_cast<std::int64_t>(sizes.size() - 1 - chooser.Below(sizes.size()));
  }
  ir::TensorType With(const Sizes& other) const { return TypeOf(type.dtype, other); }
  ir::ValueId Put(const char* target, std::vector<ir::Argument> more, const Sizes& result) const {
    more.insert(more.begin(), {"self", value});
    return sketch.InsertOne(at, target, std::move(more), With(result));
  }
  // One of the results of an operator that returns a list.
  ir::ValueId PutList(const char* target, std::vector<ir::Argument> more,
                      const std::vector<Sizes>& results) const {
    more.insert(more.begin(), {"self", value});
    std::vector<ir::TensorType> types;
    for (const Sizes& result : results) types.push_back(With(result));
    const auto made = sketch.Insert(at, target, std::move(more), types);
    return made[chooser.Below(made.size())];
  }
};

using PutView = std::optional<ir::ValueId> (*)(const Viewed&);

Sizes Without(Sizes sizes, std::int64_t dim) {
  sizes.erase(sizes.begin() + dim);
  return sizes;
}

Sizes Resized(Sizes sizes, std::int64_t dim, std::int64_t size) {
  sizes[static_cast<std::size_t>(dim)] = size;
  return sizes;
}

std::optional<ir::ValueId> View(const Viewed& v) {
  return v.Put("aten.view.default", {{"size", Sizes{-1}}}, {CountOf(v.sizes)});
}
std::optional<ir::ValueId> Reshape(const Viewed& v) {
  return v.Put("aten.reshape.default", {{"shape", Sizes{-1}}}, {CountOf(v.sizes)});
}
std::optional<ir::ValueId> Flatten(const Viewed& v) {
  return v.Put("aten.flatten.using_ints", {{"start_dim", std::int64_t{0}}}, {CountOf(v.sizes)});
}
std::optional<ir::ValueId> Unsqueeze(const Viewed& v) {
  Sizes sizes = v.sizes;
  sizes.insert(sizes.begin(), 1);
  return v.Put("aten.unsqueeze.default", {{"dim", std::int64_t{0}}}, sizes);
}
std::optional<ir::ValueId> Select(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim();
  return v.Put("aten.select.int", {{"dim", dim}, {"index", std::int64_t{0}}},
               Without(v.sizes, dim));
}
std::optional<ir::ValueId> Slice(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim();
  return v.Put("aten.slice.Tensor",
               {{"dim", dim}, {"start", std::int64_t{0}}, {"end", std::int64_t{1}}},
               Resized(v.sizes, dim, 1));
}
std::optional<ir::ValueId> Transpose(const Viewed& v) {
  if (v.sizes.size() < 2) return std::nullopt;
  Sizes sizes = v.sizes;
  std::swap(sizes[0], sizes[1]);
  return v.Put("aten.transpose.int", {{"dim0", std::int64_t{0}}, {"dim1", std::int64_t{1}}}, sizes);
}
std::optional<ir::ValueId> Permute(const Viewed& v) {
  if (v.sizes.size() < 2) return std::nullopt;
  Sizes dims, sizes(v.sizes.rbegin(), v.sizes.rend());
  for (std::size_t d = v.sizes.size(); d-- > 0;) dims.push_back(static_cast<std::int64_t>(d));
  return v.Put("aten.permute.default", {{"dims", dims}}, sizes);
}
std::optional<ir::ValueId> Expand(const Viewed& v) {
  return v.Put("aten.expand.default", {{"size", v.sizes}}, v.sizes);
}
std::optional<ir::ValueId> Detach(const Viewed& v) {
  return v.Put("aten.detach.default", {}, v.sizes);
}
std::optional<ir::ValueId> Alias(const Viewed& v) {
  return v.Put("aten.alias.default", {}, v.sizes);
}

std::optional<ir::ValueId> Split(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim(), size = v.sizes[static_cast<std::size_t>(dim)];
  if (size > 8) return std::nullopt;
  const std::vector<Sizes> parts(static_cast<std::size_t>(size), Resized(v.sizes, dim, 1));
  return v.PutList("aten.split.Tensor", {{"split_size", std::int64_t{1}}, {"dim", dim}}, parts);
}
std::optional<ir::ValueId> Chunk(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim(), size = v.sizes[static_cast<std::size_t>(dim)];
  if (size % 2 != 0) return std::nullopt;
  const std::vector<Sizes> parts(2, Resized(v.sizes, dim, size / 2));
  return v.PutList("aten.chunk.default", {{"chunks", std::int64_t{2}}, {"dim", dim}}, parts);
}
std::optional<ir::ValueId> Unbind(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim(), size = v.sizes[static_cast<std::size_t>(dim)];
  if (size > 8) return std::nullopt;
  const std::vector<Sizes> parts(static_cast<std::size_t>(size), Without(v.sizes, dim));
  return v.PutList("aten.unbind.int", {{"dim", dim}}, parts);
}
std::optional<ir::ValueId> SplitSizes(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim(), size = v.sizes[static_cast<std::size_t>(dim)];
  if (size < 2) return std::nullopt;
  return v.PutList("aten.split_with_sizes.default",
                   {{"split_sizes", Sizes{1, size - 1}}, {"dim", dim}},
                   {Resized(v.sizes, dim, 1), Resized(v.sizes, dim, size - 1)});
}
std::optional<ir::ValueId> Narrow(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  const std::int64_t dim = v.Dim();
  return v.Put("aten.narrow.default",
               {{"dim", dim}, {"start", std::int64_t{0}}, {"length", std::int64_t{1}}},
               Resized(v.sizes, dim, 1));
}
std::optional<ir::ValueId> Movedim(const Viewed& v) {
  if (v.sizes.size() < 2) return std::nullopt;
  Sizes sizes = Without(v.sizes, 0);
  sizes.push_back(v.sizes[0]);
  return v.Put("aten.movedim.int", {{"source", std::int64_t{0}}, {"destination", std::int64_t{-1}}},
               sizes);
}
std::optional<ir::ValueId> MatrixTransposed(const Viewed& v) {
  if (v.sizes.size() < 2) return std::nullopt;
  Sizes sizes = v.sizes;
  std::swap(sizes[sizes.size() - 2], sizes[sizes.size() - 1]);
  return v.Put("aten.mT.default", {}, sizes);
}
std::optional<ir::ValueId> Diagonal(const Viewed& v) {
  if (v.sizes.size() < 2) return std::nullopt;
  Sizes sizes(v.sizes.begin() + 2, v.sizes.end());
  sizes.push_back(std::min(v.sizes[0], v.sizes[1]));
  return v.Put("aten.diagonal.default", {}, sizes);
}
std::optional<ir::ValueId> Unfold(const Viewed& v) {
  if (v.sizes.empty()) return std::nullopt;
  Sizes sizes = v.sizes;
  sizes.push_back(1);
  return v.Put("aten.unfold.default",
               {{"dimension", static_cast<std::int64_t>(v.sizes.size() - 1)},
                {"size", std::int64_t{1}},
                {"step", std::int64_t{1}}},
               sizes);
}
std::optional<ir::ValueId> AsInteger(const Viewed& v) {
  if (!IsFloat32(v.type)) return std::nullopt;
  return v.sketch.InsertOne(v.at, "aten.view.dtype",
                            {{"self", v.value}, {"dtype", ir::ScalarType::kInt32}},
                            TypeOf(ir::ScalarType::kInt32, v.sizes));
}
std::optional<ir::ValueId> AsStrided(const Viewed& v) {
  return v.Put("aten.as_strided.default",
               {{"size", v.sizes}, {"stride", ContiguousStrides(v.sizes)}}, v.sizes);
}
std::optional<ir::ValueId> ViewAs(const Viewed& v) {
  return v.Put("aten.view_as.default", {{"other", v.value}}, v.sizes);
}
std::optional<ir::ValueId> ReshapeAs(const Viewed& v) {
  return v.Put("aten.reshape_as.default", {{"other", v.value}}, v.sizes);
}
std::optional<ir::ValueId> ExpandAs(const Viewed& v) {
  return v.Put("aten.expand_as.default", {{"other", v.value}}, v.sizes);
}
std::optional<ir::ValueId> TypeAs(const Viewed& v) {
  return v.Put("aten.type_as.default", {{"other", v.value}}, v.sizes);
}
std::optional<ir::ValueId> Real(const Viewed& v) { return v.Put("aten.real.default", {}, v.sizes); }
std::optional<ir::ValueId> Positive(const Viewed& v) {
  return v.Put("aten.positive.default", {}, v.sizes);
}
std::optional<ir::ValueId> Conj(const Viewed& v) { return v.Put("aten.conj.default", {}, v.sizes); }
std::optional<ir::ValueId> ToItself(const Viewed& v) {
  return v.Put("aten.to.dtype", {{"dtype", v.type.dtype}}, v.sizes);
}
std::optional<ir::ValueId> Contiguous(const Viewed& v) {
  return v.Put("aten.contiguous.default", {}, v.sizes);
}
std::optional<ir::ValueId> SumToSize(const Viewed& v) {
  return v.Put("aten.sum_to_size.default", {{"size", v.sizes}}, v.sizes);
}
std::optional<ir::ValueId> DropoutInEval(const Viewed& v, const char* target) {
  if (!IsFloat32(v.type)) return std::nullopt;
  return v.sketch.InsertOne(v.at, target, {{"input", v.value}, {"p", 0.5}, {"train", false}},
                            v.type);
}
std::optional<ir::ValueId> Dropout(const Viewed& v) {
  return DropoutInEval(v, "aten.dropout.default");
}
std::optional<ir::ValueId> FeatureDropout(const Viewed& v) {
  return DropoutInEval(v, "aten.feature_dropout.default");
}
std::optional<ir::ValueId> AlphaDropout(const Viewed& v) {
  return DropoutInEval(v, "aten.alpha_dropout.default");
}

constexpr PutView kAliases[] = {Alias,        Detach,     Expand,    ViewAs,   ReshapeAs,
                                ExpandAs,     TypeAs,     Real,      Positive, Conj,
                                ToItself,     Contiguous, SumToSize, Dropout,  FeatureDropout,
                                AlphaDropout, AsStrided};
constexpr PutView kPlain[] = {View,      Reshape, Flatten, Unsqueeze, Select, Slice,
                              Transpose, Permute, Expand,  Detach,    Alias};
constexpr PutView kOdd[] = {
    Split,    Chunk,          Unbind,      SplitSizes, Narrow,   Movedim,    MatrixTransposed,
    Diagonal, Unfold,         AsInteger,   AsStrided,  ViewAs,   ReshapeAs,  ExpandAs,
    TypeAs,   Real,           Positive,    Conj,       ToItself, Contiguous, SumToSize,
    Dropout,  FeatureDropout, AlphaDropout};

std::optional<ir::ValueId> PutOneOf(std::span<const PutView> puts, Sketch& sketch, Chooser& chooser,
                                    std::size_t at, ir::ValueId value) {
  const ir::TensorType type = *sketch.value(value).type;
  const PutView put = puts[chooser.Below(puts.size())];
  return put({sketch, chooser, at, value, type, type.sizes()});
}

}  // namespace

std::optional<ir::ValueId> PutPlainView(Sketch& sketch, Chooser& chooser, std::size_t at,
                                        ir::ValueId value) {
  return PutOneOf(kPlain, sketch, chooser, at, value);
}

std::optional<ir::ValueId> PutOddView(Sketch& sketch, Chooser& chooser, std::size_t at,
                                      ir::ValueId value) {
  return PutOneOf(kOdd, sketch, chooser, at, value);
}

std::optional<ir::ValueId> PutAlias(Sketch& sketch, Chooser& chooser, std::size_t at,
                                    ir::ValueId value) {
  return PutOneOf(kAliases, sketch, chooser, at, value);
}

}  // namespace foldproof::fuzz
