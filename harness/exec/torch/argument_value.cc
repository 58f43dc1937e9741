// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch/argument_value.h"

#include <ATen/ScalarOps.h>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "harness/exec/torch/translate.h"

namespace foldproof::exec::torch_module {
namespace {

using Given = FoldproofTorchArgument;

bool IsList(const Given& given) {
  return given.kind == kFoldproofTorchTensors || given.kind == kFoldproofTorchIntegers ||
         given.kind == kFoldproofTorchReals || given.kind == kFoldproofTorchBools ||
         given.kind == kFoldproofTorchStrings;
}

[[noreturn]] void Misfit(const Given& given, const c10::Type& type) {
  throw std::runtime_error("argument '" + std::string(given.name) + "' cannot be a " + type.str());
}

// The integer that an `int` argument takes: dtypes, layouts and memory formats are such, in c10's
// numbering.
std::optional<std::int64_t> AsInteger(const Given& given) {
  switch (given.kind) {
    case kFoldproofTorchInteger:
    case kFoldproofTorchBool: return given.integers[0];
    case kFoldproofTorchScalarType:
      return static_cast<std::int64_t>(ToC10ScalarType(given.integers[0]));
    case kFoldproofTorchLayout: return ToC10Layout(given.integers[0]);
    case kFoldproofTorchMemoryFormat: return ToC10MemoryFormat(given.integers[0]);
    case kFoldproofTorchNone:
    case kFoldproofTorchTensor:
    case kFoldproofTorchTensors:
    case kFoldproofTorchIntegers:
    case kFoldproofTorchReal:
    case kFoldproofTorchReals:
    case kFoldproofTorchBools:
    case kFoldproofTorchString:
    case kFoldproofTorchStrings:
    case kFoldproofTorchDevice:
    case kFoldproofTorchComplex: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<c10::Scalar> AsScalar(const Given& given) {
  if (given.kind == kFoldproofTorchReal) return c10::Scalar(given.reals[0]);
  if (given.kind == kFoldproofTorchBool) return c10::Scalar(given.integers[0] != 0);
  if (given.kind == kFoldproofTorchInteger) return c10::Scalar(given.integers[0]);
  if (given.kind == kFoldproofTorchComplex) {
    return c10::Scalar(c10::complex<double>(given.reals[0], given.reals[1]));
  }
  return std::nullopt;
}

template <typename T, typename Items>
c10::List<T> ListOf(const Items& items) {
  c10::List<T> list;
  for (const auto& item : items) list.push_back(static_cast<T>(item));
  return list;
}

c10::IValue TensorList(const Given& given, bool optional_items) {
  const std::span tensors(given.tensors, given.count);
  if (optional_items) {
    c10::impl::GenericList list(c10::OptionalType::ofTensor());
    for (const auto* item : tensors) {
      list.push_back(item ? c10::IValue(item->tensor) : c10::IValue());
    }
    return list;
  }
  c10::List<at::Tensor> list;
  for (const auto* item : tensors) {
    if (item == nullptr) throw std::runtime_error("a list of tensors holds None");
    list.push_back(item->tensor);
  }
  return list;
}

// `length` is the N of int[N], where one number stands for N equal ones.
c10::IValue ToList(const Given& given, const c10::Type& item, std::optional<std::int64_t> length) {
  const bool fits = IsList(given);
  switch (item.kind()) {
    case c10::TypeKind::TensorType:
    case c10::TypeKind::OptionalType:
      if (given.kind == kFoldproofTorchTensors || (fits && given.count == 0)) {
        return TensorList(given, item.kind() == c10::TypeKind::OptionalType);
      }
      break;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      if (fits && (given.kind == kFoldproofTorchIntegers || given.count == 0)) {
        return ListOf<std::int64_t>(std::span(given.integers, given.count));
      }
      if (given.kind == kFoldproofTorchInteger && length) {
        return c10::List<std::int64_t>(std::vector<std::int64_t>(*length, given.integers[0]));
      }
      break;
    case c10::TypeKind::FloatType:
      if (fits && (given.kind == kFoldproofTorchReals || given.count == 0)) {
        return ListOf<double>(std::span(given.reals, given.count));
      }
      if (given.kind == kFoldproofTorchIntegers) {
        return ListOf<double>(std::span(given.integers, given.count));
      }
      break;
    case c10::TypeKind::BoolType:
      if (fits && (given.kind == kFoldproofTorchBools || given.count == 0)) {
        return ListOf<bool>(std::span(given.integers, given.count));
      }
      break;
    case c10::TypeKind::StringType:
      if (fits && (given.kind == kFoldproofTorchStrings || given.count == 0)) {
        return ListOf<std::string>(std::span(given.texts, given.count));
      }
      break;
    default:  // c10 has some forty kinds of types; no operator on tensors takes lists of the rest
      break;
  }
  Misfit(given, item);
}

c10::IValue ToSingle(const Given& given, const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType:
      if (given.kind == kFoldproofTorchTensor) return given.tensors[0]->tensor;
      if (const auto number = AsScalar(given)) return at::native::wrapped_scalar_tensor(*number);
      break;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      if (const auto integer = AsInteger(given)) return *integer;
      break;
    case c10::TypeKind::FloatType:
    case c10::TypeKind::SymFloatType:
      if (given.kind == kFoldproofTorchReal) return given.reals[0];
      if (given.kind == kFoldproofTorchInteger) return static_cast<double>(given.integers[0]);
      break;
    case c10::TypeKind::NumberType:
      if (const auto number = AsScalar(given)) return *number;
      break;
    case c10::TypeKind::BoolType:
      if (given.kind == kFoldproofTorchBool || given.kind == kFoldproofTorchInteger) {
        return given.integers[0] != 0;
      }
      break;
    case c10::TypeKind::StringType:
      if (given.kind == kFoldproofTorchString) return std::string(given.texts[0]);
      break;
    case c10::TypeKind::DeviceObjType:
      if (given.kind == kFoldproofTorchDevice) {
        if (std::string(given.texts[0]) == "cpu") return c10::Device(c10::kCPU);
        throw std::runtime_error("only the CPU runs here, not device '" +
                                 std::string(given.texts[0]) + "'; export the program for cpu");
      }
      break;
    default:  // as above
      break;
  }
  Misfit(given, type);
}

}  // namespace

c10::IValue ToIValue(const Given& given, const c10::Argument& wanted) {
  c10::TypePtr type = wanted.type();
  if (const auto optional = type->cast<c10::OptionalType>()) {
    if (given.kind == kFoldproofTorchNone) return {};
    type = optional->getElementType();
  }
  if (const auto list = type->cast<c10::ListType>()) {
    std::optional<std::int64_t> length;
    if (wanted.N()) length = *wanted.N();
    return ToList(given, *list->getElementType(), length);
  }
  return ToSingle(given, *type);
}

}  // namespace foldproof::exec::torch_module
