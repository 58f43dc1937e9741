// SPDX-License-Identifier: BSD-3-Clause
//
// What stands behind a block's convolution: division, original bias, batch_norm, activation.
#include <algorithm>

#include "fuzz/block_numbers.h"
#include "fuzz/block_writer.h"

namespace foldproof::fuzz {
namespace {

constexpr ir::Constant::Kind kParameter = ir::Constant::Kind::kParameter;
constexpr ir::Constant::Kind kBuffer = ir::Constant::Kind::kBuffer;

}  // namespace

ir::ValueId BlockWriter::Call(const std::string& target, GraphWriter::Arguments arguments,
                              ir::ValueId like) {
  return graph_.Node(target, std::move(arguments), graph_.SizesOf(like));
}

// The shape of `value` op `vector`, both broadcast.
GraphWriter::Sizes BlockWriter::Broadcast(ir::ValueId value, ir::ValueId vector) const {
  Sizes a = graph_.SizesOf(value), b = graph_.SizesOf(vector);
  while (a.size() < b.size()) a.insert(a.begin(), 1);
  while (b.size() < a.size()) b.insert(b.begin(), 1);
  for (std::size_t d = 0; d < a.size(); ++d) {
    if (a[d] == 1) a[d] = b[d];
  }
  return a;
}

// s = numerator / sqrt(variance + eps), in the form that was drawn.
ir::ValueId BlockWriter::Scale(const std::string& norm) {
  const std::vector<float> gamma = GammaOf(block_, outputs_),
                           variance = VarianceOf(block_, outputs_);
  std::vector<float> others(outputs_);
  const bool affine = block_.affine == 0;
  for (std::size_t c = 0; c < outputs_; ++c) others[c] = affine ? gamma[c] + 0.25f : 1.0f;
  const ir::ValueId numerator = block_.numerator == 0 && affine
                                    ? graph_.Floats(norm + "weight", kParameter, gamma)
                                    : graph_.Floats(Name("numerator"), kParameter, others);
  std::vector<float> other_variance = variance;
  other_variance[0] += 0.5f;
  const ir::ValueId var = block_.chain_variance == 0
                              ? graph_.Floats(norm + "running_var", kBuffer, variance)
                              : graph_.Floats(Name("variance"), kBuffer, other_variance);
  const ir::ValueId sum =
      Call("aten.add.Tensor", {{"self", var}, {"other", EpsOf(block_).chain}}, var);
  switch (static_cast<ScaleForm>(block_.scale_form)) {
    case ScaleForm::kReciprocalRoot: {
      const ir::ValueId root = Call("aten.rsqrt.default", {{"self", sum}}, var);
      return Call("aten.mul.Tensor", {{"self", numerator}, {"other", root}}, var);
    }
    case ScaleForm::kSwappedProduct: {
      const ir::ValueId root = Call("aten.rsqrt.default", {{"self", sum}}, var);
      return Call("aten.mul.Tensor", {{"self", root}, {"other", numerator}}, var);
    }
    case ScaleForm::kDivision:
    case ScaleForm::kTruncated:
    case ScaleForm::kFloored: break;
  }
  const ir::ValueId root = Call("aten.sqrt.default", {{"self", sum}}, var);
  return Call("aten.div.Tensor", {{"self", numerator}, {"other", root}}, var);
}

// [1, C, 1, 1], and of an unbatched value that is as high as it has channels [1, C, 1]: along its
// height, as a shape that is made of the value's rank goes. Along the last axis where `other_axis`
// says so and the value allows it.
ir::ValueId BlockWriter::Reshaped(ir::ValueId vector, bool other_axis) {
  const auto count = static_cast<std::int64_t>(outputs_);
  const bool by_rank = !batched_ && result_[1] == count;
  Sizes shape(Spatial() + (by_rank ? 1 : 2), 1), wanted = shape;
  const std::size_t axis = other_axis && batched_ && result_.back() == count ? shape.size() - 1 : 1;
  shape[axis] = -1;
  wanted[axis] = count;
  const bool view = block_.reshape == 1;
  return graph_.Node(view ? "aten.view.default" : "aten.reshape.default",
                     {{"self", vector}, {view ? "size" : "shape", shape}}, wanted);
}

ir::ValueId BlockWriter::Divide(ir::ValueId value, ir::ValueId scale) {
  const Sizes sizes = Broadcast(value, scale);
  const auto form = static_cast<ScaleForm>(block_.scale_form);
  if (static_cast<NearMiss>(block_.near_miss) == NearMiss::kProduct) {
    return graph_.Node("aten.mul.Tensor", {{"self", value}, {"other", scale}}, sizes);
  }
  if (form == ScaleForm::kTruncated || form == ScaleForm::kFloored) {
    const std::string mode = form == ScaleForm::kTruncated ? "trunc" : "floor";
    return graph_.Node("aten.div.Tensor_mode",
                       {{"self", value}, {"other", scale}, {"rounding_mode", mode}}, sizes);
  }
  return graph_.Node("aten.div.Tensor", {{"self", value}, {"other", scale}}, sizes);
}

ir::ValueId BlockWriter::AddOriginal(ir::ValueId value) {
  const auto kind = static_cast<OriginalBias>(block_.original_bias);
  if (kind == OriginalBias::kNone) return value;
  const auto miss = static_cast<NearMiss>(block_.near_miss);
  const ir::ValueId bias =
      Reshaped(graph_.Floats(Name("conv.original_bias"), kParameter,
                             OriginalBiasOf(block_, outputs_, unit_)),
               miss == NearMiss::kOtherAxis || miss == NearMiss::kOtherAxisOfBias);
  const Sizes sizes = Broadcast(value, bias);
  const bool subtracts = static_cast<NearMiss>(block_.near_miss) == NearMiss::kSubtraction;
  const std::string target = subtracts ? "aten.sub.Tensor" : "aten.add.Tensor";
  switch (kind) {
    case OriginalBias::kNone: break;
    case OriginalBias::kAdded:
      return graph_.Node(target, {{"self", value}, {"other", bias}}, sizes);
    case OriginalBias::kSwapped:
      return graph_.Node(target, {{"self", bias}, {"other", value}}, sizes);
    case OriginalBias::kAlpha:
      return graph_.Node(target, {{"self", value}, {"other", bias}, {"alpha", 2.0}}, sizes);
    case OriginalBias::kValueAlpha:
      return graph_.Node(target, {{"self", bias}, {"other", value}, {"alpha", 2.0}}, sizes);
  }
  return value;
}

ir::ValueId BlockWriter::Normalize(ir::ValueId value, const std::string& norm) {
  ir::ArgumentValue weight = ir::None{}, bias = ir::None{};
  if (block_.affine == 0) {
    weight = graph_.Floats(norm + "weight", kParameter, GammaOf(block_, outputs_));
    bias = graph_.Floats(norm + "bias", kParameter, BetaOf(block_, outputs_, unit_));
  }
  const ir::ValueId mean =
      graph_.Floats(norm + "running_mean", kBuffer, MeanOf(block_, outputs_, unit_));
  if (static_cast<NearMiss>(block_.near_miss) == NearMiss::kUpdated) {
    Call("aten.mul_.Tensor", {{"self", mean}, {"other", 2.0}}, mean);
  }
  const ir::ValueId variance =
      graph_.Floats(norm + "running_var", kBuffer, VarianceOf(block_, outputs_));
  GraphWriter::Arguments arguments{{"input", value},
                                   {"weight", weight},
                                   {"bias", bias},
                                   {"running_mean", mean},
                                   {"running_var", variance}};
  if (static_cast<Norm>(block_.norm) == Norm::kNative) {
    arguments.insert(arguments.end(), {{"momentum", 0.1}, {"eps", EpsOf(block_).norm}});
    return graph_.Nodes("aten._native_batch_norm_legit_no_training.default", std::move(arguments),
                        {graph_.SizesOf(value), {0}, {0}});
  }
  const bool training = static_cast<NearMiss>(block_.near_miss) == NearMiss::kTraining;
  arguments.insert(arguments.end(), {{"training", training},
                                     {"momentum", 0.1},
                                     {"eps", EpsOf(block_).norm},
                                     {"cudnn_enabled", false}});
  return Call("aten.batch_norm.default", std::move(arguments), value);
}

ir::ValueId BlockWriter::ChainBehind(ir::ValueId value, std::vector<ir::ValueId>& extra) {
  const auto chain = static_cast<Chain>(block_.chain);
  if (chain == Chain::kNone) return value;
  const bool shares = static_cast<Sharing>(block_.sharing) == Sharing::kNorm &&
                      previous_ != nullptr && previous_->outputs == outputs_;
  const std::string norm = shares ? previous_->norm : Name("bn.");
  written_.norm = norm;
  const auto user = static_cast<ExtraUser>(block_.extra_user);
  if (chain != Chain::kNormAlone && !IsDirect()) {
    value = Divide(value, Reshaped(Scale(norm), static_cast<NearMiss>(block_.near_miss) ==
                                                    NearMiss::kOtherAxis));
    if (user == ExtraUser::kDivision) extra.push_back(value);
    value = AddOriginal(value);
    if (user == ExtraUser::kAddition) extra.push_back(value);
  }
  if (chain == Chain::kDivisionAlone) return value;
  const Sizes sizes = graph_.SizesOf(value);
  // A batch_norm whose dimension 1 is no channel of its own does not run.
  if (sizes.size() < 2 || sizes[1] != static_cast<std::int64_t>(outputs_)) return value;
  return Normalize(value, norm);
}

ir::ValueId BlockWriter::BehindOf(ir::ValueId value, const Flow& flow) {
  switch (static_cast<Behind>(block_.behind)) {
    case Behind::kNothing: break;
    case Behind::kRelu: return Call("aten.relu.default", {{"self", value}}, value);
    case Behind::kRelu6:
      return Call("aten.hardtanh.default", {{"self", value}, {"min_val", 0.0}, {"max_val", 6.0}},
                  value);
    case Behind::kHardswish: return Call("aten.hardswish.default", {{"self", value}}, value);
    case Behind::kResidual:
      if (graph_.SizesOf(value) != graph_.SizesOf(flow.value)) break;
      return Call("aten.add.Tensor", {{"self", value}, {"other", flow.value}}, value);
  }
  return value;
}

}  // namespace foldproof::fuzz
