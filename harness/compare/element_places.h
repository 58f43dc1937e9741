// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/sites/site_match.h"

namespace foldproof::compare {

// Where the elements of a conv's result are found in register `reg` of its tail: the register's
// element for each of the result's; empty where nothing on the way moves them. nullopt where a
// permute stands between and a shape is not known.
std::optional<std::vector<std::int64_t>> PlacesOf(const prove::FunctionalView& view,
                                                  const prove::SiteSide& side, std::uint32_t reg);

// The accumulators of a conv's result elements, summed up again from what its cut holds.
class AccumulatorReader {
 public:
  AccumulatorReader(const prove::Side& side, const prove::ConvSide& conv);

  struct Sum {
    std::int64_t accumulator = 0;
    std::int64_t magnitude = 0;  // sum |x_q - z_x| * |w_q - z_w|
  };
  // Reads the sum behind element `index` of the conv's result, in channel `channel`, where `cut`
  // (float32 or float64, the dequantized value before the conv) was fed. It gives nullopt where the
  // element cannot be traced because a shape is not known.
  std::optional<Sum> Read(const exec::Tensor& cut, std::int64_t index, std::size_t channel);

 private:
  const ir::Graph& graph_;
  const prove::ConvSide& conv_;
  std::optional<std::vector<std::int64_t>> cut_elements_;  // of each element that the conv reads
  std::vector<std::vector<std::int32_t>> weights_;         // by channel, once asked for
};

}  // namespace foldproof::compare
