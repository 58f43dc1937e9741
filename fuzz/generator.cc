// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/generator.h"

#include <rapidcheck.h>

#include <algorithm>
#include <numeric>

#include "fuzz/dimensions.h"

namespace foldproof::fuzz {
namespace {

// A program of one block in four of seven, of two in two, of three in one.
constexpr int kBlockWeights[] = {4, 2, 1};
constexpr int kSeeds = 64;

// Numbers that are decoded to a draw: how many blocks, the program's dimensions, then a block's
// seed and dimensions, block by block. Each is in [0, 2^16) and means the choice at that share of
// the dimension's weights; 0 is the plainest.
using Numbers = std::vector<int>;
constexpr int kRange = 1 << 16;

std::size_t Pick(int number, std::span<const Choice> choices) {
  std::uint64_t total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  std::uint64_t at = static_cast<std::uint64_t>(number) * total / kRange;
  std::size_t i = 0;
  while (at >= choices[i].weight) at -= choices[i++].weight;
  return i;
}

std::size_t BlocksOf(int number) {
  constexpr int kTotal = std::accumulate(std::begin(kBlockWeights), std::end(kBlockWeights), 0);
  int at = static_cast<int>(static_cast<std::int64_t>(number) * kTotal / kRange);
  std::size_t blocks = 0;
  while (at >= kBlockWeights[blocks]) at -= kBlockWeights[blocks++];
  return blocks + 1;
}

std::size_t NumbersNeeded(Family family) {
  std::size_t of_program = 1, of_block = 1;
  for (const Dimension& dimension : Dimensions(family)) {
    ++(dimension.of_program != nullptr ? of_program : of_block);
  }
  return of_program + kMostBlocks * of_block;
}

Draw Decode(const Numbers& numbers, Family family) {
  Draw draw;
  draw.family = family;
  auto next = numbers.begin();
  draw.blocks.assign(BlocksOf(*next++), {});
  for (const Dimension& dimension : Dimensions(family)) {
    if (dimension.of_program == nullptr) continue;
    draw.*dimension.of_program = static_cast<std::uint8_t>(Pick(*next++, dimension.choices));
  }
  for (BlockDraw& block : draw.blocks) {
    block.numbers = static_cast<std::uint8_t>(*next++ % kSeeds);
    for (const Dimension& dimension : Dimensions(family)) {
      if (dimension.of_block == nullptr) continue;
      block.*dimension.of_block = static_cast<std::uint8_t>(Pick(*next++, dimension.choices));
    }
  }
  // A first block has nothing to share.
  draw.blocks.front().sharing = 0;
  return draw;
}

rc::Gen<Draw> DrawsOf(Family family) {
  return rc::gen::map(
      rc::gen::container<Numbers>(NumbersNeeded(family), rc::gen::inRange(0, kRange)),
      [family](const Numbers& numbers) { return Decode(numbers, family); });
}

}  // namespace

rc::Shrinkable<Draw> DrawCase(std::uint64_t seed, std::uint64_t index, Family family) {
  static const rc::Gen<Draw> chains = DrawsOf(Family::kQatChain), norms = DrawsOf(Family::kConvBn);
  const rc::Random::Key key{seed, index, 0, 0};
  return (family == Family::kConvBn ? norms : chains)(rc::Random(key), rc::kNominalSize);
}

}  // namespace foldproof::fuzz
