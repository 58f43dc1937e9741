// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch/quantized_kernel.h"

#include <ATen/Context.h>
#include <ATen/ops/_make_per_channel_quantized_tensor.h>
#include <ATen/ops/_make_per_tensor_quantized_tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/exec/torch/translate.h"

namespace foldproof::exec::torch_module {
namespace {

// The engine is one for the whole process.
class EngineScope {
 public:
  explicit EngineScope(at::QEngine engine)
      : lock_(mutex()), before_(at::globalContext().qEngine()) {
    at::globalContext().setQEngine(engine);
  }
  ~EngineScope() { at::globalContext().setQEngine(before_); }
  EngineScope(const EngineScope&) = delete;
  EngineScope& operator=(const EngineScope&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }

  std::lock_guard<std::mutex> lock_;
  at::QEngine before_;
};

constexpr std::int64_t kShift = 128;  // from int8 to uint8

bool IsSigned(const at::Tensor& codes) {
  if (codes.scalar_type() == at::kChar) return true;
  if (codes.scalar_type() == at::kByte) return false;
  throw std::runtime_error(std::string("takes codes of 8 bits, not ") +
                           c10::toString(codes.scalar_type()));
}

// Adds 128 to int8 codes, or takes it from uint8 ones: as bytes, the highest bit flips.
at::Tensor Flipped(const at::Tensor& codes) {
  const bool is_signed = IsSigned(codes);
  at::Tensor bytes = is_signed ? codes.view(at::kByte) : codes;
  bytes = bytes.bitwise_xor(kShift);
  return is_signed ? bytes : bytes.view(at::kChar);
}

at::Tensor QuantizedWeight(const FoldproofTorchProduct& product) {
  const at::Tensor& given = product.weight->tensor;
  const bool is_signed = IsSigned(given);
  const at::Tensor codes = is_signed ? given : Flipped(given);
  std::vector<std::int64_t> zero_points(product.weight_zero_points,
                                        product.weight_zero_points + product.weight_channels);
  if (!is_signed) {
    for (std::int64_t& zero_point : zero_points) zero_point -= kShift;
  }
  if (product.weight_channels == 1) {
    return at::_make_per_tensor_quantized_tensor(codes, product.weight_scales[0], zero_points[0]);
  }
  const std::vector<double> scales(product.weight_scales,
                                   product.weight_scales + product.weight_channels);
  return at::_make_per_channel_quantized_tensor(codes, at::tensor(scales), at::tensor(zero_points),
                                                0);
}

c10::IValue IntegerList(const std::int64_t* items, std::int32_t count) {
  return c10::List<std::int64_t>(std::vector<std::int64_t>(items, items + count));
}

std::string BaseName(const FoldproofTorchProduct& product) {
  if (product.spatial == 0) return "quantized::linear";
  return "quantized::conv" + std::to_string(product.spatial) + "d";
}

// The one result of an operator that this libtorch must have.
c10::IValue CallOn(const FoldproofTorchOperator& found, torch::jit::Stack stack) {
  if (!found.handle) throw std::runtime_error("libtorch has no " + found.name);
  found.handle->callBoxed(&stack);
  return std::move(stack.front());
}

}  // namespace

std::optional<at::QEngine> FindEngine(const char* name) {
  for (const at::QEngine engine : at::globalContext().supportedQEngines()) {
    std::string known = c10::toString(engine);
    std::ranges::transform(known, known.begin(), [](unsigned char c) { return std::tolower(c); });
    if (known == name) return engine;
  }
  return std::nullopt;
}

FoldproofTorchKernel PackKernel(const char* engine, const FoldproofTorchProduct& product) {
  const auto found = FindEngine(engine);
  if (!found) throw std::runtime_error(std::string("this libtorch has no engine ") + engine);
  const EngineScope scope(*found);
  const std::string name = BaseName(product);
  torch::jit::Stack stack{QuantizedWeight(product),
                          product.bias ? c10::IValue(product.bias->tensor) : c10::IValue()};
  if (product.spatial > 0) {
    stack.push_back(IntegerList(product.stride, product.spatial));
    stack.push_back(IntegerList(product.padding, product.spatial));
    stack.push_back(IntegerList(product.dilation, product.spatial));
    stack.emplace_back(product.groups);
  }
  c10::IValue packed = CallOn(FindOperator((name + "_prepack").c_str(), ""), std::move(stack));
  // conv2d has an older overload that takes the strides again.
  const char* overload = product.spatial == 2 ? "new" : "";
  return {*found, FindOperator((name + (product.relu ? "_relu" : "")).c_str(), overload),
          std::move(packed), product};
}

at::Tensor RunKernel(const FoldproofTorchKernel& kernel, const at::Tensor& input) {
  const FoldproofTorchProduct& product = kernel.product;
  const EngineScope scope(kernel.engine);
  const bool raised = IsSigned(input);
  const bool lowered = ToC10ScalarType(product.output_type) == at::kChar;
  const at::Tensor x =
      at::_make_per_tensor_quantized_tensor(raised ? Flipped(input) : input, product.input_scale,
                                            product.input_zero_point + (raised ? kShift : 0));
  const c10::IValue y = CallOn(kernel.run, {x, kernel.packed, product.output_scale,
                                            product.output_zero_point + (lowered ? kShift : 0)});
  const at::Tensor codes = y.toTensor().int_repr();
  return (lowered ? Flipped(codes) : codes).clamp(product.output_min, product.output_max);
}

}  // namespace foldproof::exec::torch_module
