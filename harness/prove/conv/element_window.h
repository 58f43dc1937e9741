// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// Which elements of the tensor at ConvSide::input_cut a single element of the conv's output sums,
// and with which weights. Elements of the output are counted row-major.
class WindowReader {
 public:
  // nullopt where a size is not known. Both arguments outlive the reader.
  static std::optional<WindowReader> Make(const exec::FunctionalView& view, const ConvSide& side);

  std::size_t count() const { return count_; }  // elements at the cut
  std::int64_t ChannelOf(std::int64_t element) const;
  std::vector<std::int64_t> PositionOf(
      std::int64_t element) const;  // an index a dimension of space
  // Element at the cut, and w_q - z_w; padding is left out.
  std::vector<std::pair<std::size_t, std::int64_t>> Of(std::int64_t element) const;

 private:
  WindowReader(const ir::Graph& graph, const ConvSide& side) : graph_(&graph), side_(&side) {}

  const ir::Graph* graph_;
  const ConvSide* side_;
  std::size_t count_ = 0;
  std::vector<std::int64_t> cut_of_;          // each element of the conv's input: -1 for padding
  std::vector<std::int64_t> input_, output_;  // sizes
};

}  // namespace foldproof::prove
