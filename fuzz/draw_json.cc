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

[[noreturn]] void Refuse(const std::string& place, const std::string& why) {
  throw Error(Error::Code::kInput, place, why);
}

void Write(json& to, const Dimension& dimension, std::uint8_t choice) {
  if (choice != 0) to[std::string(dimension.name)] = dimension.choices[choice].name;
}

std::uint8_t ChoiceNamed(const Dimension& dimension, const json& name) {
  const std::string place(dimension.name);
  if (!name.is_string()) Refuse(place, "is no name of a choice");
  const auto found =
      std::ranges::find(dimension.choices, name.get_ref<const std::string&>(), &Choice::name);
  if (found == dimension.choices.end()) {
    Refuse(place, "has no choice '" + Printable(name.get<std::string>(), 60) + "'");
  }
  return static_cast<std::uint8_t>(found - dimension.choices.begin());
}

const Dimension& DimensionNamed(const std::string& name, bool of_block) {
  for (const Dimension& dimension : Dimensions()) {
    if (dimension.name == name && (dimension.of_block != nullptr) == of_block) return dimension;
  }
  Refuse(Printable(name, 60), "is no dimension of a draw");
}

}  // namespace

json JsonOf(const Draw& draw) {
  json out = json::object();
  for (const Dimension& dimension : Dimensions()) {
    if (dimension.of_program != nullptr) Write(out, dimension, draw.*dimension.of_program);
  }
  out["blocks"] = json::array();
  for (const BlockDraw& block : draw.blocks) {
    json one = json::object();
    for (const Dimension& dimension : Dimensions()) {
      if (dimension.of_block != nullptr) Write(one, dimension, block.*dimension.of_block);
    }
    if (block.numbers != 0) one[kNumbers] = block.numbers;
    out["blocks"].push_back(std::move(one));
  }
  return out;
}

Draw DrawOf(const json& from) {
  if (!from.is_object() || !from.contains("blocks") || !from["blocks"].is_array()) {
    Refuse("blocks", "is no list of blocks");
  }
  const json& blocks = from["blocks"];
  if (blocks.empty() || blocks.size() > kMostBlocks) {
    Refuse("blocks", "has not 1 to " + std::to_string(kMostBlocks) + " blocks");
  }
  Draw draw;
  draw.blocks.assign(blocks.size(), {});
  for (const auto& [name, value] : from.items()) {
    if (name == "blocks") continue;
    const Dimension& dimension = DimensionNamed(name, false);
    draw.*dimension.of_program = ChoiceNamed(dimension, value);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!blocks[i].is_object()) Refuse("blocks", "holds what is no block");
    for (const auto& [name, value] : blocks[i].items()) {
      if (name == kNumbers) {
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 255) {
          Refuse(kNumbers, "is no number from 0 to 255");
        }
        draw.blocks[i].numbers = value.get<std::uint8_t>();
        continue;
      }
      const Dimension& dimension = DimensionNamed(name, true);
      draw.blocks[i].*dimension.of_block = ChoiceNamed(dimension, value);
    }
  }
  return draw;
}

}  // namespace foldproof::fuzz
