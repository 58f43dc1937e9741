// SPDX-License-Identifier: BSD-3-Clause
//
// The rules by which a report says what is wrong: causes of a difference
// (harness/prove/judge/causes.h), faults of structure, and what could not be proved. Their ids are
// stable; docs/reports.md has a heading for each.
#pragma once

#include <span>
#include <string_view>

namespace foldproof::reports {

struct Rule {
  std::string_view id;
  std::string_view brief;  // one sentence
  std::string_view full;   // what happens, and what to do
};

// Every rule, causes first. The last one stands for whatever has no rule of its own here.
std::span<const Rule> Rules();

// The place of the rule of that id in Rules(); the last one's where there is none.
std::size_t RuleIndex(std::string_view id);

}  // namespace foldproof::reports
