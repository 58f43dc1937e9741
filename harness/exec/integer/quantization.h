// SPDX-License-Identifier: BSD-3-Clause
//
// quantized_decomposed on coded tensors (docs/numerics.md, eq. 1 to 4). All throw Error(kInput)
// with an empty place where types, shapes or parameters do not fit together.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/quantized/quantized_decomposed.h"

namespace foldproof::exec {

// float16 and bfloat16 are widened to float32 first, as PyTorch does.
CodedTensor QuantizeTensor(const CodedTensor& input, const ir::QuantParams& params);
CodedTensor DequantizeTensor(const CodedTensor& codes, const ir::QuantParams& params);
CodedTensor QuantizeChannels(const CodedTensor& input, const ChannelParams& params);
CodedTensor DequantizeChannels(const CodedTensor& codes, const ChannelParams& params);

// What codes of this type, of a tensor of `rank` dimensions, stand for; nullptr where a code less
// its zero point is no integer.
std::shared_ptr<const CodeMeaning> MeaningOf(ir::ScalarType codes, std::size_t rank,
                                             const ChannelParams& params);

}  // namespace foldproof::exec
