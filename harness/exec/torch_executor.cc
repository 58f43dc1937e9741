// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch_executor.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "harness/exec/call_arguments.h"
#include "harness/exec/code_vector.h"
#include "harness/exec/fused_ops.h"
#include "harness/exec/quantized_decomposed.h"
#include "harness/exec/run_plan.h"
#include "harness/exec/symbolic_number.h"

namespace foldproof::exec {
namespace {

// A tensor of the module's; several values share one where they are the same constant.
using SharedHandle = std::shared_ptr<FoldproofTorchTensor>;
// A value while the program runs. A Tensor becomes a handle when libtorch first wants it.
using Held = std::variant<Tensor, SharedHandle, std::int64_t, double, bool>;

[[noreturn]] void Refuse(std::string place, std::string why) {
  throw Error(Error::Code::kInput, std::move(place), std::move(why));
}

bool IsComputedHere(std::string_view target) {
  return IsQuantizedDecomposed(target) || IsFusedOp(target);
}

NodeEffects EffectsOfNode(const TorchModule& module, const ir::Node& node) {
  if (IsComputedHere(node.target) || IsSymbolicNumberOp(node.target)) return {};
  std::vector<const char*> names;
  for (const ir::Argument& argument : node.arguments) names.push_back(argument.name.c_str());
  const Effects effects = module.EffectsOf(ParseTarget(node.target), names);
  NodeEffects out;
  // Some operators return their input itself where there is nothing to do, and their schema does
  // not say so (dropout).
  if (const auto* copy = std::get_if<ir::Copy>(&node.op)) out.views.push_back(copy->input);
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    ir::ForEachRead(node.arguments[i].value, [&](ir::ValueId id) {
      if (effects.writes[i]) out.writes.push_back(id);
      if (effects.views[i]) out.views.push_back(id);
    });
  }
  return out;
}

// A feed must be of its value's type; a symbolic dimension takes any size.
void CheckFeed(const ir::Value& value, const Tensor& tensor) {
  bool fits = value.type ? tensor.dtype == value.type->dtype
                         : tensor.sizes.empty() && ir::IsInteger(tensor.dtype);
  if (value.type && fits) {
    const std::vector<ir::Dim>& dims = value.type->dims;
    fits = tensor.sizes.size() == dims.size();
    for (std::size_t d = 0; fits && d < dims.size(); ++d) {
      fits = !dims[d].is_static() || dims[d].size == tensor.sizes[d];
    }
  }
  if (fits) return;
  const std::string got = ir::MakeTensorType(tensor.dtype, tensor.sizes).ToString();
  const std::string wanted = value.type ? value.type->ToString() : "an integer";
  Refuse(value.name, fmt::format("takes {}, but {} was given", wanted, got));
}

// One run of one program: the values that are alive, and how each kind of node makes more of them.
class TorchRun {
 public:
  TorchRun(const TorchModule& module, const ir::Program& program)
      : module_(module), program_(program), constants_(ConstantsByValue(program)) {}

  void Feed(ir::ValueId id, const Tensor& tensor) {
    const ir::Value& value = program_.graph.value(id);
    CheckFeed(value, tensor);
    fed_.insert(id);
    if (value.type) {
      held_.insert_or_assign(id, tensor);
    } else {
      held_.insert_or_assign(id, IntegersOf(tensor).front());
    }
  }

  Tensors Fetch(const std::vector<ir::ValueId>& fetch);

 private:
  void RunNode(const ir::Node& node);
  void RunQuantized(const ir::Node& node);
  void RunSymbolic(const ir::Node& node);
  void RunOperator(const ir::Node& node);
  void Keep(ir::ValueId id, Held held) {
    if (!fed_.contains(id)) held_.insert_or_assign(id, std::move(held));
  }
  Held& Find(ir::ValueId id);
  Held Constant(const ir::Constant& constant);
  Operand OperandOf(ir::ValueId id);
  Tensor TensorOf(ir::ValueId id);

