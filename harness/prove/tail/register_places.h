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
  // What of the ops on the way decides strides: equal texts give equal strides.
  std::string memory;
};

// One a register of `tail`, in order.
std::vector<RegisterPlace> PlaceRegisters(const exec::FunctionalView& view, const Tail& tail);

// How two registers, one of either program, that start from equal convs lie to each other.
enum class PlaceRelation { kSame, kMoved, kUnknown };
PlaceRelation RelationOf(const RegisterPlace& before, const RegisterPlace& after);

// True where what `node` computes may depend on the strides of its operands: as_strided and the
// like, and every operator that is not PyTorch's own.
bool SeesMemory(const ir::Node& node);
bool SeesMemory(const exec::FunctionalView& view);  // a live node of it does

// Whether a live node may give other bits where its operand lies otherwise in memory: batch_norm
// has a formula for each layout, and sums of floats are taken in the order of memory. What is on no
// list may.
bool BitsFollowStrides(const exec::FunctionalView& view);

}  // namespace foldproof::prove
