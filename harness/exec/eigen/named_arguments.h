// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/exec/eigen/kernels.h"
#include "harness/exec/quantized/node_arguments.h"
#include "harness/exec/shape/pick_arguments.h"

namespace foldproof::exec::real {

// The arguments of a node of any target, by name. What is missing or of another form throws
// Error(kInput) with an empty place, which names it. Numbers may be those of nodes (sym_size).
class NamedArguments {
 public:
  NamedArguments(const ir::Graph& graph, const ir::Node& node, const Read& read)
      : graph_(graph),
        node_(node),
        read_(read),
        stored_([this](ir::ValueId id) { return Stored(read_(id)); }),
        numbers_(node_, stored_) {}
  NamedArguments(const NamedArguments&) = delete;
  NamedArguments& operator=(const NamedArguments&) = delete;

  const ir::Node& node() const { return node_; }
  const TensorOfValue& stored() const { return stored_; }

  bool Has(std::string_view name) const;  // false for None too
  const NumericTensor& Value(std::string_view name) const;
  const RealTensor& Reals(std::string_view name) const;
  ir::ScalarType DeclaredType(std::string_view name) const;  // of a tensor, as the program has it
  std::vector<NumericTensor> Values(std::string_view name) const;  // of a list of tensors
  std::vector<std::int64_t> AllIntegers() const;  // every argument, each one a number
  // The numbers among them, for what knows no tensors (harness/exec/shape).
  PickArguments Numbers() const;

  // `otherwise` where the argument is absent or None; without it, it must be there.
  std::int64_t Integer(std::string_view name, std::optional<std::int64_t> otherwise = {}) const;
  double Real(std::string_view name, std::optional<double> otherwise = {}) const;
  std::vector<std::int64_t> Integers(std::string_view name) const {
    return numbers_.Integers(name);
  }
  std::vector<std::int64_t> IntegersOr(std::string_view name,
                                       std::vector<std::int64_t> otherwise) const {
    return Has(name) ? numbers_.Integers(name) : std::move(otherwise);
  }
  bool Truth(std::string_view name, bool otherwise) const {
    return numbers_.Truth(name, otherwise);
  }
  ir::ScalarType Dtype(std::string_view name) const { return numbers_.Dtype(name); }
  std::optional<ir::ScalarType> MaybeDtype(std::string_view name) const {
    return numbers_.MaybeDtype(name);
  }

 private:
  const ir::Graph& graph_;
  const ir::Node& node_;
  const Read& read_;
  const TensorOfValue stored_;
  const NodeArguments numbers_;
};

}  // namespace foldproof::exec::real
