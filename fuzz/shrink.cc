// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/shrink.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "fuzz/dimensions.h"

namespace foldproof::fuzz {
namespace {

// Seeds of weights and parameters that are tried for a plainer choice.
constexpr std::uint8_t kSeedsTried = 6;

// What a failure needs should not hang on the weights that were drawn: a choice that cannot be made
// plain with these is tried with others.
class SeedChanger {
 public:
  SeedChanger(const std::function<bool(const Draw&)>& fails, std::size_t most, std::size_t& tried)
      : fails_(fails), most_(most), tried_(tried) {}

  std::optional<Draw> Plainer(const Draw& draw) {
    for (Draw& candidate : WithOneChoiceLess(draw)) {
      for (std::uint8_t seed = 0; seed < kSeedsTried && tried_ < most_; ++seed) {
        for (BlockDraw& block : candidate.blocks) block.numbers = seed;
        if (!seen_.insert(candidate).second) continue;
        ++tried_;
        if (fails_(candidate)) return std::move(candidate);
      }
    }
    return std::nullopt;
  }

 private:
  const std::function<bool(const Draw&)>& fails_;
  std::size_t most_;
  std::size_t& tried_;
  std::set<Draw> seen_;
};

}  // namespace

std::vector<Draw> WithOneChoiceLess(const Draw& draw) {
  std::vector<Draw> out;
  for (const Dimension& dimension : Dimensions(draw.family)) {
    if (dimension.of_program != nullptr) {
      Draw plainer = draw;
      plainer.*dimension.of_program = 0;
      if (plainer != draw) out.push_back(std::move(plainer));
      continue;
    }
    for (std::size_t i = 0; i < draw.blocks.size(); ++i) {
      Draw plainer = draw;
      plainer.blocks[i].*dimension.of_block = 0;
      if (plainer != draw) out.push_back(std::move(plainer));
    }
  }
  return out;
}

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
  Draw plainest = best.value();
  SeedChanger seeds(fails, most, tried);
  while (auto plainer = seeds.Plainer(plainest)) plainest = *std::move(plainer);
  return plainest;
}

}  // namespace foldproof::fuzz
