// SPDX-License-Identifier: BSD-3-Clause
//
// Operators whose results show memory of their first argument.
#include "src/ir/functional/op_lists.h"

namespace foldproof::ir::lists {

// Always. The unsafe ones and _unsafe_view do so, too, though their schemas do not say it.
const std::string_view kViews =
    "view.default view.dtype _unsafe_view.default select.int slice.Tensor narrow.default\n"
    "narrow.Tensor diagonal.default linalg_diagonal.default as_strided.default unfold.default\n"
    "expand.default expand_as.default broadcast_to.default permute.default transpose.int\n"
    "t.default numpy_T.default matrix_H.default mT.default mH.default adjoint.default\n"
    "swapaxes.default swapdims.default movedim.int movedim.intlist moveaxis.int moveaxis.intlist\n"
    "squeeze.default squeeze.dim squeeze.dims unsqueeze.default alias.default detach.default\n"
    "lift_fresh.default lift.default split.Tensor split.sizes split_with_sizes.default\n"
    "unsafe_split.Tensor unsafe_split_with_sizes.default chunk.default unsafe_chunk.default\n"
    "unbind.int tensor_split.sections tensor_split.indices\n"
    "tensor_split.tensor_indices_or_sections hsplit.int hsplit.array vsplit.int vsplit.array\n"
    "dsplit.int dsplit.array unflatten.int view_as.default view_as_real.default\n"
    "view_as_complex.default _reshape_alias.default imag.default _conj.default _neg_view.default\n"
    "positive.default\n";

// Where strides, types or a mode allow it; else they copy. Schemas are silent about type_as,
// conj_physical, sum_to_size, atleast and the dropouts.
const std::string_view kViewsOrCopies =
    "reshape.default reshape_as.default flatten.using_ints ravel.default contiguous.default\n"
    "to.dtype to.device to.other to.dtype_layout type_as.default dropout.default\n"
    "feature_dropout.default alpha_dropout.default feature_alpha_dropout.default\n"
    "sum_to_size.default atleast_1d.default atleast_2d.default atleast_3d.default real.default\n"
    "conj.default conj_physical.default resolve_conj.default resolve_neg.default\n"
    "pin_memory.default\n";

}  // namespace foldproof::ir::lists
