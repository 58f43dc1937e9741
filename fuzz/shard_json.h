// SPDX-License-Identifier: BSD-3-Clause
//
// A part of a campaign in its report: the block "shard" (docs/fuzzing.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "fuzz/shard.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {

// {first, cases, ranges, failing, pairs, shrunk}.
nlohmann::ordered_json ShardJson(const CampaignPart& part);

// "options" of a report: what decides what a campaign finds, beside seed, cases and pass.
nlohmann::ordered_json TermsJson(const CampaignTerms& terms);

// A case that was shrunk: {rule, node, detail, first, draws_tried, draw}.
nlohmann::ordered_json ShrunkJson(const Failure& failure);
Failure ShrunkFailureOf(const JsonField& from);

// The campaign that `report` says it is of: all of one, or with "shard" a part. Throws
// Error(kInput) that names the field.
WholeCampaign CampaignOf(const JsonField& report);

// What the report's block "shard" says. Throws Error(kInput) that names the field, of what no
// campaign finds besides: cases outside of the ranges, counts that do not add up.
CampaignPart PartIn(const JsonField& report, const std::string& name);

}  // namespace foldproof::fuzz
