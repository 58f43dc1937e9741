// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/plan/node_run.h"
#include "harness/exec/quantized/node_arguments.h"
#include "harness/exec/shape/pick_arguments.h"
#include "src/base/refuse.h"

namespace foldproof::exec {

// The arguments of a node while it runs.
class CodedArguments {
 public:
  CodedArguments(const ir::Node& node, const ReadValue<CodedTensor>& read)
      : node_(node),
        read_(read),
        tensor_of_([&read](ir::ValueId id) { return read(id).ToTensor(); }),
        named_(node, tensor_of_) {}

  const NodeArguments& named() const { return named_; }
  bool Has(std::string_view name) const {
    const ir::ArgumentValue* value = node_.Find(name);
    return value != nullptr && !std::holds_alternative<ir::None>(*value);
  }
  std::vector<std::int64_t> IntegersOr(std::string_view name,
                                       std::vector<std::int64_t> where_absent) const {
    if (!Has(name)) return where_absent;
    const ir::ArgumentValue& given = *node_.Find(name);
    const bool number =
        std::holds_alternative<std::int64_t>(given) || std::holds_alternative<ir::ValueId>(given);
    return number ? std::vector{named_.Integer(name)} : named_.Integers(name);
  }
  std::int64_t IntegerOr(std::string_view name, std::int64_t where_absent) const {
    return Has(name) ? named_.Integer(name) : where_absent;
  }
  std::optional<std::vector<std::int64_t>> MaybeIntegers(std::string_view name) const {
    return Has(name) ? std::optional(IntegersOr(name, {})) : std::nullopt;
  }
  // A number, or a list of numbers.
  std::optional<std::vector<double>> MaybeReals(std::string_view name) const {
    if (!Has(name)) return std::nullopt;
    if (const auto* list = std::get_if<std::vector<double>>(node_.Find(name))) return *list;
    return std::vector<double>{named_.Real(name)};
  }
  // The numbers among them, for what knows no tensors (harness/exec/shape).
  PickArguments Numbers() const {
    return {[this](std::string_view name) { return MaybeIntegers(name); },
            [this](std::string_view name) { return MaybeReals(name); }};
  }
  double RealOr(std::string_view name, double where_absent) const {
    return Has(name) ? named_.Real(name) : where_absent;
  }
  // nullptr where the argument is absent or None.
  const CodedTensor* MaybeOperand(std::string_view name) const {
    return Has(name) ? &Operand(name) : nullptr;
  }
  const CodedTensor& Operand(std::string_view name) const {
    const auto* id = Has(name) ? std::get_if<ir::ValueId>(node_.Find(name)) : nullptr;
    if (id == nullptr) Refuse("argument '" + std::string(name) + "' is no tensor");
    return read_(*id);
  }
  std::vector<const CodedTensor*> Operands(std::string_view name) const {
    const auto* ids = Has(name) ? std::get_if<std::vector<ir::ValueId>>(node_.Find(name)) : nullptr;
    if (ids == nullptr) Refuse("argument '" + std::string(name) + "' is no list of tensors");
    std::vector<const CodedTensor*> out;
    for (const ir::ValueId id : *ids) out.push_back(&read_(id));
    return out;
  }

 private:
  const ir::Node& node_;
  const ReadValue<CodedTensor>& read_;
  TensorOfValue tensor_of_;
  NodeArguments named_;
};

}  // namespace foldproof::exec
