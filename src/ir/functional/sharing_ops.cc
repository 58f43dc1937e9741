// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of their operands that are made of other operators and whose results may share memory
// with any operand, or with each other: nothing says that they do not.
#include "src/ir/functional/op_lists.h"

namespace foldproof::ir::lists {

// They write into none.
const std::string_view kMayShare =
    "_convolution_mode.default _dim_arange.default _lu_with_info.default atleast_1d.Sequence\n"
    "atleast_2d.Sequence atleast_3d.Sequence broadcast_tensors.default cartesian_prod.default\n"
    "chain_matmul.default channel_shuffle.default combinations.default corrcoef.default\n"
    "cosine_embedding_loss.default cov.default einsum.default embedding_bag.default\n"
    "embedding_bag.padding_idx frobenius_norm.dim gradient.array gradient.scalararray\n"
    "gradient.scalarint gradient.scalarrayarray gradient.scalarrayint gradient.tensorarray\n"
    "gradient.tensorarrayint gru.data gru.input hinge_embedding_loss.default\n"
    "histogramdd.TensorList_bins histogramdd.default histogramdd.int_bins istft.default\n"
    "kl_div.default linalg_matmul.default linalg_matrix_power.default linalg_multi_dot.default\n"
    "linalg_norm.default linalg_norm.ord_str linalg_tensorinv.default linalg_tensorsolve.default\n"
    "lstm.data lstm.input margin_ranking_loss.default matrix_power.default meshgrid.default\n"
    "meshgrid.indexing multilabel_margin_loss.default nanquantile.default nanquantile.scalar\n"
    "native_channel_shuffle.default nonzero_numpy.default nuclear_norm.default nuclear_norm.dim\n"
    "one_hot.default orgqr.default pad_sequence.default pdist.default quantile.default\n"
    "quantile.scalar repeat_interleave.self_Tensor repeat_interleave.self_int rnn_relu.data\n"
    "rnn_relu.input rnn_tanh.data rnn_tanh.input slogdet.default slow_conv3d.default\n"
    "std_mean.default std_mean.dim stft.center stft.default tensordot.default thnn_conv2d.default\n"
    "triplet_margin_loss.default vander.default where.default\n";

}  // namespace foldproof::ir::lists
