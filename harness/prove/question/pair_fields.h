// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of a PairQuestion and of a Verification.
#pragma once

#include "harness/prove/question/answer_fields.h"
#include "harness/prove/question/kept_bytes.h"
#include "harness/prove/question/pair_question.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

template <>
inline constexpr int kKeptValues<Verdict> = 4;
template <>
inline constexpr int kKeptValues<SumKind> = 3;
template <>
inline constexpr int kKeptValues<Witness::Level> = 2;
template <>
inline constexpr int kKeptValues<Domain> = 3;
template <>
inline constexpr int kKeptValues<Reach> = 2;
template <>
inline constexpr int kKeptValues<Semantics> = 3;
template <>
inline constexpr int kKeptValues<BatchNormVariant> = 2;

template <>
struct FieldsOf<FloatBox> : AllFields<FloatBox, &FloatBox::low, &FloatBox::high> {};
template <>
struct FieldsOf<PairQuestion>
    : AllFields<PairQuestion, &PairQuestion::before_sha256, &PairQuestion::after_sha256,
                &PairQuestion::judge, &PairQuestion::site_tolerances, &PairQuestion::reach,
                &PairQuestion::semantics, &PairQuestion::batch_norm, &PairQuestion::float_box> {};

template <>
struct FieldsOf<Cause> : AllFields<Cause, &Cause::rule, &Cause::node, &Cause::channels,
                                   &Cause::share, &Cause::detail> {};
template <>
struct FieldsOf<Witness>
    : AllFields<Witness, &Witness::level, &Witness::channel, &Witness::accumulator,
                &Witness::claimed_lsb, &Witness::spread_lsb, &Witness::by_ideal_gap, &Witness::taps,
                &Witness::kernel_positions, &Witness::output_position, &Witness::sizes,
                &Witness::file, &Witness::confirmed, &Witness::observed_lsb,
                &Witness::observed_before, &Witness::observed_after, &Witness::confirmed_by,
                &Witness::not_run_by, &Witness::why_not_confirmed> {};
template <>
struct FieldsOf<TailVerdict>
    : AllFields<TailVerdict, &TailVerdict::output, &TailVerdict::frontier, &TailVerdict::place,
                &TailVerdict::scale, &TailVerdict::float_unit, &TailVerdict::verdict,
                &TailVerdict::reason, &TailVerdict::tolerance_lsb, &TailVerdict::derived_lsb,
                &TailVerdict::codes, &TailVerdict::channels, &TailVerdict::causes,
                &TailVerdict::witness, &TailVerdict::pair> {};
template <>
struct FieldsOf<SiteVerdict::Reach>
    : AllFields<SiteVerdict::Reach, &SiteVerdict::Reach::low, &SiteVerdict::Reach::high,
                &SiteVerdict::Reach::members, &SiteVerdict::Reach::exact> {};
template <>
struct FieldsOf<SiteVerdict>
    : AllFields<SiteVerdict, &SiteVerdict::before_conv, &SiteVerdict::after_conv, &SiteVerdict::op,
                &SiteVerdict::channels, &SiteVerdict::kind, &SiteVerdict::float_input,
                &SiteVerdict::verdict, &SiteVerdict::reason, &SiteVerdict::reach,
                &SiteVerdict::tails, &SiteVerdict::evaluations, &SiteVerdict::taps,
                &SiteVerdict::sums, &SiteVerdict::observed> {};
template <>
struct FieldsOf<StructureFinding>
    : AllFields<StructureFinding, &StructureFinding::rule, &StructureFinding::node,
                &StructureFinding::op, &StructureFinding::detail, &StructureFinding::only_after,
                &StructureFinding::ran_by, &StructureFinding::file> {};
template <>
struct FieldsOf<UnprovedPart>
    : AllFields<UnprovedPart, &UnprovedPart::node, &UnprovedPart::reason> {};
template <>
struct FieldsOf<Verification>
    : AllFields<Verification, &Verification::verdict, &Verification::structure,
                &Verification::sites, &Verification::unproved, &Verification::unjudged_convs,
                &Verification::quantized, &Verification::input_range,
                &Verification::taken_for_functions, &Verification::without_nan,
                &Verification::provisos, &Verification::asked_sites,
                &Verification::remembered_sites> {};

}  // namespace foldproof::prove
