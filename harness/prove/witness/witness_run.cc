// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/witness/witness_run.h"

#include <cstring>

namespace foldproof::prove {
namespace {

exec::Tensor Zeros(const ir::TensorType& type) {
  exec::Tensor out{type.dtype, type.sizes(), {}};
  out.bytes.resize(static_cast<std::size_t>(out.count()) * ir::ElementSize(type.dtype));
  return out;
}

// Whoever looks at all elements asks for one at a time: the tensor is not copied for it.
template <typename T>
double NumberAt(const exec::Tensor& tensor, std::size_t at) {
  FP_CHECK((at + 1) * sizeof(T) <= tensor.bytes.size());
  T number;
  std::memcpy(&number, tensor.bytes.data() + at * sizeof(T), sizeof(T));
  return static_cast<double>(number);
}

}  // namespace

std::optional<double> ElementOf(const exec::Tensor& tensor, std::int64_t index) {
  if (index < 0 || index >= tensor.count()) return std::nullopt;
  const auto at = static_cast<std::size_t>(index);
  switch (tensor.dtype) {
    case ir::ScalarType::kFloat32: return NumberAt<float>(tensor, at);
    case ir::ScalarType::kFloat64: return NumberAt<double>(tensor, at);
    case ir::ScalarType::kInt8: return NumberAt<std::int8_t>(tensor, at);
    case ir::ScalarType::kUInt8: return NumberAt<std::uint8_t>(tensor, at);
    case ir::ScalarType::kInt16: return NumberAt<std::int16_t>(tensor, at);
    case ir::ScalarType::kUInt16: return NumberAt<std::uint16_t>(tensor, at);
    case ir::ScalarType::kInt32: return NumberAt<std::int32_t>(tensor, at);
    default: return std::nullopt;
  }
}

exec::Tensor InputOf(const Side& side, ir::ValueId user, std::size_t index,
                     const WitnessInput& input) {
  if (index == input.user_input) return input.tensor;
  const auto& type = side.view.program().graph.value(user).type;
  if (!type || !type->is_static())
    throw Error(Error::Code::kInput, "", "an input has no static shape");
  return Zeros(*type);
}

exec::Tensors FeedsOf(const Side& side, ir::ValueId cut, bool codes, const ConvSide& conv,
                      const WitnessInput& input, bool whole) {
  exec::Tensors feeds;
  const ir::Program& program = side.view.program();
  const bool is_cut = input.level == Witness::Level::kSite;
  if (is_cut) {
    exec::Tensor fed = codes ? CodesOf(input.tensor, conv.input_params) : input.tensor;
    feeds.emplace(cut, AsValue(program.graph.value(cut), std::move(fed)));
    if (!whole) return feeds;
  }
  const auto users = program.UserInputs();
  for (std::size_t u = 0; u < users.size(); ++u) {
    if (is_cut && users[u] == cut) continue;
    const auto& type = program.graph.value(users[u]).type;
    if (is_cut && (!type || !type->is_static()))
      throw Error(Error::Code::kInput, "", "an input has no static shape");
    feeds.emplace(users[u], is_cut ? Zeros(*type) : InputOf(side, users[u], u, input));
  }
  return feeds;
}

}  // namespace foldproof::prove
