// SPDX-License-Identifier: BSD-3-Clause
//
// What the values of an enum are called in options, configurations and reports. Each such enum has
// one table, a specialization of kNames in namespace foldproof:
//
//     template <>
//     inline constexpr auto kNames<prove::Reach> = std::to_array<Named<prove::Reach>>({...});
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "src/base/error.h"

namespace foldproof {

template <typename Enum>
struct Named {
  Enum value;
  std::string_view name;
};

template <typename Enum>
inline constexpr std::nullptr_t kNames = nullptr;  // an enum without a table does not compile

template <typename Enum>
constexpr std::string_view NameOf(Enum value) {
  for (const Named<Enum>& named : kNames<Enum>) {
    if (named.value == value) return named.name;
  }
  CheckFailed("the value has a name", __FILE__, __LINE__);
}

// The value with this name; nullopt where none has it.
template <typename Enum>
constexpr std::optional<Enum> Parse(std::string_view name) {
  for (const Named<Enum>& named : kNames<Enum>) {
    if (named.name == name) return named.value;
  }
  return std::nullopt;
}

// All names, in the order of the table.
template <typename Enum>
std::vector<std::string_view> NamesOf() {
  std::vector<std::string_view> out;
  for (const Named<Enum>& named : kNames<Enum>) out.push_back(named.name);
  return out;
}

}  // namespace foldproof
