// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/argument_order.h"

#include <algorithm>
#include <set>
#include <string>

#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {
namespace {

struct Schema {
  std::string_view target;
  std::string_view arguments;  // by name, in order; those behind * are given by name alone
};

// Of the operators that are read by the names of their arguments (tests/torch/argument_order.py
// compares them with PyTorch's own schemas), in the order of the targets.
constexpr Schema kSchemas[] = {
    {"aten._native_batch_norm_legit.default",
     "input weight bias running_mean running_var training momentum eps"},
    {"aten._native_batch_norm_legit.no_stats", "input weight bias training momentum eps"},
    {"aten._native_batch_norm_legit_no_training.default",
     "input weight bias running_mean running_var momentum eps"},
    {"aten._reshape_alias.default", "self size stride"},
    {"aten._to_copy.default", "self * dtype layout device pin_memory non_blocking memory_format"},
    {"aten._unsafe_view.default", "self size"},
    {"aten.abs.default", "self"},
    {"aten.add.Scalar", "self other alpha"},
    {"aten.add.Tensor", "self other * alpha"},
    {"aten.addmm.default", "self mat1 mat2 * beta alpha"},
    {"aten.alias.default", "self"},
    {"aten.alias_copy.default", "self"},
    {"aten.as_strided.default", "self size stride storage_offset"},
    {"aten.avg_pool2d.default",
     "self kernel_size stride padding ceil_mode count_include_pad divisor_override"},
    {"aten.batch_norm.default",
     "input weight bias running_mean running_var training momentum eps cudnn_enabled"},
    {"aten.bmm.default", "self mat2"},
    {"aten.cat.default", "tensors dim"},
    {"aten.chunk.default", "self chunks dim"},
    {"aten.clamp.Tensor", "self min max"},
    {"aten.clamp.default", "self min max"},
    {"aten.clamp_max.default", "self max"},
    {"aten.clamp_min.default", "self min"},
    {"aten.clone.default", "self * memory_format"},
    {"aten.constant_pad_nd.default", "self pad value"},
    {"aten.contiguous.default", "self * memory_format"},
    {"aten.conv1d.default", "input weight bias stride padding dilation groups"},
    {"aten.conv1d.padding", "input weight bias stride padding dilation groups"},
    {"aten.conv2d.default", "input weight bias stride padding dilation groups"},
    {"aten.conv2d.padding", "input weight bias stride padding dilation groups"},
    {"aten.conv3d.default", "input weight bias stride padding dilation groups"},
    {"aten.conv3d.padding", "input weight bias stride padding dilation groups"},
    {"aten.conv_transpose1d.default",
     "input weight bias stride padding output_padding groups dilation"},
    {"aten.conv_transpose2d.input",
     "input weight bias stride padding output_padding groups dilation"},
    {"aten.conv_transpose3d.input",
     "input weight bias stride padding output_padding groups dilation"},
    {"aten.convolution.default",
     "input weight bias stride padding dilation transposed output_padding groups"},
    {"aten.copy_.default", "self src non_blocking"},
    {"aten.detach.default", "self"},
    {"aten.detach_copy.default", "self"},
    {"aten.diagonal.default", "self offset dim1 dim2"},
    {"aten.diagonal_scatter.default", "self src offset dim1 dim2"},
    {"aten.div.Scalar", "self other"},
    {"aten.div.Scalar_mode", "self other * rounding_mode"},
    {"aten.div.Tensor", "self other"},
    {"aten.div.Tensor_mode", "self other * rounding_mode"},
    {"aten.dropout.default", "input p train"},
    {"aten.elu.default", "self alpha scale input_scale"},
    {"aten.exp.default", "self"},
    {"aten.expand.default", "self size * implicit"},
    {"aten.fill_.Scalar", "self value"},
    {"aten.flatten.using_ints", "self start_dim end_dim"},
    {"aten.flip.default", "self dims"},
    {"aten.full.default", "size fill_value * dtype layout device pin_memory"},
    {"aten.full_like.default", "self fill_value * dtype layout device pin_memory memory_format"},
    {"aten.gelu.default", "self * approximate"},
    {"aten.hardsigmoid.default", "self"},
    {"aten.hardswish.default", "self"},
    {"aten.hardtanh.default", "self min_val max_val"},
    {"aten.layer_norm.default", "input normalized_shape weight bias eps cudnn_enable"},
    {"aten.leaky_relu.default", "self negative_slope"},
    {"aten.lift_fresh_copy.default", "self"},
    {"aten.linear.default", "input weight bias"},
    {"aten.matmul.default", "self other"},
    {"aten.max_pool1d.default", "self kernel_size stride padding dilation ceil_mode"},
    {"aten.max_pool2d.default", "self kernel_size stride padding dilation ceil_mode"},
    {"aten.max_pool3d.default", "self kernel_size stride padding dilation ceil_mode"},
    {"aten.maximum.default", "self other"},
    {"aten.mean.dim", "self dim keepdim * dtype"},
    {"aten.minimum.default", "self other"},
    {"aten.mish.default", "self"},
    {"aten.mm.default", "self mat2"},
    {"aten.mul.Scalar", "self other"},
    {"aten.mul.Tensor", "self other"},
    {"aten.narrow.default", "self dim start length"},
    {"aten.native_batch_norm.default",
     "input weight bias running_mean running_var training momentum eps"},
    {"aten.neg.default", "self"},
    {"aten.ones.default", "size * dtype layout device pin_memory"},
    {"aten.ones_like.default", "self * dtype layout device pin_memory memory_format"},
    {"aten.pad.default", "self pad mode value"},
    {"aten.permute.default", "self dims"},
    {"aten.permute_copy.default", "self dims"},
    {"aten.pixel_shuffle.default", "self upscale_factor"},
    {"aten.reciprocal.default", "self"},
    {"aten.reflection_pad1d.default", "self padding"},
    {"aten.reflection_pad2d.default", "self padding"},
    {"aten.reflection_pad3d.default", "self padding"},
    {"aten.relu.default", "self"},
    {"aten.relu6.default", "self"},
    {"aten.relu_.default", "self"},
    {"aten.repeat.default", "self repeats"},
    {"aten.replication_pad1d.default", "self padding"},
    {"aten.replication_pad2d.default", "self padding"},
    {"aten.replication_pad3d.default", "self padding"},
    {"aten.reshape.default", "self shape"},
    {"aten.roll.default", "self shifts dims"},
    {"aten.rsqrt.default", "self"},
    {"aten.select.int", "self dim index"},
    {"aten.select_scatter.default", "self src dim index"},
    {"aten.sigmoid.default", "self"},
    {"aten.silu.default", "self"},
    {"aten.slice.Tensor", "self dim start end step"},
    {"aten.slice_scatter.default", "self src dim start end step"},
    {"aten.softmax.int", "self dim dtype"},
    {"aten.softplus.default", "self beta threshold"},
    {"aten.split.Tensor", "self split_size dim"},
    {"aten.split.sizes", "self split_size dim"},
    {"aten.split_with_sizes.default", "self split_sizes dim"},
    {"aten.sqrt.default", "self"},
    {"aten.squeeze.default", "self"},
    {"aten.squeeze.dim", "self dim"},
    {"aten.squeeze.dims", "self dim"},
    {"aten.squeeze_copy.default", "self"},
    {"aten.squeeze_copy.dim", "self dim"},
    {"aten.squeeze_copy.dims", "self dim"},
    {"aten.stack.default", "tensors dim"},
    {"aten.sub.Scalar", "self other alpha"},
    {"aten.sub.Tensor", "self other * alpha"},
    {"aten.sum.dim_IntList", "self dim keepdim * dtype"},
    {"aten.t.default", "self"},
    {"aten.t_copy.default", "self"},
    {"aten.tanh.default", "self"},
    {"aten.tensor_split.indices", "self indices dim"},
    {"aten.tensor_split.sections", "self sections dim"},
    {"aten.to.device", "self device dtype non_blocking copy memory_format"},
    {"aten.to.dtype", "self dtype non_blocking copy memory_format"},
    {"aten.to.dtype_layout",
     "self * dtype layout device pin_memory non_blocking copy memory_format"},
    {"aten.transpose.int", "self dim0 dim1"},
    {"aten.transpose_copy.int", "self dim0 dim1"},
    {"aten.unbind.int", "self dim"},
    {"aten.unflatten.int", "self dim sizes"},
    {"aten.unsqueeze.default", "self dim"},
    {"aten.unsqueeze_copy.default", "self dim"},
    {"aten.view.default", "self size"},
    {"aten.view_copy.default", "self size"},
    {"aten.zeros.default", "size * dtype layout device pin_memory"},
    {"aten.zeros_like.default", "self * dtype layout device pin_memory memory_format"},
    {"quantized_decomposed.dequantize_per_channel.default",
     "input scales zero_points axis quant_min quant_max dtype * out_dtype"},
    {"quantized_decomposed.dequantize_per_tensor.default",
     "input scale zero_point quant_min quant_max dtype * out_dtype"},
    {"quantized_decomposed.quantize_per_channel.default",
     "input scales zero_points axis quant_min quant_max dtype"},
    {"quantized_decomposed.quantize_per_tensor.default",
     "input scale zero_point quant_min quant_max dtype"},
};

std::string_view ArgumentsOf(std::string_view target) {
  const auto row = std::ranges::lower_bound(kSchemas, target, {}, &Schema::target);
  return row != std::end(kSchemas) && row->target == target ? row->arguments : std::string_view();
}

// "aten.relu_.default" -> "aten.relu.default": an in-place operator has the same arguments.
std::string WithoutInPlaceMark(std::string_view target) {
  std::string out(target);
  const std::size_t overload = out.rfind('.');
  if (overload != out.npos && overload > 0 && out[overload - 1] == '_') out.erase(overload - 1, 1);
  return out;
}

constexpr std::string_view kAdvice =
    "let what made the node give its arguments in the operator's order, or by name";

// Cuts the first word off.
std::string_view NextWord(std::string_view& words) {
  const std::string_view word = words.substr(0, words.find(' '));
  words.remove_prefix(std::min(words.size(), word.size() + 1));
  return word;
}

}  // namespace

