// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/refuting_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <ranges>
#include <utility>

#include "harness/compare/inputs.h"
#include "harness/exec/arrays/runs.h"
#include "harness/prove/constants/digest.h"
#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/sites/output_pairs.h"
#include "harness/prove/sites/value_numbers.h"
#include "harness/prove/tail/build_tail.h"
#include "src/base/error.h"
#include "src/ir/functional/effect.h"

namespace foldproof::verify {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::uint64_t kRuns = 8;

// An output of both programs.
struct Place {
  ir::ValueId before, after;
  std::string name;  // "output 0"
  double lsb = 0;    // of the quantizer behind it, the coarser one; 0: there is none
};

// How many times each part that a fold would change is in the program.
std::map<std::string, int> PartsOf(const ir::FunctionalProgram& functional) {
  const ir::Program& program = functional.program();
  std::map<std::string, int> parts;
  for (const ir::Node& node : program.graph.nodes()) {
    const bool counts = std::holds_alternative<ir::Convolution>(node.op) ||
                        std::holds_alternative<ir::Linear>(node.op) ||
                        std::holds_alternative<ir::BatchNorm>(node.op) ||
                        std::holds_alternative<ir::QuantizePerTensor>(node.op) ||
                        std::holds_alternative<ir::DequantizePerTensor>(node.op) ||
                        std::holds_alternative<ir::QuantizePerChannel>(node.op) ||
                        std::holds_alternative<ir::DequantizePerChannel>(node.op);
    if (counts && functional.IsLive(node.id)) ++parts[prove::Numbering::Attributes(node)];
  }
  for (const ir::InputSpec& spec : program.inputs) {
    const auto stored = program.constants.find(spec.target);
    if (spec.kind == ir::InputSpec::Kind::kUserInput || stored == program.constants.end() ||
        functional.Users(spec.value).empty()) {
      continue;
    }
    const std::vector<std::byte> bytes = program.BytesOf(stored->second);
    std::string key = "stored " + std::string(ir::Name(stored->second.type.dtype));
    for (const std::int64_t size : stored->second.type.sizes()) key += " " + std::to_string(size);
    const prove::Digest digest = prove::DigestOf({bytes});  // the bytes may be many
    key.append(digest.begin(), digest.end());
    ++parts[key];
  }
  return parts;
}

bool IsDrawn(const ir::Program& program) {
  return std::ranges::any_of(program.graph.nodes(), [](const ir::Node& node) {
    return ir::OutcomeOf(node) == ir::Outcome::kRandom;
  });
}

std::vector<Place> PlacesOf(const ir::Program& before, const ir::FunctionalProgram& before_view,
                            const ir::Program& after, const ir::FunctionalProgram& after_view) {
  std::vector<Place> places;
  const auto lsb = [](const ir::FunctionalProgram& view, ir::ValueId value) {
    return prove::ScaleBehind(view, view.AtEnd(value)).value_or(0);
  };
  for (const prove::PairedValue& pair : prove::PairValues(before, after)) {
    places.push_back(
        {pair.before_value, pair.after_value,
         pair.state.empty() ? fmt::format("output {}", pair.before) : pair.state,
         std::max(lsb(before_view, pair.before_value), lsb(after_view, pair.after_value))});
  }
  return places;
}

// A difference that no rounding explains.
struct Difference {
  std::size_t element = 0;
  double before = 0, after = 0;
};

std::optional<Difference> FindDifference(const exec::Tensor& before, const exec::Tensor& after,
                                         double lsb) {
  if (!prove::IsComputed(before.dtype) || before.dtype != after.dtype ||
      before.sizes != after.sizes) {
    return std::nullopt;
  }
  const auto b = prove::NumbersOf<double>(before), a = prove::NumbersOf<double>(after);
  double magnitude = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (!std::isfinite(b[i]) || !std::isfinite(a[i])) continue;
    magnitude = std::max({magnitude, std::abs(b[i]), std::abs(a[i])});
  }
  std::optional<Difference> most;
  double least = std::max(8 * lsb, magnitude / 16);
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (!std::isfinite(b[i]) || !std::isfinite(a[i]) || std::abs(a[i] - b[i]) <= least) continue;
    least = std::abs(a[i] - b[i]);
    most = Difference{i, b[i], a[i]};
  }
  return most;
}

// One of the programs on one runner.
class Prepared {
 public:
  Prepared(const ir::Program& program, exec::Executor& executor, std::vector<ir::ValueId> fetch)
      : inputs_(program.UserInputs()),
        prepared_(executor.Prepare(program, {inputs_.begin(), inputs_.end()}, fetch)) {}

  exec::Tensors Run(const std::vector<exec::Tensor>& given) {
    exec::Tensors feeds;
    for (std::size_t i = 0; i < inputs_.size(); ++i) feeds.emplace(inputs_[i], given.at(i));
    return prepared_->Run(feeds);
  }

