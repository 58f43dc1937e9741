// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/ir/tensor_type.h"

namespace foldproof::ir {

// Index of a value in its graph. Never reused.
struct ValueId {
  std::uint32_t index = 0;
  friend auto operator<=>(const ValueId&, const ValueId&) = default;
};

// Index of a node in its graph. Never reused.
struct NodeId {
  std::uint32_t index = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

struct None {
  friend bool operator==(const None&, const None&) = default;
};

// c10's numbering is another; both mean a strided CPU tensor almost always.
struct Layout {
  std::int64_t code = 7;  // as in the archive: 7 is strided
  friend bool operator==(const Layout&, const Layout&) = default;
};

struct MemoryFormat {
  // As in the archive: 1 contiguous, 2 channels_last, 3 channels_last_3d, 4 preserve.
  std::int64_t code = 1;
  friend bool operator==(const MemoryFormat&, const MemoryFormat&) = default;
};

struct Device {
  std::string type = "cpu";
  std::optional<std::int64_t> index;
  friend bool operator==(const Device&, const Device&) = default;
};

struct Complex {
  double real = 0;
  double imag = 0;
  friend bool operator==(const Complex&, const Complex&) = default;
};

// An integer that is a number or the result of a node (`sym_size`), as in a dynamic reshape.
using IntOrValue = std::variant<std::int64_t, ValueId>;

// What an argument of a node can be: torch._export.serde.schema.Argument, without the forms that no
// operator of an inference program takes (those are kept as Unsupported by name and refused when
// run).
struct Unsupported {
  std::string kind;              // "as_custom_obj"
  std::string json;              // its text in the archive
  std::vector<ValueId> reads{};  // the values that it names, in order
  friend bool operator==(const Unsupported&, const Unsupported&) = default;
};

using ArgumentValue =
    std::variant<None, ValueId, std::vector<ValueId>, std::vector<std::optional<ValueId>>,
                 std::int64_t, std::vector<std::int64_t>, std::vector<IntOrValue>, double,
                 std::vector<double>, bool, std::vector<bool>, std::string,
                 std::vector<std::string>, ScalarType, Layout, MemoryFormat, Device, Complex,
                 Unsupported>;

// One argument of a node, under its name in the operator's schema.
struct Argument {
  std::string name;
  ArgumentValue value;
  bool keyword = false;  // given as name=value; matters for printing and for writing back alone
  friend bool operator==(const Argument&, const Argument&) = default;
};

// Calls visit(ValueId) for each value that `value` reads, in order.
template <typename Visit>
void ForEachRead(const ArgumentValue& value, Visit&& visit) {
  if (const auto* one = std::get_if<ValueId>(&value)) {
    visit(*one);
  } else if (const auto* many = std::get_if<std::vector<ValueId>>(&value)) {
    for (const ValueId id : *many) visit(id);
  } else if (const auto* maybe = std::get_if<std::vector<std::optional<ValueId>>>(&value)) {
    for (const auto& id : *maybe) {
      if (id) visit(*id);
    }
  } else if (const auto* mixed = std::get_if<std::vector<IntOrValue>>(&value)) {
    for (const IntOrValue& item : *mixed) {
      if (const auto* id = std::get_if<ValueId>(&item)) visit(*id);
    }
  } else if (const auto* unsupported = std::get_if<Unsupported>(&value)) {
    for (const ValueId id : unsupported->reads) visit(id);
  }
}

// `value` with `map(id)` in the place of each value that it reads.
template <typename Map>
ArgumentValue Renumbered(ArgumentValue value, Map&& map) {
  if (auto* one = std::get_if<ValueId>(&value)) {
    *one = map(*one);
  } else if (auto* many = std::get_if<std::vector<ValueId>>(&value)) {
    for (ValueId& id : *many) id = map(id);
  } else if (auto* maybe = std::get_if<std::vector<std::optional<ValueId>>>(&value)) {
    for (auto& id : *maybe) {
      if (id) id = map(*id);
    }
  } else if (auto* mixed = std::get_if<std::vector<IntOrValue>>(&value)) {
    for (IntOrValue& item : *mixed) {
      if (auto* id = std::get_if<ValueId>(&item)) *id = map(*id);
    }
  } else if (auto* unsupported = std::get_if<Unsupported>(&value)) {
    for (ValueId& id : unsupported->reads) id = map(id);
  }
  return value;
}

}  // namespace foldproof::ir
