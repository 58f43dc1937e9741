// SPDX-License-Identifier: BSD-3-Clause
//
// The two programs run whole on the same inputs, value by value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/statistics.h"
#include "harness/exec/executor.h"
#include "harness/prove/sites/site_match.h"

namespace foldproof::compare {

// |b - a| of two tensors of equal size, element by element, in units of `lsb`: 0 where both are the
// same number, both NaN or the same infinity; infinite where one alone is not finite. nullopt where
// the sizes or the element types (complex, 16-bit floats) do not allow it.
std::optional<std::vector<double>> Distances(const exec::Tensor& before, const exec::Tensor& after,
                                             double lsb);

// What one LSB of a value is: 1 of codes; of floats the scale of the nearest dequantize behind it.
// Nothing where there is none: the value is told as it is.
std::optional<double> UnitOf(const prove::FunctionalView& view, ir::ValueId value);

// Which values of a program depend on what a user passes in.
std::vector<char> DependOnInputs(const prove::FunctionalView& view);

// How far a node's value was apart in one run or in several.
struct NodeDistance {
  std::string node;  // of the before-program
  std::string op;
  double scale = 1;      // real units of one LSB
  bool has_unit = true;  // otherwise 1 is no LSB of anything
  double lsb_max = 0;
  std::size_t run = 0;  // the first that shows lsb_max
  std::int64_t elements = 0;
  std::int64_t differing = 0;  // of them not the same number
  double lsb_mean = 0;         // over all elements and runs
};

struct Divergence {
  std::string node;
  std::size_t run = 0;
  double lsb = 0;
};

// The first node of `nodes` that differs, and where it does most.
std::optional<Divergence> FirstDivergence(const std::vector<NodeDistance>& nodes);

// An output of the program, with its statistics over all elements of all runs.
struct OutputDistance {
  std::size_t output = 0;
  std::string value;
  double scale = 1;
  LsbDistribution lsb{};
  Agreement agreement{};
};

class EndToEnd {
 public:
  EndToEnd(const prove::Side& before, const prove::Side& after, const prove::Matching& matching);

  std::vector<ir::ValueId> BeforeValues() const;
  std::vector<ir::ValueId> AfterValues() const;
  void Observe(std::size_t run, const exec::Tensors& before, const exec::Tensors& after);
  // Forgets what it has seen.
  void Clear();

  // All matched values that depend on an input, in the before-program's order of execution.
  const std::vector<NodeDistance>& nodes() const { return nodes_; }
  const std::vector<OutputDistance>& outputs() const { return outputs_; }
  const std::vector<prove::MatchedValue>& output_values() const { return output_values_; }

 private:
  std::vector<prove::MatchedValue> values_;
  std::vector<NodeDistance> nodes_;  // one a value
  std::vector<prove::MatchedValue> output_values_;
  std::vector<OutputDistance> outputs_;
};

// Adds one run's distances to what is known of a node.
void Note(const std::vector<double>& distances, std::size_t run, NodeDistance& node);

// Adds one run's elements to what is known of an output, and gives the largest distance of them;
// nullopt where there is none (Distances).
std::optional<double> NoteOutput(const exec::Tensor& before, const exec::Tensor& after,
                                 OutputDistance& output);

// Adds what later runs showed.
void Merge(const NodeDistance& later, NodeDistance& node);

}  // namespace foldproof::compare
