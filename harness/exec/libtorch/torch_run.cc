// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_run.h"

#include <fmt/format.h>

#include <set>
#include <span>
#include <string>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/plan/node_error.h"
#include "harness/exec/plan/symbolic_number.h"
#include "harness/exec/quantized/code_loops.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
TorchRun::TorchRun(const TorchPlan& plan, std::vector<Held> constants)
    : plan_(plan), held_(std::move(constants)) {
  held_.resize(plan.program.graph.values().size());
}

void TorchRun::Feed(ir::ValueId id, const Tensor& tensor) {
  if (plan_.program.graph.value(id).type) {
    held_[id.index] = Widened(tensor);
  } else {
    held_[id.index] = IntegersOf(tensor).front();
  }
}

Tensors TorchRun::Fetch() {
  Tensors out;
  const auto read_now = [&](ir::ValueId id) {
    if (plan_.fetch.contains(id) && !plan_.returned.contains(id)) {
      out.insert_or_assign(id, TensorOf(id));
    }
  };
  for (const ir::ValueId id : plan_.fetch) {
    if (plan_.fed.contains(id) || plan_.constants.contains(id)) read_now(id);
  }
  for (const TorchStep& step : plan_.steps) {
    RunStep(step);
    for (const ir::ValueId output : step.node->outputs) {
      if (!std::holds_alternative<std::monostate>(held_[output.index])) read_now(output);
    }
    for (const ir::ValueId id : step.dead) {
      if (!plan_.fetch.contains(id)) held_[id.index] = std::monostate();
    }
  }
  for (const ir::ValueId id : plan_.fetch) {
    if (!out.contains(id)) out.emplace(id, TensorOf(id));
  }
  return out;
}

void TorchRun::RunConstantSteps() {
  for (const TorchStep& step : plan_.constant_steps) RunStep(step);
  std::set<ir::ValueId> read(plan_.fetch);
  for (const TorchStep& step : plan_.steps) {
    read.insert(step.reads.begin(), step.reads.end());
  }
  for (std::uint32_t i = 0; i < held_.size(); ++i) {
    const bool kept = read.contains({i}) && !plan_.changed.contains({i});
    if (!kept) held_[i] = std::monostate();
    if (kept && plan_.constants.contains({i}) && !plan_.fed.contains({i})) KeepConstant({i});
  }
}

void TorchRun::KeepConstant(ir::ValueId id) {
  try {
    OperandOf(id);
  } catch (const Error& error) {  // of an element type that an old libtorch has not
    throw error.place().empty() ? error.Within(plan_.program.graph.value(id).name) : error;
  }
}

void TorchRun::RunStep(const TorchStep& step) {
  const ir::Node& node = *step.node;
  NamingNode(node, [&] {
    switch (step.kind) {
      case TorchStep::Kind::kNothing: break;
      case TorchStep::Kind::kQuantize:
        Quantize(node, std::get<ir::QuantizePerTensor>(node.op));
        break;
      case TorchStep::Kind::kDequantize:
        Dequantize(node, std::get<ir::DequantizePerTensor>(node.op));
        break;
      case TorchStep::Kind::kComputedHere: RunComputedHere(node); break;
      case TorchStep::Kind::kSymbolic: RunSymbolic(node); break;
      case TorchStep::Kind::kOperator: RunOperator(step); break;
      case TorchStep::Kind::kKernel: RunKernel(step); break;
    }
  });
}

// The elements of `id` where they lie, nullptr where they do not lie row-major in memory of `dtype`
// that can be borrowed.
const std::byte* TorchRun::ElementsOf(ir::ValueId id, ir::ScalarType dtype, ir::TensorType* type) {
  const Held& held = Find(id);
  if (const auto* tensor = std::get_if<Tensor>(&held)) {
    *type = ir::MakeTensorType(tensor->dtype, tensor->sizes);
    return tensor->dtype == dtype ? tensor->bytes.data() : nullptr;
  }
  const auto* handle = std::get_if<SharedHandle>(&held);
  if (handle == nullptr) return nullptr;
  *type = plan_.module.TypeOf(handle->get());
  return type->dtype == dtype ? plan_.module.Borrow(handle->get()) : nullptr;
}

