// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/named_arguments.h"

#include <fmt/format.h>

#include "src/base/refuse.h"

namespace foldproof::exec::real {

bool NamedArguments::Has(std::string_view name) const {
  const ir::ArgumentValue* value = node_.Find(name);
  return value != nullptr && !std::holds_alternative<ir::None>(*value);
}

const NumericTensor& NamedArguments::Value(std::string_view name) const {
  const ir::ArgumentValue* value = node_.Find(name);
  const auto* id = value ? std::get_if<ir::ValueId>(value) : nullptr;
  if (id == nullptr) Refuse(fmt::format("argument '{}' is no tensor", name));
  return read_(*id);
}

const RealTensor& NamedArguments::Reals(std::string_view name) const {
  if (const auto* reals = std::get_if<RealTensor>(&Value(name))) return *reals;
  Refuse(fmt::format("argument '{}' holds integers, and floating-point numbers are taken", name));
}

ir::ScalarType NamedArguments::DeclaredType(std::string_view name) const {
  Value(name);
  const auto& type = graph_.value(std::get<ir::ValueId>(*node_.Find(name))).type;
  if (!type) Refuse(fmt::format("argument '{}' is no tensor", name));
  return type->dtype;
}

std::vector<NumericTensor> NamedArguments::Values(std::string_view name) const {
  const ir::ArgumentValue* value = node_.Find(name);
  const auto* ids = value ? std::get_if<std::vector<ir::ValueId>>(value) : nullptr;
  if (ids == nullptr) Refuse(fmt::format("argument '{}' is no list of tensors", name));
  std::vector<NumericTensor> out;
  for (const ir::ValueId id : *ids) out.push_back(read_(id));
  return out;
}

std::vector<std::int64_t> NamedArguments::AllIntegers() const {
  std::vector<std::int64_t> out;
  for (const ir::Argument& argument : node_.arguments) out.push_back(Integer(argument.name));
  return out;
}

PickArguments NamedArguments::Numbers() const {
  const auto integers = [this](std::string_view name) -> std::optional<std::vector<std::int64_t>> {
    if (!Has(name)) return std::nullopt;
    const ir::ArgumentValue& given = *node_.Find(name);
    const bool number =
        std::holds_alternative<std::int64_t>(given) || std::holds_alternative<ir::ValueId>(given);
    return number ? std::vector{Integer(name)} : Integers(name);
  };
  const auto reals = [this](std::string_view name) -> std::optional<std::vector<double>> {
    if (!Has(name)) return std::nullopt;
    const auto* list = std::get_if<std::vector<double>>(node_.Find(name));
    return list != nullptr ? *list : std::vector<double>{Real(name)};
  };
  return {integers, reals};
}

std::int64_t NamedArguments::Integer(std::string_view name,
                                     std::optional<std::int64_t> otherwise) const {
  if (otherwise && !Has(name)) return *otherwise;
  return numbers_.Integer(name);
}

double NamedArguments::Real(std::string_view name, std::optional<double> otherwise) const {
  if (otherwise && !Has(name)) return *otherwise;
  return numbers_.Real(name);
}

}  // namespace foldproof::exec::real