 private:
  std::vector<ir::ValueId> inputs_;
  std::unique_ptr<exec::PreparedProgram> prepared_;
};

// The first place at which a run of both differs.
struct Seen {
  const Place* place = nullptr;  // nullptr: there is none
  Difference difference;
};

// Both programs on one runner.
class Pair {
 public:
  Pair(const ir::Program& before, const ir::Program& after, const prove::WitnessRunner& runner,
       const std::vector<Place>& places)
      : before_(before, *runner.before, Values(places, &Place::before)),
        after_(after, *runner.after, Values(places, &Place::after)),
        places_(places),
        description_(runner.description) {}

  Seen Run(const std::vector<exec::Tensor>& given) {
    const exec::Tensors b = before_.Run(given), a = after_.Run(given);
    for (const Place& place : places_) {
      if (auto found = FindDifference(b.at(place.before), a.at(place.after), place.lsb)) {
        return {&place, *found};
      }
    }
    return {};
  }

  const std::string& description() const { return description_; }

 private:
  static std::vector<ir::ValueId> Values(const std::vector<Place>& places,
                                         ir::ValueId Place::*which) {
    std::vector<ir::ValueId> values;
    for (const Place& place : places) values.push_back(place.*which);
    return values;
  }

  Prepared before_, after_;
  const std::vector<Place>& places_;
  std::string description_;
};

// `work`, or nothing where a program cannot be run.
template <typename Work>
auto IfItRuns(Work&& work) -> decltype(std::optional(work())) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    return std::nullopt;
  }
}

std::vector<exec::Tensor> Draw(const compare::InputMaker& maker,
                               const std::vector<ir::ValueId>& users, std::uint64_t run) {
  const auto kind = run % 2 == 0 ? compare::InputKind::kRandom : compare::InputKind::kUniform;
  const exec::Tensors made = maker.Make(kind, run / 2);
  std::vector<exec::Tensor> given;
  for (const ir::ValueId user : users) given.push_back(made.at(user));
  return given;
}

RefutingRun Told(const Seen& seen, const ir::Program& after, std::vector<exec::Tensor> given,
                 std::vector<std::string> ran_by) {
  RefutingRun out;
  const ir::Node* node = after.graph.ProducerOf(seen.place->after);
  out.finding = {
      "run-differs",
      after.graph.value(seen.place->after).name,
      node == nullptr ? "" : node->target,
      fmt::format("{} is {:.6g} before and {:.6g} after at element {} of a run; nothing was "
                  "folded, so they have to be the same",
                  seen.place->name, seen.difference.before, seen.difference.after,
                  seen.difference.element),
      true,
      std::move(ran_by),
      std::nullopt};
  for (std::size_t i = 0; i < given.size(); ++i) {
    out.inputs.emplace(exec::ArrayName('x', 0, i, given.size()), std::move(given[i]));
  }
  return out;
}

}  // namespace

bool CanBeRefuted(const ir::FunctionalProgram& before, const ir::FunctionalProgram& after) {
  return !IsDrawn(before.program()) && !IsDrawn(after.program()) &&
         PartsOf(before) == PartsOf(after);
}

std::optional<RefutingRun> FindRefutingRun(const ir::Program& before, const ir::Program& after,
                                           WitnessExecutors& executors) {
  const ir::FunctionalProgram view(before), after_view(after);
  const std::vector<Place> places = PlacesOf(before, view, after, after_view);
  if (places.empty() || before.UserInputs().size() != after.UserInputs().size()) {
    return std::nullopt;
  }
  const auto maker = IfItRuns([&] { return compare::InputMaker(view, kSeed); });
  if (!maker) return std::nullopt;
  std::vector<Pair> pairs;
  const auto prepare = [&](const prove::WitnessRunner& runner) {
    if (auto pair = IfItRuns([&] { return Pair(before, after, runner, places); }))
      pairs.push_back(std::move(*pair));
  };
  prepare(executors.first());
  bool are_all_prepared = false;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const std::vector<exec::Tensor> given = Draw(*maker, view.program().UserInputs(), run);
    Seen first;
    std::vector<std::string> ran_by;
    bool all = true;  // of those asked so far; where one sees nothing no other need be asked
    for (std::size_t i = 0; all; ++i) {
      if (i == pairs.size() && !std::exchange(are_all_prepared, true))
        std::ranges::for_each(executors.runners() | std::views::drop(1), prepare);
      if (i == pairs.size()) break;
      const auto seen = IfItRuns([&] { return pairs[i].Run(given); });
      if (!seen) continue;  // it cannot run this input
      all = seen->place != nullptr;
      if (first.place == nullptr) first = *seen;
      ran_by.push_back(pairs[i].description());
    }
    if (all && first.place != nullptr) return Told(first, after, given, ran_by);
  }
  return std::nullopt;
}

}  // namespace foldproof::verify
