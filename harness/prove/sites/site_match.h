// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {

// What the prover keeps of one program while it works.
struct Side {
  explicit Side(const ir::Program& program, ir::State state = ir::State::kAny)
      : view(program, state), constants(view.program()) {}

  FunctionalView view;
  ConstantValues constants;
};

// A conv of the before-program and one of the after-program that read the same input with the same
// geometry: they compute the same accumulator, or (`joint`) one each.
struct MatchedSite {
  ir::NodeId before_conv;
  ir::NodeId after_conv;
  // Both sides as integers; absent where the conv has none (float) but value numbering found it
  // equal.
  std::optional<SiteSide> before;
  std::optional<SiteSide> after;
  // Whether the two sides' weights of a channel differ, so that each side has a sum of its own. It
  // is empty where both sides have one accumulator in every channel.
  std::vector<char> joint;
  std::vector<PairPlan> pairs;
  // Reasons: frontiers of before without a counterpart; no integer kernel computes the after-side.
  std::vector<std::string> unpaired;
};

// A part of the before-program that is covered by no site, or by one that cannot be judged.
struct Uncovered {
  std::string node;
  std::string reason;
};

// An output of the program that no tail ends in and that is not equal either.
struct ChangedOutput {
  std::uint32_t output = 0;
  std::string node;  // where the two programs part
  std::string op;
  bool constant = false;  // they part in the content of a constant
  std::string reason;
};

// A value of the before-program and the one of the after-program that stands for the same: equal by
// number (behind a pair of frontiers that says no more than that the same operators lead to them),
// a pair of frontiers, or the same output of the program.
struct MatchedValue {
  ir::ValueId before;
  ir::ValueId after;
};

struct Matching {
  std::vector<MatchedSite> sites;  // in the order of the before-program
  std::vector<Uncovered> uncovered;
  std::vector<ChangedOutput> changed_outputs;
  std::vector<MatchedValue> values;  // of live nodes, in the before-program's order of execution
};

// `box`: what a float input of a conv lies in.
Matching MatchSites(const Side& before, const Side& after, BatchNormVariant variant,
                    const FloatBox& box = {});

}  // namespace foldproof::prove
