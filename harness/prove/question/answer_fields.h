// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of everything that a SiteAnswer holds.
#pragma once

#include "harness/prove/question/fields.h"
#include "harness/prove/question/site_answer.h"

namespace foldproof::prove {

template <>
struct FieldsOf<DomainFigures>
    : AllFields<DomainFigures, &DomainFigures::lsb, &DomainFigures::lsb_root_step,
                &DomainFigures::at_least, &DomainFigures::after_accumulator,
                &DomainFigures::accumulator, &DomainFigures::count, &DomainFigures::over,
                &DomainFigures::undefined> {};
template <>
struct FieldsOf<Piece> : AllFields<Piece, &Piece::from, &Piece::to, &Piece::lsb, &Piece::sure> {};
template <>
struct FieldsOf<BuiltInput>
    : AllFields<BuiltInput, &BuiltInput::lsb, &BuiltInput::before, &BuiltInput::after,
                &BuiltInput::taps, &BuiltInput::tap_class, &BuiltInput::spread_lsb> {};
template <>
struct FieldsOf<CoefficientGap>
    : AllFields<CoefficientGap, &CoefficientGap::gap_steps, &CoefficientGap::tap,
                &CoefficientGap::allowed, &CoefficientGap::finding, &CoefficientGap::before,
                &CoefficientGap::after> {};
template <>
struct FieldsOf<JointFigures>
    : AllFields<JointFigures, &JointFigures::coefficients, &JointFigures::reachable,
                &JointFigures::calibrated, &JointFigures::ideal> {};
template <>
struct FieldsOf<IdealDistance>
    : AllFields<IdealDistance, &IdealDistance::before, &IdealDistance::after> {};
template <>
struct FieldsOf<IdealDistances>
    : AllFields<IdealDistances, &IdealDistances::reachable, &IdealDistances::calibrated> {};
template <>
struct FieldsOf<IdealGap>
    : AllFields<IdealGap, &IdealGap::gap, &IdealGap::accumulator, &IdealGap::finding,
                &IdealGap::error, &IdealGap::allowed, &IdealGap::distances> {};
template <>
struct FieldsOf<Tolerance>
    : AllFields<Tolerance, &Tolerance::lsb, &Tolerance::constant, &Tolerance::half_step> {};
template <>
struct FieldsOf<ChannelVerdict>
    : AllFields<ChannelVerdict, &ChannelVerdict::bit_equal, &ChannelVerdict::reachable,
                &ChannelVerdict::calibrated, &ChannelVerdict::observed, &ChannelVerdict::produced,
                &ChannelVerdict::undefined, &ChannelVerdict::undefined_at, &ChannelVerdict::ideal,
                &ChannelVerdict::tolerance, &ChannelVerdict::allowed_lsb, &ChannelVerdict::over,
                &ChannelVerdict::over_truncated, &ChannelVerdict::unproved,
                &ChannelVerdict::root_step_unproved, &ChannelVerdict::joint> {};
template <>
struct FieldsOf<ChannelJudgement>
    : AllFields<ChannelJudgement, &ChannelJudgement::low, &ChannelJudgement::high,
                &ChannelJudgement::members, &ChannelJudgement::exact,
                &ChannelJudgement::evaluations, &ChannelJudgement::pairs> {};

template <>
struct FieldsOf<SumRange> : AllFields<SumRange, &SumRange::low, &SumRange::high> {};
template <>
struct FieldsOf<Int32Sums>
    : AllFields<Int32Sums, &Int32Sums::before, &Int32Sums::after, &Int32Sums::partial> {};
template <>
struct FieldsOf<SumOverflow>
    : AllFields<SumOverflow, &SumOverflow::only_after, &SumOverflow::channels,
                &SumOverflow::channel, &SumOverflow::accumulator, &SumOverflow::sum,
                &SumOverflow::produced> {};
template <>
struct FieldsOf<SiteSums> : AllFields<SiteSums, &SiteSums::sums, &SiteSums::overflows> {};
template <>
struct FieldsOf<SiteAnswer> : AllFields<SiteAnswer, &SiteAnswer::channels, &SiteAnswer::sums> {};

}  // namespace foldproof::prove