void TorchRun::Quantize(const ir::Node& node, const ir::QuantizePerTensor& op) {
  ir::TensorType type;
  const std::byte* x =
      ElementsOf(op.input, is_wide() ? ir::ScalarType::kFloat64 : ir::ScalarType::kFloat32, &type);
  // uint16 is a type that an old libtorch has not.
  if (x == nullptr || op.params.dtype == ir::ScalarType::kUInt16) return RunComputedHere(node);
  SharedHandle codes = plan_.module.MakeUninitialized(op.params.dtype, type.sizes());
  const auto count = static_cast<std::size_t>(*type.element_count());
  std::byte* const out = plan_.module.Borrow(codes.get());
  if (is_wide()) {
    QuantizeElements(std::span(reinterpret_cast<const double*>(x), count), op.params, out);
  } else {
    QuantizeElements(std::span(reinterpret_cast<const float*>(x), count), op.params, out);
  }
  Keep(node.outputs.front(), std::move(codes));
}

void TorchRun::Dequantize(const ir::Node& node, const ir::DequantizePerTensor& op) {
  ir::TensorType type;
  const std::byte* codes = ElementsOf(op.input, op.params.dtype, &type);
  if (codes == nullptr) return RunComputedHere(node);
  const auto reals = is_wide() ? ir::ScalarType::kFloat64 : ir::ScalarType::kFloat32;
  SharedHandle x = plan_.module.MakeUninitialized(reals, type.sizes());
  const auto count = static_cast<std::size_t>(*type.element_count());
  std::byte* const out = plan_.module.Borrow(x.get());
  if (is_wide()) {
    DequantizeElements(codes, op.params, std::span(reinterpret_cast<double*>(out), count));
  } else {
    DequantizeElements(codes, op.params, std::span(reinterpret_cast<float*>(out), count));
  }
  Keep(node.outputs.front(), std::move(x));
}

void TorchRun::RunComputedHere(const ir::Node& node) {
  if (node.outputs.size() != 1) Refuse("has one result, but the program names another number");
  const TensorOfValue tensor_of = [&](ir::ValueId id) { return NarrowedAsDeclared(id); };
  const auto reals = is_wide() ? ir::ScalarType::kFloat64 : ir::ScalarType::kFloat32;
  Keep(node.outputs.front(), IsFusedOp(node.target)
                                 ? RunFusedOp(node, tensor_of)
                                 : RunQuantizedDecomposed(node, tensor_of, reals));
}

void TorchRun::RunSymbolic(const ir::Node& node) {
  std::vector<std::int64_t> operands;
  for (const ir::Argument& argument : node.arguments) {
    const auto* id = std::get_if<ir::ValueId>(&argument.value);
    const auto* number = std::get_if<std::int64_t>(&argument.value);
    const Held held = id ? Find(*id) : number ? Held(*number) : Held(0.0);
    const auto* integer = std::get_if<std::int64_t>(&held);
    if (integer == nullptr) Refuse("is run on integers alone");
    operands.push_back(*integer);
  }
  if (node.outputs.size() != 1) Refuse("has one result, but the program names another number");
  std::visit([&](auto result) { Keep(node.outputs.front(), result); },
             RunSymbolicNumberOp(node.target, operands));
}

void TorchRun::RunOperator(const TorchStep& step) {
  const ir::Node& node = step.rewritten ? *step.rewritten : *step.node;
  const CallArguments arguments(node, [&](ir::ValueId id) { return OperandOf(id); });
  auto results = plan_.module.Call(step.found.get(), arguments.all(), node.outputs.size());
  if (results.size() < node.outputs.size()) {
    Refuse(fmt::format("has {} results, but the program names {}", results.size(),
                       node.outputs.size()));
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    std::visit(
        [&](auto& result) {
          using Kind = std::decay_t<decltype(result)>;
          if constexpr (std::is_same_v<Kind, TorchModule::Handle>) {
            Keep(node.outputs[i], Widened(SharedHandle(std::move(result))));
          } else if constexpr (!std::is_same_v<Kind, std::monostate>) {
            Keep(node.outputs[i], result);
          }
        },
        results[i]);
  }
}

