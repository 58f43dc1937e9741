// SPDX-License-Identifier: BSD-3-Clause
//
// What is known of operators' effects, written down: each is on exactly one of the lists fresh,
// view and writes, or on none, and then nothing may be taken for granted. An operator is named as
// in a node's target, without "aten." ("add.Tensor"). docs/effects.md says where the lists come
// from; tests/torch compares them with the schemas of the libtorch at hand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::ir {

// An operator whose results show memory of its first argument.
struct ListedView {
  bool may_copy = false;  // whether they do depends on strides, types or a mode
};

// The name under which `target` is listed: without "aten.", also in the edge dialect's spelling.
std::string_view ListedName(std::string_view target);

bool IsListedFresh(std::string_view name);
std::optional<ListedView> FindListedView(std::string_view name);
// A function of its operands whose results may share memory with any of them, and with each other.
bool MayShareMemory(std::string_view name);
// The arguments that the operator writes into; nullopt where it is not on the list of writers.
std::optional<std::vector<std::string>> FindListedWrites(std::string_view name);
// Results are drawn at random, or are memory that nobody has set.
bool IsListedRandom(std::string_view name);

// All of the above, with one look into the lists.
struct Listing {
  bool fresh = false;
  bool shares = false;  // MayShareMemory
  bool random = false;
  std::optional<ListedView> view;
  const std::vector<std::string>* writes = nullptr;  // FindListedWrites; stays where it is
};
Listing ListingOf(std::string_view name);

// All names of a list, for the tests.
std::vector<std::string_view> ListedFresh();
std::vector<std::string_view> ListedViews();
std::vector<std::string_view> ListedWriters();
std::vector<std::string_view> ListedRandom();

namespace lists {
// Words between spaces and line ends; in the list of writers "name:argument,argument".
extern const std::string_view kFresh;
extern const std::string_view kFreshComposites;
extern const std::string_view kFreshElsewhere;
extern const std::string_view kViews;
extern const std::string_view kViewsOrCopies;
extern const std::string_view kMayShare;
extern const std::string_view kInPlace;  // writes into "self", and returns it
extern const std::string_view kOutOverloads;
extern const std::string_view kOtherWriters;
extern const std::string_view kRandom;
}  // namespace lists
}  // namespace foldproof::ir
