// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/draw_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/dimensions.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using nlohmann::json;

constexpr char kNumbers[] = "numbers";
constexpr char kFamily[] = "programs";
constexpr char kConvBn[] = "conv-bn";

void Write(json& to, const Dimension& dimension, std::uint8_t choice) {
  if (choice != 0) to[std::string(dimension.name)] = dimension.choices[choice].name;
}

std::uint8_t ChoiceNamed(const Dimension& dimension, const JsonField& name) {
  const auto found = std::ranges::find(dimension.choices, name.Text(), &Choice::name);
  if (found == dimension.choices.end()) {
    name.Fail("has no choice '" + Printable(name.Text(), 60) + "'");
  }
  return static_cast<std::uint8_t>(found - dimension.choices.begin());
}

const Dimension& DimensionNamed(Family family, const std::string& name, bool of_block,
                                const JsonField& draw) {
  for (const Dimension& dimension : Dimensions(family)) {
    if (dimension.name == name && (dimension.of_block != nullptr) == of_block) return dimension;
  }
  draw.Fail("has '" + Printable(name, 60) + "', which is no dimension of a draw");
}

BlockDraw BlockOf(Family family, const JsonField& from) {
  BlockDraw out;
  from.Find(kNumbers);  // it has to be an object
  for (const auto& [name, value] : from.value().items()) {
    if (name == kNumbers) {
      out.numbers = static_cast<std::uint8_t>(from.At(name).Count(255));
      continue;
    }
    const Dimension& dimension = DimensionNamed(family, name, true, from);
    out.*dimension.of_block = ChoiceNamed(dimension, from.At(name));
  }
  return out;
}

}  // namespace

void WriteFamily(Family family, json& to) {
  if (family == Family::kConvBn) to[kFamily] = kConvBn;
}

json JsonOf(const Draw& draw) {
  json out = json::object();
  WriteFamily(draw.family, out);
  for (const Dimension& dimension : Dimensions(draw.family)) {
    if (dimension.of_program != nullptr) Write(out, dimension, draw.*dimension.of_program);
  }
  out["blocks"] = json::array();
  for (const BlockDraw& block : draw.blocks) {
    json one = json::object();
    for (const Dimension& dimension : Dimensions(draw.family)) {
      if (dimension.of_block != nullptr) Write(one, dimension, block.*dimension.of_block);
    }
    if (block.numbers != 0) one[kNumbers] = block.numbers;
    out["blocks"].push_back(std::move(one));
  }
  return out;
}

Family FamilyIn(const JsonField& from) {
  const auto family = from.Find(kFamily);
  if (!family) return Family::kQatChain;
  family->OneOf({kConvBn});
  return Family::kConvBn;
}

Draw DrawOf(const JsonField& from) {
  Draw draw;
  draw.blocks.clear();
  draw.family = FamilyIn(from);
  const JsonField blocks = from.At("blocks");
  blocks.Each([&](const JsonField& block) {
    if (draw.blocks.size() == kMostBlocks) {
      blocks.Fail("has more than " + std::to_string(kMostBlocks) + " blocks");
    }
    draw.blocks.push_back(BlockOf(draw.family, block));
  });
  if (draw.blocks.empty()) blocks.Fail("has no block");
  for (const auto& [name, value] : from.value().items()) {
    if (name == "blocks" || name == kFamily) continue;
    const Dimension& dimension = DimensionNamed(draw.family, name, false, from);
    draw.*dimension.of_program = ChoiceNamed(dimension, from.At(name));
  }
  return draw;
}

}  // namespace foldproof::fuzz