  const TorchModule& module_;
  const ir::Program& program_;
  std::map<ir::ValueId, const ir::Constant*> constants_;
  std::set<ir::ValueId> fed_;
  std::map<ir::ValueId, Held> held_;
  // By storage, offset, sizes and strides: a constant under two names is one tensor.
  std::map<std::tuple<std::uint32_t, std::int64_t, std::vector<std::int64_t>,
                      std::vector<std::int64_t>, ir::ScalarType>,
           SharedHandle>
      constant_handles_;
};

Tensors TorchRun::Fetch(const std::vector<ir::ValueId>& fetch) {
  const auto effects_of = [&](const ir::Node& node) { return EffectsOfNode(module_, node); };
  const RunPlan plan = PlanRun(program_, fed_, fetch, effects_of);
  const std::set<ir::ValueId> wanted(fetch.begin(), fetch.end());
  const std::set<ir::ValueId> returned = ReturnedValues(program_.graph);
  Tensors out;
  const auto read_now = [&](ir::ValueId id) {
    if (wanted.contains(id) && !returned.contains(id)) out.insert_or_assign(id, TensorOf(id));
  };
  for (const ir::ValueId id : wanted) {
    if (fed_.contains(id) || constants_.contains(id)) read_now(id);
  }
  for (const RunPlan::Step& step : plan.steps) {
    const ir::Node& node = program_.graph.node(step.node);
    try {
      RunNode(node);
      for (const ir::ValueId output : node.outputs) {
        if (held_.contains(output)) read_now(output);
      }
    } catch (const Error& error) {
      // An error with a place names a value already: an input that is missing.
      if (!error.place().empty() || error.code() != Error::Code::kInput) throw;
      Refuse(node.name, fmt::format("{}: {}", node.target, error.why()));
    }
    for (const ir::ValueId id : step.dead) {
      if (!wanted.contains(id)) held_.erase(id);
    }
  }
  for (const ir::ValueId id : wanted) {
    if (!out.contains(id)) out.emplace(id, TensorOf(id));
  }
  return out;
}

void TorchRun::RunNode(const ir::Node& node) {
  if (std::holds_alternative<ir::GetAttr>(node.op)) return;  // Find reads it as a constant
  if (IsComputedHere(node.target)) return RunQuantized(node);
  if (IsSymbolicNumberOp(node.target)) return RunSymbolic(node);
  RunOperator(node);
}

void TorchRun::RunQuantized(const ir::Node& node) {
  if (node.outputs.size() != 1) Refuse("", "has one result, but the program names another number");
  const TensorOfValue tensor_of = [&](ir::ValueId id) { return TensorOf(id); };
  Keep(node.outputs.front(), IsFusedOp(node.target) ? RunFusedOp(node, tensor_of)
                                                    : RunQuantizedDecomposed(node, tensor_of));
}

void TorchRun::RunSymbolic(const ir::Node& node) {
  std::vector<std::int64_t> operands;
  for (const ir::Argument& argument : node.arguments) {
    const auto* id = std::get_if<ir::ValueId>(&argument.value);
    const auto* number = std::get_if<std::int64_t>(&argument.value);
    const Held held = id ? Find(*id) : number ? Held(*number) : Held(0.0);
    const auto* integer = std::get_if<std::int64_t>(&held);
    if (integer == nullptr) Refuse("", "is run on integers alone");
    operands.push_back(*integer);
  }
  if (node.outputs.size() != 1) Refuse("", "has one result, but the program names another number");
  std::visit([&](auto result) { Keep(node.outputs.front(), result); },
             RunSymbolicNumberOp(node.target, operands));
}

void TorchRun::RunOperator(const ir::Node& node) {
  const CallArguments arguments(node, [&](ir::ValueId id) { return OperandOf(id); });
  auto results = module_.Call(ParseTarget(node.target), arguments.all(), node.outputs.size());
  if (results.size() < node.outputs.size()) {
    Refuse("", fmt::format("has {} results, but the program names {}", results.size(),
                           node.outputs.size()));
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    std::visit(
        [&](auto& result) {
          using Kind = std::decay_t<decltype(result)>;
          if constexpr (std::is_same_v<Kind, TorchModule::Handle>) {
            Keep(node.outputs[i], SharedHandle(std::move(result)));
          } else if constexpr (!std::is_same_v<Kind, std::monostate>) {
            Keep(node.outputs[i], result);
          }
        },
        results[i]);
  }
}

Held TorchRun::Constant(const ir::Constant& constant) {
  const std::vector<std::int64_t> sizes = constant.type.sizes();
  SharedHandle& handle = constant_handles_[{constant.storage, constant.offset, sizes,
                                            constant.strides, constant.type.dtype}];
  if (!handle) handle = module_.Make({constant.type.dtype, sizes, program_.BytesOf(constant)});
  return handle;
}

Held& TorchRun::Find(ir::ValueId id) {
  const auto found = held_.find(id);
  if (found != held_.end()) return found->second;
  const auto constant = constants_.find(id);
  const ir::Value& value = program_.graph.value(id);
  if (constant != constants_.end()) {
    return held_.emplace(id, Constant(*constant->second)).first->second;
  }
  if (!value.producer) Refuse(value.name, "is an input of the program and was not given");
  Refuse(value.name, "has no value: its node returned none");
}

Operand TorchRun::OperandOf(ir::ValueId id) {
  Held& held = Find(id);
  if (const auto* tensor = std::get_if<Tensor>(&held)) held = SharedHandle(module_.Make(*tensor));
  if (const auto* handle = std::get_if<SharedHandle>(&held)) return handle->get();
  if (const auto* integer = std::get_if<std::int64_t>(&held)) return *integer;
  if (const auto* real = std::get_if<double>(&held)) return *real;
  return std::get<bool>(held);
}

Tensor TorchRun::TensorOf(ir::ValueId id) {
  const Held& held = Find(id);
  if (const auto* tensor = std::get_if<Tensor>(&held)) return *tensor;
  if (const auto* handle = std::get_if<SharedHandle>(&held)) return module_.Read(handle->get());
  if (const auto* integer = std::get_if<std::int64_t>(&held)) {
    return Tensor::Of<std::int64_t>(ir::ScalarType::kInt64, {}, {*integer});
  }
  if (const auto* real = std::get_if<double>(&held)) {
    return Tensor::Of<double>(ir::ScalarType::kFloat64, {}, {*real});
  }
  return Tensor::Of<std::uint8_t>(ir::ScalarType::kBool, {}, {std::get<bool>(held)});
}

class PreparedTorchProgram : public PreparedProgram {
 public:
  PreparedTorchProgram(const TorchModule& module, const ir::Program& program,
                       const std::set<ir::ValueId>& fed, const std::vector<ir::ValueId>& fetch)
      : module_(module), program_(program), fed_(fed), fetch_(fetch) {}

  Tensors Run(const Tensors& feeds) override {
    TorchRun run(module_, program_);
    for (const ir::ValueId id : fed_) run.Feed(id, feeds.at(id));
    return run.Fetch(fetch_);
  }

 private:
  const TorchModule& module_;
  const ir::Program& program_;
  const std::set<ir::ValueId> fed_;
  const std::vector<ir::ValueId> fetch_;
};

}  // namespace

std::unique_ptr<PreparedProgram> TorchExecutor::Prepare(const ir::Program& program,
                                                        const std::set<ir::ValueId>& fed,
                                                        const std::vector<ir::ValueId>& fetch) {
  return std::make_unique<PreparedTorchProgram>(module_, program, fed, fetch);
}

std::unique_ptr<Executor> OpenTorchExecutor() {
  return std::make_unique<TorchExecutor>(FindTorchModule());
}

}  // namespace foldproof::exec
