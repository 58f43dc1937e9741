// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/node_arguments.h"

#include <string>

#include "harness/exec/quantized/code_vector.h"

namespace foldproof::exec {
namespace {

[[noreturn]] void RefuseArgument(std::string_view name, const char* why) {
  throw Error(Error::Code::kInput, "", "argument '" + std::string(name) + "' " + why);
}

}  // namespace

const ir::ArgumentValue* NodeArguments::Given(std::string_view name) const {
  const ir::ArgumentValue* value = node_.Find(name);
  return value == nullptr || std::holds_alternative<ir::None>(*value) ? nullptr : value;
}

const ir::ArgumentValue& NodeArguments::Value(std::string_view name) const {
  const ir::ArgumentValue* value = node_.Find(name);
  if (value == nullptr) RefuseArgument(name, "is missing");
  return *value;
}

Tensor NodeArguments::OneTensor(std::string_view name) const {
  if (const auto* id = std::get_if<ir::ValueId>(&Value(name))) return tensor_of_(*id);
  RefuseArgument(name, "is no tensor");
}

std::optional<Tensor> NodeArguments::MaybeTensor(std::string_view name) const {
  if (Given(name) == nullptr) return std::nullopt;
  return OneTensor(name);
}

Tensor NodeArguments::Single(std::string_view name) const {
  Tensor tensor = OneTensor(name);
  if (tensor.count() != 1) RefuseArgument(name, "is not one number");
  return tensor;
}

std::int64_t NodeArguments::Integer(std::string_view name) const {
  if (const auto* number = std::get_if<std::int64_t>(&Value(name))) return *number;
  return IntegersOf(Single(name)).front();
}

std::int64_t NodeArguments::IntegerOf(ir::ValueId id, std::string_view name) const {
  const Tensor tensor = tensor_of_(id);
  if (tensor.count() != 1) RefuseArgument(name, "holds what is not one number");
  return IntegersOf(tensor).front();
}

std::vector<std::int64_t> NodeArguments::Integers(std::string_view name) const {
  const ir::ArgumentValue& value = Value(name);
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) return *numbers;
  const auto* items = std::get_if<std::vector<ir::IntOrValue>>(&value);
  if (items == nullptr) RefuseArgument(name, "is no list of integers");
  std::vector<std::int64_t> out;
  for (const ir::IntOrValue& item : *items) {
    const auto* id = std::get_if<ir::ValueId>(&item);
    out.push_back(id ? IntegerOf(*id, name) : std::get<std::int64_t>(item));
  }
  return out;
}

double NodeArguments::Real(std::string_view name) const {
  if (const auto* number = std::get_if<double>(&Value(name))) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&Value(name))) {
    return static_cast<double>(*number);
  }
  const Tensor tensor = Single(name);
  if (tensor.dtype == ir::ScalarType::kFloat32) return tensor.Elements<float>().front();
  if (tensor.dtype == ir::ScalarType::kFloat64) return tensor.Elements<double>().front();
  return static_cast<double>(IntegersOf(tensor).front());
}

bool NodeArguments::Truth(std::string_view name, bool where_absent) const {
  const ir::ArgumentValue* value = Given(name);
  if (value == nullptr) return where_absent;
  if (const auto* truth = std::get_if<bool>(value)) return *truth;
  RefuseArgument(name, "is neither true nor false");
}

ir::ScalarType NodeArguments::Dtype(std::string_view name) const {
  if (const auto* type = std::get_if<ir::ScalarType>(&Value(name))) return *type;
  RefuseArgument(name, "is no element type");
}

std::optional<ir::ScalarType> NodeArguments::MaybeDtype(std::string_view name) const {
  if (Given(name) == nullptr) return std::nullopt;
  return Dtype(name);
}

}  // namespace foldproof::exec