void TorchRun::RunKernel(const TorchStep& step) {
  const Operand input = OperandOf(step.site->input.codes);
  auto* const* codes = std::get_if<FoldproofTorchTensor*>(&input);
  if (codes == nullptr) Refuse("its codes are no tensor");
  Keep(step.node->outputs.front(), SharedHandle(plan_.module.RunKernel(step.kernel.get(), *codes)));
}

Held TorchRun::Constant(const ir::Constant& constant) {
  const std::vector<std::int64_t> sizes = constant.type.sizes();
  SharedHandle& handle = constant_handles_[{constant.storage, constant.offset, sizes,
                                            constant.strides, constant.type.dtype}];
  if (!handle) {
    handle =
        plan_.module.Make(Widened({constant.type.dtype, sizes, plan_.program.BytesOf(constant)}));
  }
  return handle;
}

Held& TorchRun::Find(ir::ValueId id) {
  Held& held = held_[id.index];
  if (!std::holds_alternative<std::monostate>(held)) return held;
  const auto constant = plan_.constants.find(id);
  const ir::Value& value = plan_.program.graph.value(id);
  if (constant != plan_.constants.end()) return held = Constant(*constant->second);
  if (!value.producer) Refuse(value.name, "is an input of the program and was not given");
  Refuse(value.name, "has no value: its node returned none");
}

Operand TorchRun::OperandOf(ir::ValueId id) {
  Held& held = Find(id);
  if (const auto* tensor = std::get_if<Tensor>(&held)) {
    held = SharedHandle(plan_.module.Make(*tensor));
  }
  if (const auto* handle = std::get_if<SharedHandle>(&held)) return handle->get();
  if (const auto* integer = std::get_if<std::int64_t>(&held)) return *integer;
  if (const auto* real = std::get_if<double>(&held)) return *real;
  return std::get<bool>(held);
}

Tensor TorchRun::TensorOf(ir::ValueId id) {
  const Held& held = Find(id);
  if (const auto* tensor = std::get_if<Tensor>(&held)) return *tensor;
  if (const auto* handle = std::get_if<SharedHandle>(&held)) {
    return plan_.module.Read(handle->get());
  }
  if (const auto* integer = std::get_if<std::int64_t>(&held)) {
    return Tensor::Of<std::int64_t>(ir::ScalarType::kInt64, {}, {*integer});
  }
  if (const auto* real = std::get_if<double>(&held)) {
    return Tensor::Of<double>(ir::ScalarType::kFloat64, {}, {*real});
  }
  return Tensor::Of<std::uint8_t>(ir::ScalarType::kBool, {}, {std::get<bool>(held)});
}

Tensor TorchRun::Widened(Tensor tensor) const {
  if (!is_wide() || tensor.dtype != ir::ScalarType::kFloat32) return tensor;
  const std::vector<float> narrow = tensor.Elements<float>();
  return Tensor::Of(ir::ScalarType::kFloat64, tensor.sizes,
                    std::vector<double>(narrow.begin(), narrow.end()));
}

// Where an operator makes float32 of something else (the quotient of integers).
SharedHandle TorchRun::Widened(SharedHandle handle) const {
  if (!is_wide() || plan_.module.TypeOf(handle.get()).dtype != ir::ScalarType::kFloat32) {
    return handle;
  }
  return plan_.module.Make(Widened(plan_.module.Read(handle.get())));
}

Tensor TorchRun::NarrowedAsDeclared(ir::ValueId id) {
  Tensor tensor = TensorOf(id);
  const auto& declared = plan_.program.graph.value(id).type;
  const bool narrow = is_wide() && tensor.dtype == ir::ScalarType::kFloat64 && declared &&
                      declared->dtype == ir::ScalarType::kFloat32;
  if (!narrow) return tensor;
  std::vector<float> out;
  for (const double x : tensor.Elements<double>()) out.push_back(static_cast<float>(x));
  return Tensor::Of(ir::ScalarType::kFloat32, tensor.sizes, out);
}

}  // namespace foldproof::exec
