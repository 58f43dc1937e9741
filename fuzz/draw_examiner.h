// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "fuzz/draw.h"
#include "fuzz/isolated_work.h"
#include "fuzz/properties.h"
#include "harness/exec/integer/integer_executor.h"

namespace foldproof::fuzz {

// Examines draws with a pass of its own. A case in which our own code throws is a finding
// `internal-error`; apart, in a process of its own, so is one in which it crashes or takes longer
// than `apart_seconds`.
class DrawExaminer {
 public:
  // `make_pass` and `options` outlive it. The pass is made for the first draw.
  // Where `is_over` says so, an outcome is kCut, and so is each behind it.
  DrawExaminer(const passes::MakePass& make_pass, const PropertyOptions& options,
               std::optional<unsigned> apart_seconds, passes::IsOver is_over = {});

  // Throws what is no failure of the case: Error(kOutput) of a disk that is full, Error(kUsage) of
  // a pass that cannot be started.
  CaseOutcome Examine(const Draw& draw, std::uint64_t index) {
    Post(draw, index);
    return Next();
  }

  // The same in two steps: the other process goes on with what was posted while this one looks at
  // an outcome.
  bool MayPost() const;
  void Post(const Draw& draw, std::uint64_t index);
  // The outcome of the draw that was posted first of those that have none.
  CaseOutcome Next();

 private:
  // In this process.
  class Here {
   public:
    Here(const passes::MakePass& make_pass, const PropertyOptions& options)
        : make_pass_(make_pass), options_(options) {}
    CaseOutcome Examine(const Draw& draw, std::uint64_t index);

   private:
    const passes::MakePass& make_pass_;
    const PropertyOptions& options_;
    std::unique_ptr<passes::PassUnderTest> pass_;
    exec::IntegerExecutor executor_;
    std::optional<Examiner> examiner_;
  };

  Here here_;
  std::deque<std::pair<Draw, std::uint64_t>> waiting_;  // here
  std::unique_ptr<IsolatedWork> apart_;
};

}  // namespace foldproof::fuzz
