// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/op_lists.h"

#include <unordered_map>
#include <unordered_set>

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

struct Lists {
  std::unordered_set<std::string_view> fresh, sharing, random;
  std::unordered_map<std::string_view, ListedView> views;
  std::unordered_map<std::string_view, std::vector<std::string>> writers;

  Lists() {
    for (const std::string_view text :
         {lists::kFresh, lists::kFreshComposites, lists::kFreshElsewhere}) {
      for (const std::string_view word : WordsOf(text)) fresh.insert(word);
    }
    for (const std::string_view word : WordsOf(lists::kViews)) views[word] = {false};
    for (const std::string_view word : WordsOf(lists::kViewsOrCopies)) views[word] = {true};
    for (const std::string_view word : WordsOf(lists::kInPlace)) writers[word] = {"self"};
    for (const std::string_view word : WordsOf(lists::kOutOverloads)) writers[word] = {"out"};
    for (const std::string_view word : WordsOf(lists::kOtherWriters)) {
      const auto parts = WordsOf(word, ":");
      for (const std::string_view argument : WordsOf(parts.at(1), ",")) {
        writers[parts[0]].emplace_back(argument);
      }
    }
    for (const std::string_view word : WordsOf(lists::kMayShare)) sharing.insert(word);
    for (const std::string_view word : WordsOf(lists::kRandom)) random.insert(word);
  }
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

bool IsListedFresh(std::string_view name) { return AllLists().fresh.contains(name); }

bool MayShareMemory(std::string_view name) { return AllLists().sharing.contains(name); }

std::optional<ListedView> FindListedView(std::string_view name) {
  const auto found = AllLists().views.find(name);
  return found == AllLists().views.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::vector<std::string>> FindListedWrites(std::string_view name) {
  const auto found = AllLists().writers.find(name);
  return found == AllLists().writers.end() ? std::nullopt : std::optional(found->second);
}

bool IsListedRandom(std::string_view name) { return AllLists().random.contains(name); }

std::vector<std::string_view> ListedFresh() {
  return {AllLists().fresh.begin(), AllLists().fresh.end()};
}

std::vector<std::string_view> ListedViews() {
  std::vector<std::string_view> names;
  for (const auto& [name, view] : AllLists().views) names.push_back(name);
  return names;
}

std::vector<std::string_view> ListedWriters() {
  std::vector<std::string_view> names;
  for (const auto& [name, written] : AllLists().writers) names.push_back(name);
  return names;
}

std::vector<std::string_view> ListedRandom() {
  return {AllLists().random.begin(), AllLists().random.end()};
}

}  // namespace foldproof::ir
