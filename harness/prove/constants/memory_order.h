// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/ir/program.h"

namespace foldproof::prove {

// What is known of how a value lies in memory. The strides of dimensions of one element count, too:
// PyTorch takes a tensor for channels_last by them.
enum class MemoryOrder {
  kUnknown,
  kRowMajor,  // it has the strides of a new tensor, in a part of a storage perhaps
  kPlain,  // it is like a new tensor: row-major from the first element of its storage to the last
};

// By value of the functional `program`. What is on no list here is not known, and nothing is of a
// user's input.
std::vector<MemoryOrder> FindMemoryOrders(const ir::Program& program);

}  // namespace foldproof::prove
