// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/operators.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "harness/exec/integer/arithmetic.h"
#include "harness/exec/integer/layout.h"
#include "harness/exec/integer/quantization.h"
#include "harness/exec/overloaded.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using CodedKernel = NodeKernel<CodedTensor>;
using Read = ReadValue<CodedTensor>;
using Values = std::vector<CodedTensor>;

const CodedTensor* Maybe(const Read& read, const std::optional<ir::ValueId>& id) {
  return id ? &read(*id) : nullptr;
}

NumberOrTensor CodedOperandOf(const Read& read, const ir::Operand& operand) {
  if (const auto* id = std::get_if<ir::ValueId>(&operand)) return &read(*id);
  if (const auto* real = std::get_if<double>(&operand)) return *real;
  return std::get<std::int64_t>(operand);
}

ChannelParams ParamsOf(const Read& read, const ir::ChannelQuantParams& params) {
  std::optional<Tensor> zero_points;
  if (params.zero_points) zero_points = read(*params.zero_points).ToTensor();
  return {read(params.scales).ToTensor(),
          std::move(zero_points),
          params.axis,
          params.quant_min,
          params.quant_max,
          params.dtype};
}

// `channels` numbers of an optional float parameter.
std::vector<float> ParameterOf(const CodedTensor* tensor, std::size_t channels,
                               float where_absent) {
  if (tensor == nullptr) return std::vector<float>(channels, where_absent);
  if (tensor->dtype() != ir::ScalarType::kFloat32 || tensor->count() != channels) {
    Refuse("a parameter is no float32 number a channel");
  }
  const auto numbers = tensor->As<float>();
  return {numbers.begin(), numbers.end()};
}

struct Statistics {
  std::vector<float> mean;
  std::vector<float> inverse;  // 1 / sqrt(var + eps)
};

// The statistics of the batch: mean and biased variance are summed in float64; the mean and
// f64(1 / sqrt(var + eps)) are rounded once.
Statistics BatchStatistics(const CodedTensor& input, std::size_t channels, double eps) {
  Statistics out;
  const auto x = input.As<float>();
  const auto batch = static_cast<std::size_t>(input.sizes()[0]);
  const std::size_t plane = batch * channels == 0 ? 0 : x.size() / (batch * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0, squares = 0;
    const auto each = [&](auto visit) {
      for (std::size_t n = 0; n < batch; ++n) {
        for (std::size_t i = 0; i < plane; ++i) visit(double{x[(n * channels + c) * plane + i]});
      }
    };
    const auto terms = static_cast<double>(batch * plane);
    each([&](double v) { sum += v; });
    const double mean = sum / terms;
    each([&](double v) { squares += (v - mean) * (v - mean); });
    out.mean.push_back(static_cast<float>(mean));
    out.inverse.push_back(static_cast<float>(1.0 / std::sqrt(squares / terms + eps)));
  }
  return out;
}

// The running ones: f32(1 / f32(sqrt(f32(var + f32(eps))))).
Statistics RunningStatistics(const Read& read, const ir::BatchNorm& op, std::size_t channels) {
  Statistics out{ParameterOf(Maybe(read, op.running_mean), channels, 0),
                 ParameterOf(Maybe(read, op.running_var), channels, 1)};
  for (float& number : out.inverse) {
    const float deviation = std::sqrt(number + static_cast<float>(op.eps));
    number = 1.0f / deviation;
  }
  return out;
}

// alpha = f32(inverse * gamma), beta = fma(-mean, alpha, bias) (docs/numerics.md, eq. 5).
CodedTensor BatchNormOf(const Read& read, const ir::BatchNorm& op) {
  const CodedTensor& input = read(op.input);
  if (input.rank() < 2 || input.dtype() != ir::ScalarType::kFloat32) {
    Refuse("takes float32 of at least 2 dimensions");
  }
  const auto channels = static_cast<std::size_t>(input.sizes()[1]);
  const bool of_batch = op.training || !op.running_mean || !op.running_var;
  const Statistics statistics =
      of_batch ? BatchStatistics(input, channels, op.eps) : RunningStatistics(read, op, channels);
  const std::vector<float> weight = ParameterOf(Maybe(read, op.weight), channels, 1);
  const std::vector<float> bias = ParameterOf(Maybe(read, op.bias), channels, 0);
  BatchNormConstants constants;
  for (std::size_t c = 0; c < channels; ++c) {
    const float alpha = statistics.inverse[c] * weight[c];
    constants.scale.push_back(alpha);
    constants.shift.push_back(std::fma(-statistics.mean[c], alpha, bias[c]));
  }
  return ComputeBatchNorm(constants, input);
}

