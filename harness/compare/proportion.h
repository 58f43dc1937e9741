// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace foldproof::compare {

struct ShareInterval {
  double low = 0;
  double high = 1;
};

// The exact 95 % interval of Clopper and Pearson for a share of which `hits` in `trials` were seen
// (docs/compare.md, eq. 5): whatever the true share is, at most one sample in 40 has it below `low`
// and at most one in 40 above `high`. [0, 1] where there was no trial.
ShareInterval ClopperPearson(std::int64_t hits, std::int64_t trials);

}  // namespace foldproof::compare
