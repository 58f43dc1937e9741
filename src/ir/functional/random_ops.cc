// SPDX-License-Identifier: BSD-3-Clause
//
// Operators whose results are drawn, or are memory that nobody has set: equal to nothing, not to
// what the same call gives another time. A flag that turns the draw off (train=False) makes them
// functions again.
#include "src/ir/functional/op_lists.h"

namespace foldproof::ir::lists {

// As the tag nondeterministic_seeded says, and the ones that return memory as it is.
const std::string_view kRandom =
    "_cudnn_attention_backward.default _cudnn_attention_forward.default\n"
    "_cudnn_init_dropout_state.default _cudnn_init_dropout_state.out _cudnn_rnn.default\n"
    "_cudnn_rnn.out _efficient_attention_forward.default _empty_affine_quantized.default\n"
    "_fill_mem_eff_dropout_mask_.default _flash_attention_forward.default\n"
    "_flash_attention_forward.quantized _flash_attention_forward_no_dropout_inplace.default\n"
    "_fused_dropout.default _fused_dropout.out _fused_sdp_choice.default _lstm_mps.default\n"
    "_lstm_mps.out _nested_tensor_softmax_with_shape.default _sample_dirichlet.default\n"
    "_sample_dirichlet.out _scaled_dot_product_attention_math.default\n"
    "_scaled_dot_product_attention_math_for_mps.default\n"
    "_scaled_dot_product_cudnn_attention.default\n"
    "_scaled_dot_product_cudnn_attention_backward.default\n"
    "_scaled_dot_product_efficient_attention.default\n"
    "_scaled_dot_product_efficient_attention_backward.default\n"
    "_scaled_dot_product_flash_attention.default _scaled_dot_product_flash_attention.quantized\n"
    "_scaled_dot_product_flash_attention_for_cpu.default\n"
    "_scaled_dot_product_fused_attention_overrideable.default _standard_gamma.default\n"
    "_standard_gamma.out _triton_scaled_dot_attention.default _triton_scaled_dot_attention.out\n"
    "alpha_dropout.default alpha_dropout_.default bernoulli.Tensor bernoulli.Tensor_out\n"
    "bernoulli.default bernoulli.float_out bernoulli.out bernoulli.p bernoulli_.Tensor\n"
    "bernoulli_.float binomial.default binomial.out cauchy.default cauchy.out cauchy_.default\n"
    "dropout.default dropout_.default empty.memory_format empty.names empty.out\n"
    "empty_like.default empty_like.out empty_permuted.default empty_strided.default\n"
    "exponential.default exponential.out exponential_.default feature_alpha_dropout.default\n"
    "feature_alpha_dropout_.default feature_dropout.default feature_dropout_.default\n"
    "geometric.default geometric.out geometric_.default gru.data gru.input log_normal.default\n"
    "log_normal.out log_normal_.default lstm.data lstm.input miopen_rnn.default miopen_rnn.out\n"
    "multinomial.default multinomial.out native_dropout.default native_dropout.out\n"
    "new_empty.default new_empty_strided.default normal.Tensor_Tensor normal.Tensor_Tensor_out\n"
    "normal.Tensor_float normal.Tensor_float_out normal.float_Tensor normal.float_Tensor_out\n"
    "normal.float_float normal.float_float_out normal.out normal_.default\n"
    "normal_functional.default poisson.default poisson.out rand.default rand.generator\n"
    "rand.generator_out rand.out rand_like.default rand_like.generator rand_like.generator_out\n"
    "rand_like.out randint.default randint.generator randint.generator_out randint.low\n"
    "randint.low_generator randint.low_generator_out randint.low_out randint.out\n"
    "randint_like.Tensor randint_like.Tensor_generator randint_like.Tensor_generator_out\n"
    "randint_like.Tensor_out randint_like.default randint_like.generator\n"
    "randint_like.generator_out randint_like.low_dtype randint_like.low_dtype_out\n"
    "randint_like.low_generator_dtype randint_like.low_generator_dtype_out randint_like.out\n"
    "randn.default randn.generator randn.generator_out randn.out randn_like.default\n"
    "randn_like.generator randn_like.generator_out randn_like.out random.default random.from\n"
    "random.from_out random.out random.to random.to_out random_.default random_.from random_.to\n"
    "randperm.default randperm.generator randperm.generator_out randperm.out resize.default\n"
    "resize_as.default rnn_relu.data rnn_relu.input rnn_tanh.data rnn_tanh.input rrelu.default\n"
    "rrelu_.default rrelu_with_noise.default rrelu_with_noise.out rrelu_with_noise_.default\n"
    "rrelu_with_noise_functional.default scaled_dot_product_attention.default uniform.default\n"
    "uniform.out uniform_.default\n";

}  // namespace foldproof::ir::lists
