// SPDX-License-Identifier: BSD-3-Clause
//
// What the inputs that a user gave show at the program's outputs (docs/compare.md, "A data set",
// eq. 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/end_to_end.h"
#include "harness/compare/proportion.h"
#include "harness/prove/verdict/proof.h"

namespace foldproof::compare {

// Differences at one output, over all elements of all inputs; and how many inputs show one over the
// tolerance of the fold that ends there.
struct OutputShare {
  OutputDistance distance;
  std::optional<double> tolerance_lsb;  // nullopt: there is none, or elements have no difference
  std::int64_t inputs_over = 0;
};

// Top-1 answers: the first of the largest numbers of each row, NaN being the largest of all.
struct ChangedAnswers {
  std::size_t output = 0;
  std::int64_t answers = 0;
  std::int64_t changed = 0;
  std::vector<std::size_t> runs;  // the first that have a changed answer
};

struct ShareOptions {
  std::optional<std::size_t> classes;   // the output whose answers are compared
  std::optional<double> tolerance_lsb;  // of outputs that no tail of the proof ends in
};

struct OutputShares {
  std::int64_t inputs = 0;
  std::vector<OutputShare> outputs;
  std::optional<ChangedAnswers> classes;

  void Merge(const OutputShares& other);
};

class ShareObserver {
 public:
  // Throws Error(kUsage) where options.classes is no output of both programs, or holds no rows of
  // numbers.
  ShareObserver(const EndToEnd& end_to_end, const prove::Side& before, const prove::Proof& proof,
                const ShareOptions& options);

  // The outputs of both programs, by value, for input `run`.
  void Observe(std::size_t run, const exec::Tensors& before, const exec::Tensors& after);

  const OutputShares& seen() const { return seen_; }
  void Clear();

 private:
  std::vector<prove::MatchedValue> values_;  // one an output
  std::optional<std::size_t> classes_at_;    // index of these
  OutputShares seen_;
};

// For each row of the last dimension, the index of its largest number.
std::vector<std::size_t> TopAnswers(const exec::Tensor& tensor);

}  // namespace foldproof::compare
