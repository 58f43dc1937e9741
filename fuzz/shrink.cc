// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/shrink.h"

#include <optional>
#include <set>

namespace foldproof::fuzz {

Draw Shrink(const rc::Shrinkable<Draw>& start, const std::function<bool(const Draw&)>& fails,
            std::size_t most, std::size_t& tried) {
  rc::Shrinkable<Draw> best = start;
  // Different numbers often stand for one draw.
  std::set<Draw> seen{best.value()};
  tried = 0;
  for (bool smaller = true; smaller && tried < most;) {
    smaller = false;
    rc::Seq<rc::Shrinkable<Draw>> shrinks = best.shrinks();
    for (auto next = shrinks.next(); next && tried < most; next = shrinks.next()) {
      const Draw draw = next->value();
      if (!seen.insert(draw).second) continue;
      ++tried;
      if (!fails(draw)) continue;
      best = *next;
      smaller = true;
      break;
    }
  }
  return best.value();
}

}  // namespace foldproof::fuzz
