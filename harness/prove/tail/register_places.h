// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/tail/element_places.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// Where a register's elements lie: in its tensor, and in memory.
struct RegisterPlace {
  std::optional<ElementPlaces> places;  // nullopt: not known
  // The ops that moved them, spelled out: equal texts move alike, whether or not places is known.
  std::string moves;
  // What of the ops on the way decides strides: equal texts give equal strides where those of the
  // conv's result are. nullopt: not known.
  std::optional<std::string> memory;
};

// One a register of `tail`, in order.
std::vector<RegisterPlace> PlaceRegisters(const exec::FunctionalView& view, const Tail& tail);

// How two registers, one of either program, that start from equal convs lie to each other.
enum class PlaceRelation { kSame, kMoved, kUnknown };
PlaceRelation RelationOf(const RegisterPlace& before, const RegisterPlace& after);

}  // namespace foldproof::prove
