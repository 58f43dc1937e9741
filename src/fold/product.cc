// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/product.h"

#include <variant>

namespace foldproof::fold {

std::optional<Product> ReadProduct(const ir::Node& node) {
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) {
    return Product{conv->input,      conv->weight, conv->bias,
                   conv->transposed, conv->groups, conv->spatial() + 2};
  }
  if (const auto* linear = std::get_if<ir::Linear>(&node.op)) {
    return Product{linear->input, linear->weight, linear->bias, false, 1, 2};
  }
  return std::nullopt;
}

std::optional<std::int64_t> OutputChannels(const ir::Graph& graph, const Product& product) {
  const auto& type = graph.value(product.weight).type;
  if (!type || !type->is_static() || type->rank() < 2) return std::nullopt;
  return product.transposed ? type->dims[1].size * product.groups : type->dims[0].size;
}

}  // namespace foldproof::fold
