// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of everything that a SiteQuestion holds.
#pragma once

#include "harness/prove/question/fields.h"
#include "harness/prove/question/site_question.h"

namespace foldproof::prove {

template <>
struct FieldsOf<ir::QuantParams>
    : AllFields<ir::QuantParams, &ir::QuantParams::scale, &ir::QuantParams::zero_point,
                &ir::QuantParams::quant_min, &ir::QuantParams::quant_max, &ir::QuantParams::dtype> {
};

template <>
struct FieldsOf<ir::Convolution>
    : AllFields<ir::Convolution, &ir::Convolution::input, &ir::Convolution::weight,
                &ir::Convolution::bias, &ir::Convolution::stride, &ir::Convolution::padding,
                &ir::Convolution::dilation, &ir::Convolution::output_padding,
                &ir::Convolution::groups, &ir::Convolution::transposed,
                &ir::Convolution::padding_mode> {};

template <>
struct FieldsOf<TapRange> : AllFields<TapRange, &TapRange::low, &TapRange::high> {};

template <>
struct FieldsOf<TapClass>
    : AllFields<TapClass, &TapClass::kernel_positions, &TapClass::output_position> {};

template <>
struct FieldsOf<ConvBias>
    : AllFields<ConvBias, &ConvBias::kind, &ConvBias::value, &ConvBias::ideal, &ConvBias::codes,
                &ConvBias::shifted, &ConvBias::steps, &ConvBias::rounding, &ConvBias::source> {};

template <>
struct FieldsOf<FloatFormat> : AllFields<FloatFormat, &FloatFormat::bits, &FloatFormat::least> {};

template <>
struct FieldsOf<ConvSide>
    : AllFields<ConvSide, &ConvSide::node, &ConvSide::op, &ConvSide::output, &ConvSide::input_codes,
                &ConvSide::input_cut, &ConvSide::input_params, &ConvSide::input_range,
                &ConvSide::numbers, &ConvSide::weights, &ConvSide::weight_scales,
                &ConvSide::weight_codes, &ConvSide::weight_zero_points, &ConvSide::weight_roots,
                &ConvSide::weight_remainders, &ConvSide::channels, &ConvSide::taps,
                &ConvSide::kernel, &ConvSide::bias, &ConvSide::float_weights,
                &ConvSide::weight_format, &ConvSide::code_scales, &ConvSide::float_input,
                &ConvSide::in_box, &ConvSide::may_be_nan, &ConvSide::real, &ConvSide::sum_error,
                &ConvSide::reads_padded, &ConvSide::tap_classes, &ConvSide::padded_zero_only> {};

template <>
struct FieldsOf<ChannelConstant>
    : AllFields<ChannelConstant, &ChannelConstant::value, &ChannelConstant::ideal,
                &ChannelConstant::roots, &ChannelConstant::lower, &ChannelConstant::upper> {};

template <>
struct FieldsOf<StepwiseNorm> : AllFields<StepwiseNorm, &StepwiseNorm::mean, &StepwiseNorm::weight,
                                          &StepwiseNorm::bias, &StepwiseNorm::inverse> {};
template <>
struct FieldsOf<AffineConstants>
    : AllFields<AffineConstants, &AffineConstants::scale, &AffineConstants::shift,
                &AffineConstants::centre, &AffineConstants::variance, &AffineConstants::eps,
                &AffineConstants::fused, &AffineConstants::stepwise> {};

template <>
struct FieldsOf<tail_op::OneInput> : AllFields<tail_op::OneInput, &tail_op::OneInput::input> {};
template <>
struct FieldsOf<tail_op::TwoOperands>
    : AllFields<tail_op::TwoOperands, &tail_op::TwoOperands::left, &tail_op::TwoOperands::right> {};

template <>
struct FieldsOf<tail_op::Quantize>
    : AllFieldsBehind<tail_op::Quantize, tail_op::OneInput, &tail_op::Quantize::params> {};

template <>
struct FieldsOf<tail_op::KernelChannel>
    : AllFields<tail_op::KernelChannel, &tail_op::KernelChannel::bias,
                &tail_op::KernelChannel::requantizer, &tail_op::KernelChannel::step,
                &tail_op::KernelChannel::bias_error> {};
template <>
struct FieldsOf<tail_op::KernelConstants>
    : AllFields<tail_op::KernelConstants, &tail_op::KernelConstants::channels,
                &tail_op::KernelConstants::low, &tail_op::KernelConstants::high> {};
template <>
struct FieldsOf<tail_op::Requantize>
    : AllFieldsBehind<tail_op::Requantize, tail_op::OneInput, &tail_op::Requantize::params,
                      &tail_op::Requantize::low, &tail_op::Requantize::high,
                      &tail_op::Requantize::kernel> {};

template <>
struct FieldsOf<tail_op::Dequantize>
    : AllFieldsBehind<tail_op::Dequantize, tail_op::OneInput, &tail_op::Dequantize::params,
                      &tail_op::Dequantize::made_with> {};
template <>
struct FieldsOf<tail_op::Add> : AllFieldsBehind<tail_op::Add, tail_op::TwoOperands,
                                                &tail_op::Add::alpha, &tail_op::Add::ideal_alpha> {
};
template <>
struct FieldsOf<tail_op::Mul> : AllFieldsBehind<tail_op::Mul, tail_op::TwoOperands> {};
template <>
struct FieldsOf<tail_op::Div>
    : AllFieldsBehind<tail_op::Div, tail_op::TwoOperands, &tail_op::Div::rounding> {};
template <>
struct FieldsOf<tail_op::Extremum>
    : AllFieldsBehind<tail_op::Extremum, tail_op::TwoOperands, &tail_op::Extremum::is_maximum> {};
template <>
struct FieldsOf<tail_op::Affine>
    : AllFieldsBehind<tail_op::Affine, tail_op::OneInput, &tail_op::Affine::constants> {};
template <>
struct FieldsOf<tail_op::Unary>
    : AllFieldsBehind<tail_op::Unary, tail_op::OneInput, &tail_op::Unary::function,
                      &tail_op::Unary::parameters> {};
template <>
struct FieldsOf<tail_op::Clamp> : AllFieldsBehind<tail_op::Clamp, tail_op::OneInput,
                                                  &tail_op::Clamp::low, &tail_op::Clamp::high> {};
template <>
struct FieldsOf<tail_op::Prelu>
    : AllFieldsBehind<tail_op::Prelu, tail_op::OneInput, &tail_op::Prelu::slope> {};
template <>
struct FieldsOf<tail_op::Compare>
    : AllFieldsBehind<tail_op::Compare, tail_op::TwoOperands, &tail_op::Compare::kind> {};
template <>
struct FieldsOf<tail_op::Where>
    : AllFieldsBehind<tail_op::Where, tail_op::TwoOperands, &tail_op::Where::condition> {};
template <>
struct FieldsOf<tail_op::Cast> : AllFieldsBehind<tail_op::Cast, tail_op::OneInput,
                                                 &tail_op::Cast::to, &tail_op::Cast::made_with> {};
template <>
struct FieldsOf<tail_op::Move> : AllFieldsBehind<tail_op::Move, tail_op::OneInput> {};

template <>
struct FieldsOf<TailInstruction>
    : AllFields<TailInstruction, &TailInstruction::node, &TailInstruction::op> {};
template <>
struct FieldsOf<Edge> : AllFields<Edge, &Edge::node, &Edge::argument, &Edge::element> {};
template <>
struct FieldsOf<Frontier>
    : AllFields<Frontier, &Frontier::edge, &Frontier::output, &Frontier::reg, &Frontier::value,
                &Frontier::path, &Frontier::codes, &Frontier::scale, &Frontier::measured> {};
template <>
struct FieldsOf<Tail>
    : AllFields<Tail, &Tail::instructions, &Tail::values, &Tail::frontiers, &Tail::channels> {};

template <>
struct FieldsOf<SearchPlan::Quantizer>
    : AllFields<SearchPlan::Quantizer, &SearchPlan::Quantizer::instruction,
                &SearchPlan::Quantizer::path> {};
template <>
struct FieldsOf<SearchPlan>
    : AllFields<SearchPlan, &SearchPlan::first_quantizers, &SearchPlan::has_partial_quantizer,
                &SearchPlan::is_cut, &SearchPlan::everything> {};

template <>
struct FieldsOf<SiteSide> : AllFields<SiteSide, &SiteSide::conv, &SiteSide::tail, &SiteSide::search,
                                      &SiteSide::is_last_quantizer> {};
template <>
struct FieldsOf<PairPlan>
    : AllFields<PairPlan, &PairPlan::before, &PairPlan::after, &PairPlan::identical, &PairPlan::lsb,
                &PairPlan::float_unit, &PairPlan::codes, &PairPlan::dequantize_rounding,
                &PairPlan::aligned> {};

template <>
struct FieldsOf<JudgeOptions>
    : AllFields<JudgeOptions, &JudgeOptions::tolerance_lsb, &JudgeOptions::ideal_gap_lsb,
                &JudgeOptions::domain, &JudgeOptions::most_enumerated,
                &JudgeOptions::ideal_distance, &JudgeOptions::changed_only> {};
template <>
struct FieldsOf<ObservedChannel>
    : AllFields<ObservedChannel, &ObservedChannel::low, &ObservedChannel::high,
                &ObservedChannel::count, &ObservedChannel::values, &ObservedChannel::histogram> {};
template <>
struct FieldsOf<ObservedSite>
    : AllFields<ObservedSite, &ObservedSite::runs, &ObservedSite::channels> {};

template <>
struct FieldsOf<SiteQuestion>
    : AllFields<SiteQuestion, &SiteQuestion::before, &SiteQuestion::after, &SiteQuestion::joint,
                &SiteQuestion::pairs, &SiteQuestion::options, &SiteQuestion::reach,
                &SiteQuestion::observed> {};

}  // namespace foldproof::prove