CodedTensor Filled(const ir::Graph& graph, const ir::Node& node, double value) {
  const auto& type = graph.value(node.outputs.at(0)).type;
  if (!type || !type->is_static()) Refuse("a tensor of unknown size is not filled here");
  const std::vector<std::int64_t> sizes = type->sizes();
  const std::vector<double> numbers(CountOf(sizes), value);
  return StoreNumbers<double>(numbers, type->dtype, sizes);
}

// Runs a convolution or a linear layer by a kernel that keeps its weight ready from run to run.
template <typename Kernel, typename Op>
CodedKernel ProductOf(std::shared_ptr<Kernel> kernel, const Op& op) {
  return [&op, kernel](const Read& read) {
    return Values{kernel->Run(read(op.input), read(op.weight), Maybe(read, op.bias))};
  };
}

}  // namespace

CodedKernel IntegerOperators::KernelOf(const ir::Graph& graph, const ir::Node& node) const {
  // A kernel of one result, computed by `work` from what it reads.
  const auto one = [](auto work) -> CodedKernel {
    return [work](const Read& read) { return Values{work(read)}; };
  };
  return std::visit(
      Overloaded{
          [&](const ir::Opaque&) { return OpaqueKernel(graph, node); },
          [&](const ir::GetAttr&) -> CodedKernel { Refuse("names no constant of the program"); },
          [&](const ir::QuantizePerTensor& op) {
            return one(
                [&op](const Read& read) { return QuantizeTensor(read(op.input), op.params); });
          },
          [&](const ir::DequantizePerTensor& op) {
            return one(
                [&op](const Read& read) { return DequantizeTensor(read(op.input), op.params); });
          },
          [&](const ir::QuantizePerChannel& op) {
            return one([&op](const Read& read) {
              return QuantizeChannels(read(op.input), ParamsOf(read, op.params));
            });
          },
          [&](const ir::DequantizePerChannel& op) {
            return one([&op](const Read& read) {
              return DequantizeChannels(read(op.input), ParamsOf(read, op.params));
            });
          },
          [&](const ir::Convolution& op) {
            return ProductOf(std::make_shared<ConvKernel>(op), op);
          },
          [&](const ir::BatchNorm& op) -> CodedKernel {
            if (node.outputs.size() > 1 && op.training) Refuse("its statistics are not given here");
            return [&op, results = node.outputs.size()](const Read& read) {
              // With running statistics the native forms return empty ones of the batch.
              const CodedTensor empty(ir::ScalarType::kFloat32, {0}, NewElements(0));
              Values values(std::max<std::size_t>(1, results), empty);
              values[0] = BatchNormOf(read, op);
              return values;
            };
          },
          [&](const ir::Binary& op) {
            return one([&op](const Read& read) {
              return ComputeBinary(op, CodedOperandOf(read, op.self),
                                   CodedOperandOf(read, op.other));
            });
          },
          [&](const ir::Unary& op) {
            return one([&op](const Read& read) { return ComputeUnary(op, read(op.input)); });
          },
          [&](const ir::Compare& op) {
            return one([&op](const Read& read) {
              return ComputeCompare(op, CodedOperandOf(read, op.self),
                                    CodedOperandOf(read, op.other));
            });
          },
          [&](const ir::Where& op) {
            return one([&op](const Read& read) {
              return ComputeWhere(read(op.condition), CodedOperandOf(read, op.self),
                                  CodedOperandOf(read, op.other));
            });
          },
          [&](const ir::Prelu& op) {
            return one(
                [&op](const Read& read) { return ComputePrelu(read(op.input), read(op.weight)); });
          },
          [&](const ir::Clamp& op) {
            return one([&op](const Read& read) { return ComputeClamp(op, read(op.input)); });
          },
          [&](const ir::Reshape& op) {
            const auto& type = graph.value(node.outputs.at(0)).type;
            if (!type) Refuse("its result has no shape");
            return one(
                [&op, &type](const Read& read) { return ComputeReshape(read(op.input), *type); });
          },
          [&](const ir::Permute& op) {
            return one([&op](const Read& read) { return ComputePermute(read(op.input), op.dims); });
          },
          [&](const ir::Copy& op) {
            return one([&op](const Read& read) { return read(op.input); });
          },
          [&](const ir::Cast& op) {
            return one([&op](const Read& read) { return ComputeCast(read(op.input), op.dtype); });
          },
          [&](const ir::Fill& op) {
            return one([&graph, &node, &op](const Read&) { return Filled(graph, node, op.value); });
          },
          [&](const ir::Pad& op) {
            return one([&op](const Read& read) { return ComputePad(op, read(op.input)); });
          },
          [&](const ir::Linear& op) { return ProductOf(std::make_shared<LinearKernel>(), op); },
      },
      node.op);
}

}  // namespace foldproof::exec
