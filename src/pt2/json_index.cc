// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_index.h"

namespace foldproof::pt2 {

JsonIndex::JsonIndex(JsonObject object) {
  members_.reserve(object.size());
  const auto name_at = [&](std::uint32_t index) { return members_[index].name; };
  for (const auto& [name, value] : object) {
    const auto index = static_cast<std::uint32_t>(members_.size());  // below kMostJsonValues
    members_.push_back({name, value});
    if (!by_name_.Add(name, index, name_at)) FailField(name, "is there twice");
  }
}

std::optional<Json> JsonIndex::Find(std::string_view name) const {
  const auto found = by_name_.Find(name, [&](std::uint32_t index) { return members_[index].name; });
  return found ? std::optional(members_[*found].value) : std::nullopt;
}

}  // namespace foldproof::pt2