void CheckArgumentOrder(std::string_view target, std::span<const GivenArgument> arguments) {
  std::string_view places = ArgumentsOf(target);
  if (places.empty()) places = ArgumentsOf(WithoutInPlaceMark(target));
  const bool known = !places.empty();
  std::string_view by_name;  // the last argument that was given so
  std::set<std::string_view> seen;
  for (const auto& [name, given] : arguments) {
    // Arguments of higher-order operators have no names.
    if (!name.empty() && !seen.insert(name).second) FailField(name, "is given twice", kAdvice);
    if (given == Given::kByName) by_name = name;
    if (given == Given::kByPlace && !by_name.empty()) {
      FailField(name,
                "is given by its place behind '" + std::string(by_name) +
                    "', which is given by its name: PyTorch does not load that",
                kAdvice);
    }
    if (!known || given == Given::kByName) continue;
    std::string_view behind = places;
    const std::string_view place = NextWord(behind);
    if (place == name) places = behind;
    if (place == name || given == Given::kUnsaid) continue;
    if (place.empty() || place == "*") {
      FailField(name, "is given by its place, but the operator takes it by its name alone",
                kAdvice);
    }
    FailField(name,
              "is given by its place, but that is the place of '" + std::string(place) +
                  "', for which PyTorch takes it",
              kAdvice);
  }
}

}  // namespace foldproof::pt2
