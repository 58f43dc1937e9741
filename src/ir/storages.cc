// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/storages.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

std::size_t BeginningOf(const Storage& storage) {
  const std::size_t first = std::min<std::size_t>(storage.size(), 256);
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(storage.data()), first}) ^
         storage.size();
}

}  // namespace

std::uint32_t Storages::Add(Storage storage) {
  each_.push_back(std::make_shared<const Storage>(std::move(storage)));
  return static_cast<std::uint32_t>(each_.size() - 1);
}

Storage& Storages::Change(std::size_t index) {
  FP_CHECK(index < each_.size());
  auto own = std::make_shared<Storage>(*each_[index]);
  Storage& out = *own;
  each_[index] = std::move(own);
  return out;
}

// Small ones are many, and sharing them counts for little. Of those that begin alike a few are
// looked at: a file may hold as many as it likes.
void Storages::Share(const Storages& others) {
  constexpr std::size_t kLeast = 4096;
  constexpr int kMost = 4;
  std::unordered_multimap<std::size_t, const std::shared_ptr<const Storage>*> known;
  for (const auto& other : others.each_) {
    if (other->size() >= kLeast) known.emplace(BeginningOf(*other), &other);
  }
  for (auto& storage : each_) {
    if (storage->size() < kLeast) continue;
    auto [from, to] = known.equal_range(BeginningOf(*storage));
    for (int i = 0; i < kMost && from != to; ++i, ++from) {
      if (**from->second != *storage) continue;
      storage = *from->second;
      break;
    }
  }
}

}  // namespace foldproof::ir
