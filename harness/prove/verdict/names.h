// SPDX-License-Identifier: BSD-3-Clause
//
// What the choices of a proof and its verdicts are called.
#pragma once

#include "harness/prove/verdict/prove_options.h"
#include "harness/prove/verdict/verdict.h"
#include "src/base/named.h"

namespace foldproof {

template <>
inline constexpr auto kNames<prove::Domain> = std::to_array<Named<prove::Domain>>({
    {prove::Domain::kCalibrated, "calibrated"},
    {prove::Domain::kReachable, "reachable"},
    {prove::Domain::kObserved, "observed"},
});

template <>
inline constexpr auto kNames<prove::Reach> = std::to_array<Named<prove::Reach>>({
    {prove::Reach::kExact, "exact"},
    {prove::Reach::kInterval, "interval"},
});

template <>
inline constexpr auto kNames<prove::Semantics> = std::to_array<Named<prove::Semantics>>({
    {prove::Semantics::kInteger, "integer"},
    {prove::Semantics::kKernelQ31, "kernel:q31"},
    {prove::Semantics::kKernelTosa, "kernel:tosa"},
});

template <>
inline constexpr auto kNames<prove::BatchNormVariant> =
    std::to_array<Named<prove::BatchNormVariant>>({
        {prove::BatchNormVariant::kFma, "fma"},
        {prove::BatchNormVariant::kNoFma, "no-fma"},
    });

template <>
inline constexpr auto kNames<prove::Verdict> = std::to_array<Named<prove::Verdict>>({
    {prove::Verdict::kEqual, "equal"},
    {prove::Verdict::kWithin, "within"},
    {prove::Verdict::kUnproved, "unproved"},
    {prove::Verdict::kDiffers, "differs"},
});

template <>
inline constexpr auto kNames<prove::SumKind> = std::to_array<Named<prove::SumKind>>({
    {prove::SumKind::kSame, "same"},
    {prove::SumKind::kPair, "pair"},
    {prove::SumKind::kReal, "real"},
});

namespace prove {

using foldproof::NameOf;

}  // namespace prove
}  // namespace foldproof
