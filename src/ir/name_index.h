// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace foldproof::ir {

// Which of a list of things has a name. The names stay in the list; here are indices alone, so that
// copying an index, as every edited program is, allocates once. Open addressing; the hash is keyed
// anew in every process, as names come from files and could be chosen to collide.
class NameIndex {
 public:
  // Adds the index `added` of a thing called `name`; false where another has that name.
  // `name_at(i)` is the name of thing i.
  template <typename NameAt>
  bool Add(std::string_view name, std::uint32_t added, const NameAt& name_at) {
    if (2 * (count_ + 1) > slots_.size()) Grow(name_at);
    std::uint32_t& slot = slots_[SlotOf(name, name_at)];
    if (slot != kFree) return false;
    slot = added;
    ++count_;
    return true;
  }

  template <typename NameAt>
  std::optional<std::uint32_t> Find(std::string_view name, const NameAt& name_at) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t found = slots_[SlotOf(name, name_at)];
    return found == kFree ? std::nullopt : std::optional(found);
  }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;

  static std::size_t Hash(std::string_view name);

  // Where `name` is, or would be.
  template <typename NameAt>
  std::size_t SlotOf(std::string_view name, const NameAt& name_at) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = Hash(name) & mask;
    while (slots_[at] != kFree && name_at(slots_[at]) != name) at = (at + 1) & mask;
    return at;
  }

  template <typename NameAt>
  void Grow(const NameAt& name_at) {
    const std::vector<std::uint32_t> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : 2 * old.size(), kFree);
    for (const std::uint32_t index : old) {
      if (index != kFree) slots_[SlotOf(name_at(index), name_at)] = index;
    }
  }

  std::vector<std::uint32_t> slots_;  // a power of two of them, at most half of them taken
  std::size_t count_ = 0;
};

}  // namespace foldproof::ir
