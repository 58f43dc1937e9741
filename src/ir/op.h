// SPDX-License-Identifier: BSD-3-Clause
//
// The operators that folds, tails and integer kernels reason about, as typed structs. Every other
// target is Opaque: kept whole in the node's arguments, run through the boxed dispatcher.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/ir/argument.h"

namespace foldproof::ir {

// Quantization per tensor: real = (code - zero_point) * scale, code in [quant_min, quant_max].
struct QuantParams {
  double scale = 1;  // float64 in the graph; finite and > 0
  std::int64_t zero_point = 0;
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
  ScalarType dtype = ScalarType::kInt8;  // of the codes: uint8, int8, int16, uint16, int32
  friend bool operator==(const QuantParams&, const QuantParams&) = default;
};

// Quantization per channel: scale and zero point are tensors over dimension `axis`.
struct ChannelQuantParams {
  ValueId scales;
  std::optional<ValueId> zero_points;
  std::int64_t axis = 0;  // >= 0
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
  ScalarType dtype = ScalarType::kInt8;
  friend bool operator==(const ChannelQuantParams&, const ChannelQuantParams&) = default;
};

// A parameter, buffer or constant of a program in GraphModule form.
struct GetAttr {
  std::string attribute;  // qualified name
};

struct QuantizePerTensor {
  ValueId input;
  QuantParams params;
};

struct DequantizePerTensor {
  ValueId input;
  QuantParams params;
};

struct QuantizePerChannel {
  ValueId input;
  ChannelQuantParams params;
};

struct DequantizePerChannel {
  ValueId input;
  ChannelQuantParams params;
};

// conv1d/2d/3d, convolution, conv_transpose1d/2d/3d. All vectors have one entry a spatial
// dimension.
struct Convolution {
  enum class Padding { kNumbers, kSame, kValid };

  ValueId input;   // [N, C, spatial...] or, unbatched, [C, spatial...]
  ValueId weight;  // [O, C / groups, kernel...]; transposed: [C, O / groups, kernel...]
  std::optional<ValueId> bias;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> padding;  // all 0 unless padding_mode is kNumbers
  std::vector<std::int64_t> dilation;
  std::vector<std::int64_t> output_padding;
  std::int64_t groups = 1;
  bool transposed = false;
  Padding padding_mode = Padding::kNumbers;

  std::size_t spatial() const { return stride.size(); }
};

// batch_norm, _native_batch_norm_legit_no_training, native_batch_norm; the result is output 0.
struct BatchNorm {
  ValueId input;
  std::optional<ValueId> weight;
  std::optional<ValueId> bias;
  std::optional<ValueId> running_mean;
  std::optional<ValueId> running_var;
  bool training = false;  // batch statistics
  double eps = 1e-5;
};

using Operand = std::variant<ValueId, double, std::int64_t>;

// add, sub, mul, div, Tensor and Scalar overloads. add and sub: self + alpha * other.
struct Binary {
  enum class Kind { kAdd, kSub, kMul, kDiv, kMinimum, kMaximum };
  enum class Rounding { kNone, kFloor, kTrunc };

  Kind kind;
  Operand self;
  Operand other;
  std::variant<double, std::int64_t> alpha = std::int64_t{1};
  Rounding rounding = Rounding::kNone;
  bool in_place = false;
};

// Elementwise functions of one tensor.
struct Unary {
  enum class Kind {
    kRelu,
    kNeg,
    kAbs,
    kSqrt,
    kRsqrt,
    kReciprocal,
    kExp,
    kExpm1,  // exp(x) - 1
    kLog1p,  // log(1 + x)
    kTanh,
    kErf,
    kSigmoid,
    kSilu,
    kHardswish,
    kHardsigmoid,
    kMish,
    kGelu,
    kGeluTanh,
    kSoftplus,
    kElu,
    kLeakyRelu,
    kRound,  // to an integer, ties to even
    kFloor,
    kCeil,
    kTrunc,
    kFrac,  // x - trunc(x)
    kSign,  // 0 of NaN
    kSquare,
    kCube,           // (x * x) * x
    kInverseSquare,  // 1 / (x * x)
    kThreshold,      // x where x > threshold, else value
    kHardshrink,     // 0 where |x| <= lambd, else x
    kSoftshrink,     // 0 where |x| <= lambd, else x less lambd on the side of x
  };

  Kind kind;
  ValueId input;
  // elu: alpha, scale, input_scale (celu: alpha, 1, 1 / alpha; selu: two constants, 1);
  // leaky_relu: negative_slope; softplus: beta, threshold; threshold: threshold, value;
  // hardshrink, softshrink: lambd.
  std::array<double, 3> parameters{};
  bool in_place = false;
};

// gt, ge, lt, le, eq, ne: whether they hold, element by element.
struct Compare {
  enum class Kind { kGreater, kGreaterEqual, kLess, kLessEqual, kEqual, kNotEqual };

  Kind kind;
  Operand self;
  Operand other;
};

// where, masked_fill: self where the condition holds, else other.
struct Where {
  ValueId condition;  // bool
  Operand self;
  Operand other;
};

// x where x > 0, else weight * x; the weight has one number, or one an index of dimension 1.
struct Prelu {
  ValueId input;
  ValueId weight;
};

// hardtanh, relu6, clamp: min(max(x, low), high); an absent bound does not bound.
struct Clamp {
  ValueId input;
  std::optional<double> low;
  std::optional<double> high;
  bool in_place = false;
};

// reshape, view, _unsafe_view, flatten, squeeze, unsqueeze: the elements in their row-major order
// under a new shape (that of the node's output).
struct Reshape {
  ValueId input;
};

// permute, transpose, t: output dimension i is input dimension dims[i].
struct Permute {
  ValueId input;
  std::vector<std::int64_t> dims;
};

// clone, contiguous, alias, detach, dropout in eval mode, identity: the same tensor.
struct Copy {
  ValueId input;
};

// to.dtype, _to_copy: elements converted to the output's dtype.
struct Cast {
  ValueId input;
  ScalarType dtype;
};

// zeros, zeros_like, full, full_like: a tensor of the output's type filled with one number.
struct Fill {
  double value = 0;
};

// pad, constant_pad_nd, reflection_pad, replication_pad. `amounts` as in torch: (before, after)
// pairs from the last dimension on.
struct Pad {
  enum class Mode { kConstant, kReflect, kReplicate, kCircular };

  ValueId input;
  std::vector<std::int64_t> amounts;
  Mode mode = Mode::kConstant;
  double value = 0;
};

struct Linear {
  ValueId input;
  ValueId weight;
  std::optional<ValueId> bias;
};

struct Opaque {};

using Op = std::variant<Opaque, GetAttr, QuantizePerTensor, DequantizePerTensor, QuantizePerChannel,
                        DequantizePerChannel, Convolution, BatchNorm, Binary, Unary, Compare, Where,
                        Prelu, Clamp, Reshape, Permute, Copy, Cast, Fill, Pad, Linear>;

struct Node;
class Graph;

// The typed form of `node`, read from its target and its arguments by name. A target that is known
// but whose arguments make no sense (a scale of 0 or NaN, groups of 0) is an Error of input, with
// the node's name as place; an unknown target, or a known one used in a way not covered here, is
// Opaque.
Op DecodeOp(const Graph& graph, const Node& node);

// "aten.relu_.default" -> "aten.relu.default"; empty where the name does not end in one underscore.
std::string WithoutInPlaceMark(std::string_view target);

}  // namespace foldproof::ir
