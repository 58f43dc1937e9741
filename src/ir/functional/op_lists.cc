// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/op_lists.h"

#include <unordered_map>

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

using Lists = std::unordered_map<std::string_view, Listing>;

Lists ReadLists() {
  Lists lists;
  for (const std::string_view text :
       {lists::kFresh, lists::kFreshComposites, lists::kFreshElsewhere}) {
    for (const std::string_view word : WordsOf(text)) lists[word].fresh = true;
  }
  for (const std::string_view word : WordsOf(lists::kViews)) lists[word].view = ListedView{false};
  for (const std::string_view word : WordsOf(lists::kViewsOrCopies))
    lists[word].view = ListedView{true};
  const auto write = [&lists](std::string_view name) -> std::vector<std::string>& {
    auto& writes = lists[name].writes;
    return writes ? *writes : writes.emplace();
  };
  for (const std::string_view word : WordsOf(lists::kInPlace)) write(word) = {"self"};
  for (const std::string_view word : WordsOf(lists::kOutOverloads)) write(word) = {"out"};
  for (const std::string_view word : WordsOf(lists::kOtherWriters)) {
    const auto parts = WordsOf(word, ":");
    for (const std::string_view argument : WordsOf(parts.at(1), ","))
      write(parts[0]).emplace_back(argument);
  }
  for (const std::string_view word : WordsOf(lists::kMayShare)) lists[word].shares = true;
  for (const std::string_view word : WordsOf(lists::kRandom)) lists[word].random = true;
  return lists;
}

const Lists& AllLists() {
  static const Lists lists = ReadLists();
  return lists;
}

template <typename Has>
std::vector<std::string_view> NamesThat(Has has) {
  std::vector<std::string_view> names;
  for (const auto& [name, listing] : AllLists()) {
    if (has(listing)) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string_view ListedName(std::string_view target) {
  constexpr std::string_view kEdge = "executorch.exir.dialects.edge._ops.";
  if (target.starts_with(kEdge)) target.remove_prefix(kEdge.size());
  if (target.starts_with("aten.")) target.remove_prefix(5);
  return target;
}

const Listing& ListingOf(std::string_view name) {
  static const Listing none;
  const auto found = AllLists().find(name);
  return found == AllLists().end() ? none : found->second;
}

bool IsListedFresh(std::string_view name) { return ListingOf(name).fresh; }

bool MayShareMemory(std::string_view name) { return ListingOf(name).shares; }

std::optional<ListedView> FindListedView(std::string_view name) { return ListingOf(name).view; }

std::optional<std::vector<std::string>> FindListedWrites(std::string_view name) {
  return ListingOf(name).writes;
}

bool IsListedRandom(std::string_view name) { return ListingOf(name).random; }

std::vector<std::string_view> ListedFresh() {
  return NamesThat([](const Listing& listing) { return listing.fresh; });
}

std::vector<std::string_view> ListedViews() {
  return NamesThat([](const Listing& listing) { return listing.view.has_value(); });
}

std::vector<std::string_view> ListedWriters() {
  return NamesThat([](const Listing& listing) { return listing.writes.has_value(); });
}

std::vector<std::string_view> ListedRandom() {
  return NamesThat([](const Listing& listing) { return listing.random; });
}

}  // namespace foldproof::ir
