// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/ir/graph.h"

namespace foldproof::fold {

// A convolution or a linear, as far as the folds of a batch_norm behind it tell them apart.
struct Product {
  ir::ValueId input, weight;
  std::optional<ir::ValueId> bias;
  bool transposed = false;
  std::int64_t groups = 1;
  std::size_t value_rank = 0;  // that the value must have for its dimension 1 to be the channels
};

// nullopt where `node` is neither.
std::optional<Product> ReadProduct(const ir::Node& node);

// The output channels by the weight's shape; nullopt where that is not known.
std::optional<std::int64_t> OutputChannels(const ir::Graph& graph, const Product& product);

}  // namespace foldproof::fold
