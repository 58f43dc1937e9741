// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/op_lists.h"

#include <deque>
#include <functional>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

std::vector<std::string_view> WordsOf(std::string_view text, std::string_view separators = " \n") {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// The thousands of names of all lists in one piece of memory, by their hashes: a program that lasts
// milliseconds sets it up for the ten that it asks about.
class Lists {
 public:
  Lists() {
    for (const std::string_view text :
         {lists::kFresh, lists::kFreshComposites, lists::kFreshElsewhere}) {
      for (const std::string_view word : WordsOf(text)) At(word).fresh = true;
    }
    for (const std::string_view word : WordsOf(lists::kViews)) At(word).view = ListedView{false};
    for (const std::string_view word : WordsOf(lists::kViewsOrCopies))
      At(word).view = ListedView{true};
    for (const std::string_view word : WordsOf(lists::kInPlace)) At(word).writes = &self_;
    for (const std::string_view word : WordsOf(lists::kOutOverloads)) At(word).writes = &out_;
    for (const std::string_view word : WordsOf(lists::kOtherWriters)) {
      const auto parts = WordsOf(word, ":");
      std::vector<std::string>& arguments = others_.emplace_back();
      for (const std::string_view argument : WordsOf(parts.at(1), ","))
        arguments.emplace_back(argument);
      At(parts[0]).writes = &arguments;
    }
    for (const std::string_view word : WordsOf(lists::kMayShare)) At(word).shares = true;
    for (const std::string_view word : WordsOf(lists::kRandom)) At(word).random = true;
  }
  Lists(const Lists&) = delete;

  Listing Find(std::string_view name) const { return slots_[Place(name)].listing; }

  template <typename Has>
  std::vector<std::string_view> NamesThat(Has has) const {
    std::vector<std::string_view> names;
    for (const Slot& slot : slots_) {
      if (!slot.name.empty() && has(slot.listing)) names.push_back(slot.name);
    }
    return names;
  }

 private:
  static constexpr std::size_t kSlots = 4096;  // a power of two
  struct Slot {
    std::string_view name;  // empty: nobody's
    Listing listing;
  };

  // Where the name is, or would be.
  std::size_t Place(std::string_view name) const {
    std::size_t at = std::hash<std::string_view>()(name) % kSlots;
    while (!slots_[at].name.empty() && slots_[at].name != name) at = (at + 1) % kSlots;
    return at;
  }
  Listing& At(std::string_view name) {
    Slot& slot = slots_[Place(name)];
    names_ += slot.name.empty();
    FP_CHECK(names_ < kSlots / 8 * 7);  // else it takes long to find one
    slot.name = name;
    return slot.listing;
  }

  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
  std::size_t names_ = 0;
  const std::vector<std::string> self_{"self"}, out_{"out"};
  std::deque<std::vector<std::string>> others_;
};

const Lists& AllLists() {
  static const Lists lists;
  return lists;
}

}  // namespace

std::string_view ListedName(std::string_view target) {
  constexpr std::string_view kEdge = "executorch.exir.dialects.edge._ops.";
  if (target.starts_with(kEdge)) target.remove_prefix(kEdge.size());
  if (target.starts_with("aten.")) target.remove_prefix(5);
  return target;
}

Listing ListingOf(std::string_view name) { return AllLists().Find(name); }

bool IsListedFresh(std::string_view name) { return ListingOf(name).fresh; }

bool MayShareMemory(std::string_view name) { return ListingOf(name).shares; }

std::optional<ListedView> FindListedView(std::string_view name) { return ListingOf(name).view; }

std::optional<std::vector<std::string>> FindListedWrites(std::string_view name) {
  const std::vector<std::string>* writes = ListingOf(name).writes;
  return writes == nullptr ? std::nullopt : std::optional(*writes);
}

bool IsListedRandom(std::string_view name) { return ListingOf(name).random; }

std::vector<std::string_view> ListedFresh() {
  return AllLists().NamesThat([](const Listing& listing) { return listing.fresh; });
}

std::vector<std::string_view> ListedViews() {
  return AllLists().NamesThat([](const Listing& listing) { return listing.view.has_value(); });
}

std::vector<std::string_view> ListedWriters() {
  return AllLists().NamesThat([](const Listing& listing) { return listing.writes != nullptr; });
}

std::vector<std::string_view> ListedRandom() {
  return AllLists().NamesThat([](const Listing& listing) { return listing.random; });
}

}  // namespace foldproof::ir
