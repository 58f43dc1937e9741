// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/decode_op_arguments.h"

#include <utility>

#include "src/base/error.h"

namespace foldproof::ir {

void OpArguments::Fail(std::string why) const {
  throw Error(Error::Code::kInput, node_.name, node_.target + ": " + std::move(why));
}

void OpArguments::Missing(std::string_view name) const {
  Fail("argument '" + std::string(name) + "' is missing; export the program again");
}

void OpArguments::WrongType(std::string_view name, std::string_view wanted) const {
  Fail("argument '" + std::string(name) + "' must be " + std::string(wanted) +
       "; export the program again");
}

const ArgumentValue* OpArguments::Find(std::string_view name) const {
  const ArgumentValue* found = node_.Find(name);
  return found == nullptr || std::holds_alternative<None>(*found) ? nullptr : found;
}

std::optional<ValueId> OpArguments::OptionalTensor(std::string_view name) const {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) return std::nullopt;
  const auto* value = std::get_if<ValueId>(found);
  if (value == nullptr) WrongType(name, "a tensor");
  return *value;
}

ValueId OpArguments::Tensor(std::string_view name) const {
  const auto value = OptionalTensor(name);
  if (!value) Missing(name);
  return *value;
}

Operand OpArguments::TensorOrNumber(std::string_view name) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) Missing(name);
  if (const auto* value = std::get_if<ValueId>(found)) {
    if (!graph_.value(*value).type) NotCovered();  // a symbolic integer
    return *value;
  }
  if (const auto* integer = std::get_if<std::int64_t>(found)) return *integer;
  if (const auto* number = std::get_if<double>(found)) return *number;
  if (!std::holds_alternative<bool>(*found) && !std::holds_alternative<Complex>(*found)) {
    WrongType(name, "a tensor or a number");
  }
  NotCovered();
  return std::int64_t{0};
}

std::int64_t OpArguments::Integer(std::string_view name, std::optional<std::int64_t> otherwise) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) {
    if (!otherwise) Missing(name);
    return *otherwise;
  }
  if (const auto* integer = std::get_if<std::int64_t>(found)) return *integer;
  if (!std::holds_alternative<ValueId>(*found)) WrongType(name, "an integer");
  NotCovered();
  return otherwise.value_or(1);
}

bool OpArguments::Boolean(std::string_view name, std::optional<bool> otherwise) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) {
    if (!otherwise) Missing(name);
    return *otherwise;
  }
  if (const auto* truth = std::get_if<bool>(found)) return *truth;
  if (!std::holds_alternative<ValueId>(*found)) WrongType(name, "true or false");
  NotCovered();
  return otherwise.value_or(false);
}

std::string OpArguments::String(std::string_view name, std::optional<std::string> otherwise) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) {
    if (!otherwise) Missing(name);
    return *otherwise;
  }
  const auto* text = std::get_if<std::string>(found);
  if (text == nullptr) WrongType(name, "a string");
  return *text;
}

std::optional<double> OpArguments::OptionalNumber(std::string_view name) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) return std::nullopt;
  if (const auto* number = std::get_if<double>(found)) return *number;
  if (const auto* truth = std::get_if<bool>(found)) return *truth ? 1.0 : 0.0;
  if (const auto* integer = std::get_if<std::int64_t>(found)) {
    constexpr std::int64_t kExact = std::int64_t{1} << 53;
    if (*integer < -kExact || *integer > kExact) NotCovered();
    return static_cast<double>(*integer);
  }
  if (!std::holds_alternative<ValueId>(*found) && !std::holds_alternative<Complex>(*found)) {
    WrongType(name, "a number");
  }
  NotCovered();
  return 1.0;
}

double OpArguments::Number(std::string_view name, std::optional<double> otherwise) {
  const auto number = OptionalNumber(name);
  if (number) return *number;
  if (!otherwise) Missing(name);
  return *otherwise;
}

std::variant<double, std::int64_t> OpArguments::Scalar(std::string_view name,
                                                       std::int64_t otherwise) {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) return otherwise;
  if (const auto* integer = std::get_if<std::int64_t>(found)) return *integer;
  return Number(name);
}

std::optional<ScalarType> OpArguments::OptionalDtype(std::string_view name) const {
  const ArgumentValue* found = Find(name);
  if (found == nullptr) return std::nullopt;
  const auto* dtype = std::get_if<ScalarType>(found);
  if (dtype == nullptr) WrongType(name, "an element type");
  return *dtype;
}

std::optional<std::vector<std::int64_t>> OpArguments::OptionalIntegers(std::string_view name) {
  using Integers = std::vector<std::int64_t>;
  const ArgumentValue* found = Find(name);
  if (found == nullptr) return std::nullopt;
  if (const auto* one = std::get_if<std::int64_t>(found)) return Integers{*one};
  if (const auto* many = std::get_if<Integers>(found)) return *many;
  // An empty list may come as any kind of list.
  const auto* none = std::get_if<std::vector<ValueId>>(found);
  if (none != nullptr && none->empty()) return Integers{};
  if (!std::holds_alternative<std::vector<IntOrValue>>(*found) &&
      !std::holds_alternative<ValueId>(*found)) {
    WrongType(name, "a list of integers");
  }
  NotCovered();
  return std::nullopt;
}

std::vector<std::int64_t> OpArguments::Integers(std::string_view name) {
  auto list = OptionalIntegers(name);
  if (!list && covered()) Missing(name);
  return list ? *std::move(list) : std::vector<std::int64_t>{};
}

const TensorType* OpArguments::TypeOf(ValueId value) const {
  const auto& type = graph_.value(value).type;
  return type ? &*type : nullptr;
}

const TensorType* OpArguments::OutputType() const {
  return node_.outputs.empty() ? nullptr : TypeOf(node_.outputs.front());
}

std::int64_t OpArguments::Dimension(std::int64_t dimension, std::size_t rank) const {
  // A tensor without dimensions takes 0 and -1, as in PyTorch.
  const auto count = static_cast<std::int64_t>(rank == 0 ? 1 : rank);
  if (dimension < -count || dimension >= count) {
    Fail("dimension " + std::to_string(dimension) + " of a tensor of rank " + std::to_string(rank) +
         "; export the program again");
  }
  return dimension < 0 ? dimension + count : dimension;
}

}  // namespace foldproof::ir
