// SPDX-License-Identifier: BSD-3-Clause
//
// What moves, copies, converts or makes elements without computing: layout, casts, fills, padding.
#include <algorithm>
#include <numeric>
#include <string>

#include "src/ir/decode_op_arguments.h"

namespace foldproof::ir {
namespace {

// Readers take the shape of a reshape from its output, so it must be the one that is asked for.
Op DecodeReshape(OpArguments& arguments) {
  if (arguments.DeclaredShape() == ShapeAgreement::kUnknown) arguments.NotCovered();
  return Reshape{arguments.Tensor("self")};
}

Op DecodePermute(OpArguments& arguments) {
  Permute op{arguments.Tensor("self"), arguments.Integers("dims")};
  const TensorType* type = arguments.TypeOf(op.input);
  if (type == nullptr) {
    arguments.NotCovered();
    return op;
  }
  std::vector<bool> seen(type->rank(), false);
  for (std::int64_t& dim : op.dims) {
    if (seen.empty()) break;
    dim = arguments.Dimension(dim, type->rank());
    seen[static_cast<std::size_t>(dim)] = true;
  }
  if (arguments.covered() && (op.dims.size() != type->rank() || std::ranges::count(seen, false))) {
    arguments.Fail("dims must name each dimension once; export the program again");
  }
  return op;
}

Op SwapDimensions(OpArguments& arguments, std::int64_t first, std::int64_t second) {
  Permute op{arguments.Tensor("self"), {}};
  const TensorType* type = arguments.TypeOf(op.input);
  if (type == nullptr) {
    arguments.NotCovered();
    return op;
  }
  const std::int64_t from = arguments.Dimension(first, type->rank());
  const std::int64_t to = arguments.Dimension(second, type->rank());
  op.dims.resize(type->rank());
  std::iota(op.dims.begin(), op.dims.end(), std::int64_t{0});
  if (from != to)
    std::swap(op.dims[static_cast<std::size_t>(from)], op.dims[static_cast<std::size_t>(to)]);
  return op;
}

Op DecodeTranspose(OpArguments& arguments) {
  const std::int64_t first = arguments.Integer("dim0");
  return SwapDimensions(arguments, first, arguments.Integer("dim1"));
}

Op DecodeT(OpArguments& arguments) {
  const TensorType* type = arguments.TypeOf(arguments.Tensor("self"));
  if (type != nullptr && type->rank() > 2) {
    arguments.Fail("takes a tensor of at most 2 dimensions; export the program again");
  }
  const bool matrix = type != nullptr && type->rank() == 2;
  return SwapDimensions(arguments, 0, matrix ? 1 : 0);
}

Op DecodeCopy(OpArguments& arguments) { return Copy{arguments.Tensor("self")}; }

Op DecodeDropout(OpArguments& arguments) {
  const double p = arguments.Number("p");
  if (!(p >= 0 && p <= 1)) arguments.Fail("p must lie in [0, 1]; export the program again");
  if (arguments.Boolean("train") && p != 0) arguments.NotCovered();  // random
  return Copy{arguments.Tensor(arguments.in_place() ? "self" : "input")};
}

Op DecodeCast(OpArguments& arguments) {
  const ValueId input = arguments.Tensor("self");
  const TensorType* output = arguments.OutputType();
  const auto dtype = arguments.OptionalDtype("dtype");
  if (!dtype) return Copy{input};
  if (output != nullptr && output->dtype != *dtype) {
    arguments.Fail("makes " + std::string(Name(*dtype)) + ", but its output is declared " +
                   std::string(Name(output->dtype)) + "; export the program again");
  }
  return Cast{input, *dtype};
}

Op MakeFill(OpArguments& arguments, double value) {
  if (arguments.DeclaredShape() == ShapeAgreement::kUnknown) arguments.NotCovered();
  return Fill{value};
}

Op DecodeZeros(OpArguments& arguments) { return MakeFill(arguments, 0); }
Op DecodeOnes(OpArguments& arguments) { return MakeFill(arguments, 1); }
Op DecodeFull(OpArguments& arguments) {
  return MakeFill(arguments, arguments.Number("fill_value"));
}

Op MakePad(OpArguments& arguments, Pad op) {
  op.input = arguments.Tensor("self");
  const TensorType* type = arguments.TypeOf(op.input);
  if (type == nullptr) arguments.NotCovered();
  if (op.amounts.size() % 2 != 0 || (type != nullptr && op.amounts.size() > 2 * type->rank())) {
    arguments.Fail("pads " + std::to_string(op.amounts.size()) +
                   " sides; two a dimension are wanted; export the program again");
  }
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  for (const std::int64_t amount : op.amounts) {
    if (amount < -kMost || amount > kMost) {
      arguments.Fail("pads by " + std::to_string(amount) + "; export the program again");
    }
  }
  return op;
}

Op DecodePad(OpArguments& arguments) {
  Pad op{.input = {}, .amounts = arguments.Integers("pad")};
  const std::string mode = arguments.String("mode", "constant");
  if (mode == "reflect") {
    op.mode = Pad::Mode::kReflect;
  } else if (mode == "replicate") {
    op.mode = Pad::Mode::kReplicate;
  } else if (mode == "circular") {
    op.mode = Pad::Mode::kCircular;
  } else if (mode != "constant") {
    arguments.Fail(
        "mode must be 'constant', 'reflect', 'replicate' or 'circular'; export the "
        "program again");
  }
  op.value = arguments.Number("value", 0);
  return MakePad(arguments, std::move(op));
}

Op DecodeConstantPad(OpArguments& arguments) {
  return MakePad(
      arguments,
      {.input = {}, .amounts = arguments.Integers("pad"), .value = arguments.Number("value", 0)});
}

template <Pad::Mode mode>
Op DecodePadding(OpArguments& arguments) {
  return MakePad(arguments, {.input = {}, .amounts = arguments.Integers("padding"), .mode = mode});
}

constexpr OpDecoder kLayoutDecoders[] = {
    {"aten.reshape.default", DecodeReshape},
    {"aten.view.default", DecodeReshape},
    {"aten.view_copy.default", DecodeReshape},
    {"aten._unsafe_view.default", DecodeReshape},
    {"aten.flatten.using_ints", DecodeReshape},
    {"aten.unflatten.int", DecodeReshape},
    {"aten.squeeze.default", DecodeReshape},
    {"aten.squeeze.dim", DecodeReshape},
    {"aten.squeeze.dims", DecodeReshape},
    {"aten.squeeze_copy.default", DecodeReshape},
    {"aten.squeeze_copy.dim", DecodeReshape},
    {"aten.squeeze_copy.dims", DecodeReshape},
    {"aten.unsqueeze.default", DecodeReshape},
    {"aten.unsqueeze_copy.default", DecodeReshape},
    {"aten.permute.default", DecodePermute},
    {"aten.permute_copy.default", DecodePermute},
    {"aten.transpose.int", DecodeTranspose},
    {"aten.transpose_copy.int", DecodeTranspose},
    {"aten.t.default", DecodeT},
    {"aten.t_copy.default", DecodeT},
    {"aten.clone.default", DecodeCopy},
    {"aten.contiguous.default", DecodeCopy},
    {"aten.alias.default", DecodeCopy},
    {"aten.alias_copy.default", DecodeCopy},
    {"aten.detach.default", DecodeCopy},
    {"aten.detach_copy.default", DecodeCopy},
    {"aten.lift_fresh_copy.default", DecodeCopy},
    {"aten.dropout.default", DecodeDropout, true},
    {"aten.feature_dropout.default", DecodeDropout, true},
    {"aten.alpha_dropout.default", DecodeDropout, true},
    {"aten.feature_alpha_dropout.default", DecodeDropout, true},
    {"aten.to.dtype", DecodeCast},
    {"aten.to.dtype_layout", DecodeCast},
    {"aten.to.device", DecodeCast},
    {"aten._to_copy.default", DecodeCast},
    {"aten.zeros.default", DecodeZeros},
    {"aten.zeros_like.default", DecodeZeros},
    {"aten.ones.default", DecodeOnes},
    {"aten.ones_like.default", DecodeOnes},
    {"aten.full.default", DecodeFull},
    {"aten.full_like.default", DecodeFull},
    {"aten.pad.default", DecodePad},
    {"aten.constant_pad_nd.default", DecodeConstantPad},
    {"aten.reflection_pad1d.default", DecodePadding<Pad::Mode::kReflect>},
    {"aten.reflection_pad2d.default", DecodePadding<Pad::Mode::kReflect>},
    {"aten.reflection_pad3d.default", DecodePadding<Pad::Mode::kReflect>},
    {"aten.replication_pad1d.default", DecodePadding<Pad::Mode::kReplicate>},
    {"aten.replication_pad2d.default", DecodePadding<Pad::Mode::kReplicate>},
    {"aten.replication_pad3d.default", DecodePadding<Pad::Mode::kReplicate>},
};

}  // namespace

std::span<const OpDecoder> LayoutDecoders() { return kLayoutDecoders; }

}  // namespace foldproof::ir
