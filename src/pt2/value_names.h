// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::pt2 {

// How the values of a program that is written are named in arguments.
class ValueNames {
 public:
  // What a value without a type is.
  enum class Kind { kTensor, kSymInt, kSymFloat, kSymBool, kNone };
  struct Named {
    ir::ValueId id;
    Kind kind = Kind::kTensor;
  };

  explicit ValueNames(const ir::Graph& graph) : graph_(graph), places_(graph.values().size()) {}

  void Add(ir::ValueId id, Kind kind);
  // FP_CHECKs that the program makes the value: a node that reads another was edited wrongly.
  const std::string& Of(ir::ValueId id) const;
  Kind KindOf(ir::ValueId id) const;
  bool Contains(std::string_view name) const;
  const std::vector<Named>& all() const { return all_; }  // inputs, then results, in order
  const ir::Graph& graph() const { return graph_; }

 private:
  const Named& Find(ir::ValueId id) const;

  const ir::Graph& graph_;
  std::vector<Named> all_;
  std::vector<std::optional<std::uint32_t>> places_;  // in all_, by the value's index
};

}  // namespace foldproof::pt2
