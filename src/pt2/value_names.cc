// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/value_names.h"

#include "src/base/error.h"

namespace foldproof::pt2 {

void ValueNames::Add(ir::ValueId id, Kind kind) {
  FP_CHECK(by_id_.emplace(id, all_.size()).second);
  FP_CHECK(by_name_.emplace(graph_.value(id).name, all_.size()).second);
  all_.push_back({id, kind});
}

const ValueNames::Named& ValueNames::Find(ir::ValueId id) const {
  const auto found = by_id_.find(id);
  FP_CHECK(found != by_id_.end());
  return all_[found->second];
}

const std::string& ValueNames::Of(ir::ValueId id) const { return graph_.value(Find(id).id).name; }

ValueNames::Kind ValueNames::KindOf(ir::ValueId id) const { return Find(id).kind; }

}  // namespace foldproof::pt2
