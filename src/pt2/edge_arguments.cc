// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/edge_arguments.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace foldproof::pt2 {
namespace {

// The arguments that a schema lets be given by their place, then the operators that have them;
// those of aten without "aten.". tests/torch/edge_arguments.py prints this, and holds it to
// PyTorch.
constexpr std::string_view kTable = R"(
condition self other:
  where.self
end:
  arange.default
grad_out input mean rstd weight N C HxW group output_mask:
  native_group_norm_backward.default
grad_out input normalized_shape mean rstd weight bias output_mask:
  native_layer_norm_backward.default
grad_output indices num_weights padding_idx scale_grad_by_freq:
  embedding_dense_backward.default
grad_output input weight bias_sizes stride padding
dilation transposed output_padding groups output_mask:
  convolution_backward.default
grad_output self:
  _adaptive_avg_pool2d_backward.default
grad_output self kernel_size stride padding ceil_mode count_include_pad divisor_override:
  avg_pool2d_backward.default
grad_output self kernel_size stride padding dilation ceil_mode indices:
  max_pool2d_with_indices_backward.default
input grid interpolation_mode padding_mode align_corners:
  grid_sampler_2d.default
input normalized_shape weight bias eps:
  native_layer_norm.default
input normalized_shape weight bias eps cudnn_enable:
  layer_norm.default
input output_size align_corners scale_factors:
  upsample_bilinear2d.vec
input output_size scale_factors:
  upsample_nearest2d.vec
input p train:
  dropout.default native_dropout.default
input scale zero_point quant_min quant_max dtype:
  quantized_decomposed.dequantize_per_tensor.default
  quantized_decomposed.quantize_per_tensor.default
input scales zero_points axis quant_min quant_max dtype:
  quantized_decomposed.dequantize_per_channel.default
  quantized_decomposed.quantize_per_channel.default
input weight bias:
  linear.default
input weight bias N C HxW group eps:
  native_group_norm.default
input weight bias running_mean running_var momentum eps:
  _native_batch_norm_legit_no_training.default
input weight bias running_mean running_var training momentum eps:
  _native_batch_norm_legit.default native_batch_norm.default
input weight bias running_mean running_var training momentum eps cudnn_enabled:
  batch_norm.default
input weight bias stride padding dilation groups:
  conv1d.default conv1d.padding conv2d.default conv2d.padding conv3d.default conv3d.padding
input weight bias stride padding dilation transposed output_padding groups:
  convolution.default
input weight bias stride padding output_padding groups dilation:
  conv_transpose1d.default conv_transpose2d.input conv_transpose3d.input
input weight bias training momentum eps:
  _native_batch_norm_legit.no_stats
n:
  randperm.default
s:
  scalar_tensor.default
self:
  _local_scalar_dense.default _to_copy.default abs.default acos.default acosh.default alias.default
  alias_copy.default any.default asin.default asinh.default atan.default atanh.default
  bitwise_not.default ceil.default clone.default contiguous.default cos.default cosh.default
  detach.default detach_copy.default erf.default exp.default expm1.default floor.default
  gelu.default hardsigmoid.default hardswish.default isinf.default isnan.default
  lift_fresh_copy.default log.default log10.default log1p.default log2.default logical_not.default
  mean.default mish.default neg.default nonzero.default ones_like.default prod.default
  reciprocal.default relu.default relu6.default round.default rsqrt.default sigmoid.default
  sign.default silu.default sin.default sinh.default sqrt.default squeeze.default
  squeeze_copy.default sym_numel.default sym_storage_offset.default t.default t_copy.default
  tan.default tanh.default to.dtype_layout trunc.default zeros_like.default
self alpha scale input_scale:
  elu.default
self beta threshold:
  softplus.default
self chunks dim:
  chunk.default
self device dtype non_blocking copy memory_format:
  to.device
self diagonal:
  tril.default
self dim:
  cumsum.default glu.default squeeze.dim squeeze.dims squeeze_copy.dim squeeze_copy.dims
  sym_size.int sym_stride.int unbind.int unbind_copy.int unsqueeze.default unsqueeze_copy.default
  var.correction
self dim descending:
  sort.default
self dim dtype:
  softmax.int
self dim half_to_float:
  _log_softmax.default _softmax.default
self dim index:
  gather.default index_select.default select.int select_copy.int
self dim index src:
  scatter.src scatter_add.default
self dim index src reduce:
  scatter_reduce.two
self dim index value:
  scatter.value
self dim keepdim:
  amax.default amin.default any.dim any.dims argmax.default argmin.default max.dim mean.dim min.dim
  prod.dim_int sum.dim_IntList
self dim normalization last_dim_size:
  _fft_c2r.default
self dim normalization onesided:
  _fft_r2c.default
self dim sizes:
  unflatten.int
self dim start end step:
  slice.Tensor slice_copy.Tensor
self dim start length:
  narrow.default
self dim unbiased keepdim:
  var.dim
self dim0 dim1:
  transpose.int transpose_copy.int
self dims:
  flip.default permute.default permute_copy.default
self dtype non_blocking copy memory_format:
  to.dtype
self eps:
  logit.default
self exponent:
  pow.Scalar pow.Tensor_Scalar pow.Tensor_Tensor
self fill_value:
  full_like.default
self indices:
  index.Tensor
self indices dim:
  tensor_split.indices
self indices values accumulate:
  index_put.default
self k dim largest sorted:
  topk.default
self kernel_size stride padding ceil_mode count_include_pad:
  avg_pool1d.default
self kernel_size stride padding ceil_mode count_include_pad divisor_override:
  avg_pool2d.default avg_pool3d.default
self kernel_size stride padding dilation ceil_mode:
  max_pool1d.default max_pool2d.default max_pool2d_with_indices.default max_pool3d.default
  max_pool3d_with_indices.default
self mask source:
  masked_scatter.default
self mask value:
  masked_fill.Scalar
self mat1 mat2:
  addmm.default
self mat2:
  bmm.default mm.default
self max:
  clamp_max.default
self memory_format:
  sym_is_contiguous.default
self min:
  clamp_min.default
self min max:
  clamp.Tensor clamp.default
self min_val max_val:
  hardtanh.default
self negative_slope:
  leaky_relu.default
self offset dim1 dim2:
  diagonal.default
self other:
  add.Tensor atan2.default atan2.out bitwise_and.Scalar bitwise_and.Tensor bitwise_or.Scalar
  bitwise_or.Tensor bitwise_xor.Scalar bitwise_xor.Tensor div.Scalar div.Scalar_mode div.Tensor
  div.Tensor_mode eq.Scalar eq.Tensor floor_divide.default fmod.Scalar fmod.Tensor ge.Scalar
  ge.Tensor gt.Scalar gt.Tensor le.Scalar le.Tensor logical_and.default logical_or.default
  logical_xor.default lt.Scalar lt.Tensor matmul.default maximum.default minimum.default mul.Scalar
  mul.Tensor ne.Scalar ne.Tensor remainder.Scalar remainder.Tensor sub.Tensor
self other alpha:
  add.Scalar rsub.Scalar sub.Scalar
self output_size:
  _adaptive_avg_pool2d.default _adaptive_avg_pool3d.default adaptive_avg_pool1d.default
self output_size kernel_size dilation padding stride:
  col2im.default
self p:
  _pdist_forward.default
self p train:
  dropout_.default
self pad mode value:
  pad.default
self pad value:
  constant_pad_nd.default
self padding:
  reflection_pad1d.default reflection_pad2d.default reflection_pad3d.default
  replication_pad1d.default replication_pad2d.default replication_pad3d.default
self repeats:
  repeat.default
self sections dim:
  tensor_split.sections
self shape:
  reshape.default
self shifts dims:
  roll.default
self size:
  _unsafe_view.default expand.default expand_copy.default resize_.default view.default
  view_copy.default
self size stride:
  _reshape_alias.default
self size stride storage_offset:
  as_strided.default as_strided_copy.default
self split_size dim:
  split.Tensor split.sizes split_copy.Tensor
self split_sizes dim:
  split_with_sizes.default split_with_sizes_copy.default
self src dim index:
  select_scatter.default
self src dim start end step:
  slice_scatter.default
self src non_blocking:
  copy.default copy_.default
self src offset dim1 dim2:
  diagonal_scatter.default
self start_dim end_dim:
  flatten.using_ints
self upscale_factor:
  pixel_shuffle.default
self value:
  fill.Scalar fill.Tensor fill_.Scalar
size:
  empty.memory_format ones.default rand.default randn.default zeros.default
size fill_value:
  full.default
size stride:
  empty_strided.default
start end step:
  arange.start_step
tensors dim:
  cat.default stack.default
weight indices offsets scale_grad_by_freq mode sparse
per_sample_weights include_last_offset padding_idx:
  _embedding_bag.default
weight indices padding_idx scale_grad_by_freq sparse:
  embedding.default
x1 x2 p compute_mode:
  _cdist_forward.default
)";

using Names = std::vector<std::string_view>;

void AddWords(std::string_view text, Names& words) {
  for (;;) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

struct Table {
  std::deque<Names> rows;
  std::unordered_map<std::string_view, const Names*> by_target;
};

Table ReadTable() {
  Table out;
  Names names;  // of the row that has begun, whose names may go on in the next line
  Names targets;
  for (std::string_view rest = kTable; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("  ")) {
      targets.clear();
      AddWords(line, targets);
      for (const std::string_view target : targets) out.by_target[target] = &out.rows.back();
      continue;
    }
    const bool ends = line.ends_with(':');
    if (ends) line.remove_suffix(1);
    AddWords(line, names);
    if (!ends) continue;
    out.rows.push_back(std::move(names));
    names.clear();
  }
  return out;
}

}  // namespace

std::optional<std::string_view> EdgeArgumentName(std::string_view target, std::size_t at) {
  static const Table& table = *new Table(ReadTable());  // nobody waits for its end
  if (target.starts_with("aten.")) target.remove_prefix(5);
  const auto row = table.by_target.find(target);
  if (row == table.by_target.end() || at >= row->second->size()) return std::nullopt;
  return (*row->second)[at];
}

}  // namespace foldproof::pt2
