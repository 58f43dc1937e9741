// SPDX-License-Identifier: BSD-3-Clause
//
// Convolutions, linear, and the batch_norm that follows them.
#include <cmath>
#include <limits>
#include <string>

#include "src/ir/decode_op_arguments.h"

namespace foldproof::ir {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

// One entry a spatial dimension: `otherwise` where the argument is absent, a single number for all.
std::vector<std::int64_t> PerDimension(OpArguments& arguments, std::string_view name,
                                       std::size_t spatial, std::int64_t otherwise,
                                       std::int64_t least) {
  std::vector<std::int64_t> list =
      arguments.OptionalIntegers(name).value_or(std::vector<std::int64_t>(spatial, otherwise));
  if (list.size() == 1) list.assign(spatial, list.front());
  if (list.size() != spatial) {
    arguments.Fail("argument '" + std::string(name) + "' has " + std::to_string(list.size()) +
                   " entries for " + std::to_string(spatial) +
                   " spatial dimensions; export the program again");
  }
  for (const std::int64_t entry : list) {
    if (entry < least || entry > kMost) {
      arguments.Fail("argument '" + std::string(name) + "' must be at least " +
                     std::to_string(least) + " and below 2^31, is " + std::to_string(entry) +
                     "; export the program again");
    }
  }
  return list;
}

// The number of spatial dimensions: the target's, or (`named` is 0) what the weight's rank says.
std::size_t SpatialDimensions(OpArguments& arguments, ValueId weight, std::size_t named) {
  const TensorType* type = arguments.TypeOf(weight);
  if (type == nullptr) {
    if (named == 0) arguments.NotCovered();
    return named == 0 ? 1 : named;
  }
  const std::size_t rank = type->rank();
  if (rank < 3 || (named != 0 && rank != named + 2)) {
    arguments.Fail("a weight of rank " + std::to_string(rank) +
                   " does not fit this convolution; export the program again");
  }
  return rank - 2;
}

void CheckInputRank(OpArguments& arguments, const Convolution& op) {
  const TensorType* type = arguments.TypeOf(op.input);
  if (type == nullptr) return;
  if (type->rank() != op.spatial() + 2 && type->rank() != op.spatial() + 1) {
    arguments.Fail("an input of rank " + std::to_string(type->rank()) + " for " +
                   std::to_string(op.spatial()) + " spatial dimensions; export the program again");
  }
}

void ReadNamedPadding(OpArguments& arguments, Convolution& op) {
  const std::string padding = arguments.String("padding", "valid");
  if (padding != "same" && padding != "valid") {
    arguments.Fail("padding must be 'same', 'valid' or numbers; export the program again");
  }
  op.padding_mode = padding == "same" ? Convolution::Padding::kSame : Convolution::Padding::kValid;
  op.padding.assign(op.spatial(), 0);
  for (const std::int64_t stride : op.stride) {
    if (padding == "same" && stride != 1) {
      arguments.Fail("padding 'same' needs a stride of 1; export the program again");
    }
  }
}

Op DecodeAny(OpArguments& arguments, std::size_t named, bool transposed, bool padding_by_name) {
  Convolution op;
  op.input = arguments.Tensor("input");
  op.weight = arguments.Tensor("weight");
  op.bias = arguments.OptionalTensor("bias");
  const std::size_t spatial = SpatialDimensions(arguments, op.weight, named);
  op.transposed = transposed;
  op.stride = PerDimension(arguments, "stride", spatial, 1, 1);
  op.dilation = PerDimension(arguments, "dilation", spatial, 1, 1);
  op.output_padding = PerDimension(arguments, "output_padding", spatial, 0, 0);
  op.groups = arguments.Integer("groups", 1);
  if (op.groups < 1 || op.groups > kMost) {
    arguments.Fail("groups must be at least 1 and below 2^31, is " + std::to_string(op.groups) +
                   "; export the program again");
  }
  if (padding_by_name) {
    ReadNamedPadding(arguments, op);
  } else {
    op.padding = PerDimension(arguments, "padding", spatial, 0, 0);
  }
  CheckInputRank(arguments, op);
  return op;
}

template <std::size_t spatial>
Op DecodeConv(OpArguments& arguments) {
  return DecodeAny(arguments, spatial, false, false);
}

template <std::size_t spatial>
Op DecodeConvPadding(OpArguments& arguments) {
  return DecodeAny(arguments, spatial, false, true);
}

template <std::size_t spatial>
Op DecodeConvTranspose(OpArguments& arguments) {
  return DecodeAny(arguments, spatial, true, false);
}

Op DecodeConvolution(OpArguments& arguments) {
  return DecodeAny(arguments, 0, arguments.Boolean("transposed"), false);
}

Op DecodeLinear(OpArguments& arguments) {
  return Linear{arguments.Tensor("input"), arguments.Tensor("weight"),
                arguments.OptionalTensor("bias")};
}

enum class Statistics { kByArgument, kRunning, kBatch };

template <Statistics statistics>
Op DecodeBatchNorm(OpArguments& arguments) {
  BatchNorm op;
  op.input = arguments.Tensor("input");
  op.weight = arguments.OptionalTensor("weight");
  op.bias = arguments.OptionalTensor("bias");
  if (statistics != Statistics::kBatch) {
    op.running_mean = arguments.OptionalTensor("running_mean");
    op.running_var = arguments.OptionalTensor("running_var");
  }
  op.training = statistics != Statistics::kRunning && arguments.Boolean("training");
  op.eps = arguments.Number("eps");
  if (!std::isfinite(op.eps)) arguments.Fail("eps must be finite; export the program again");
  if (!op.training && (!op.running_mean || !op.running_var)) {
    arguments.Fail("takes running statistics but has none; export the program again");
  }
  return op;
}

constexpr OpDecoder kConvolutionDecoders[] = {
    {"aten.conv1d.default", DecodeConv<1>},
    {"aten.conv2d.default", DecodeConv<2>},
    {"aten.conv3d.default", DecodeConv<3>},
    {"aten.conv1d.padding", DecodeConvPadding<1>},
    {"aten.conv2d.padding", DecodeConvPadding<2>},
    {"aten.conv3d.padding", DecodeConvPadding<3>},
    {"aten.convolution.default", DecodeConvolution},
    {"aten.conv_transpose1d.default", DecodeConvTranspose<1>},
    {"aten.conv_transpose2d.input", DecodeConvTranspose<2>},
    {"aten.conv_transpose3d.input", DecodeConvTranspose<3>},
    {"aten.linear.default", DecodeLinear},
    {"aten.batch_norm.default", DecodeBatchNorm<Statistics::kByArgument>},
    {"aten._native_batch_norm_legit_no_training.default", DecodeBatchNorm<Statistics::kRunning>},
    {"aten._native_batch_norm_legit.default", DecodeBatchNorm<Statistics::kByArgument>},
    {"aten._native_batch_norm_legit.no_stats", DecodeBatchNorm<Statistics::kBatch>},
    {"aten.native_batch_norm.default", DecodeBatchNorm<Statistics::kByArgument>},
};

}  // namespace

std::span<const OpDecoder> ConvolutionDecoders() { return kConvolutionDecoders; }

}  // namespace foldproof::ir
