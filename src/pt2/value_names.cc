// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/value_names.h"

#include "src/base/error.h"

namespace foldproof::pt2 {

void ValueNames::Add(ir::ValueId id, Kind kind) {
  FP_CHECK(!places_.at(id.index));
  places_[id.index] = static_cast<std::uint32_t>(all_.size());
  all_.push_back({id, kind});
}

const ValueNames::Named& ValueNames::Find(ir::ValueId id) const {
  const std::optional<std::uint32_t> place = places_.at(id.index);
  FP_CHECK(place.has_value());
  return all_[*place];
}

const std::string& ValueNames::Of(ir::ValueId id) const { return graph_.value(Find(id).id).name; }

bool ValueNames::Contains(std::string_view name) const {
  const std::optional<ir::ValueId> id = graph_.FindValue(name);
  return id && places_[id->index];
}

ValueNames::Kind ValueNames::KindOf(ir::ValueId id) const { return Find(id).kind; }

}  // namespace foldproof::pt2
