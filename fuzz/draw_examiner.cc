// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/draw_examiner.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fuzz/draw_json.h"
#include "fuzz/program_of_draw.h"
#include "src/base/error.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDetail = 2000;  // of one finding, so that an answer is one packet

// A disk that is full and a pass that cannot be started are no failures of the case.
bool EndsCampaign(const Error& error) {
  return error.code() == Error::Code::kOutput || error.code() == Error::Code::kUsage;
}

CaseOutcome InternalError(std::string detail) {
  return {CaseOutcome::Kind::kFailed, false, {{kInternalError, "", std::move(detail)}}, ""};
}

std::string Dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string Written(const CaseOutcome& outcome) {
  json findings = json::array();
  for (const Finding& found : outcome.findings) {
    findings.push_back({found.rule.substr(0, 100), found.node.substr(0, 400),
                        found.detail.substr(0, kMostDetail)});
  }
  return Dumped({{"kind", static_cast<int>(outcome.kind)},
                 {"folded", outcome.folded},
                 {"findings", std::move(findings)},
                 {"unproved", outcome.unproved.substr(0, kMostDetail)}});
}

CaseOutcome ReadOutcome(const std::string& text) {
  const json from = json::parse(text);
  if (from.contains("why")) {
    throw Error(static_cast<Error::Code>(from["code"].get<int>()), from["place"], from["why"]);
  }
  CaseOutcome out;
  out.kind = static_cast<CaseOutcome::Kind>(from["kind"].get<int>());
  out.folded = from["folded"];
  out.unproved = from["unproved"];
  for (const json& found : from["findings"]) {
    out.findings.push_back({found[0], found[1], found[2]});
  }
  return out;
}

}  // namespace

DrawExaminer::DrawExaminer(const passes::MakePass& make_pass, const PropertyOptions& options,
                           std::optional<unsigned> apart_seconds)
    : here_(make_pass, options) {
  if (!apart_seconds) return;
  const auto make = [&make_pass, &options]() -> IsolatedWork::Work {
    return [here = std::make_shared<Here>(make_pass, options)](std::string_view request) {
      const json from = json::parse(request);
      try {
        return Written(here->Examine(DrawOf(JsonField(from["draw"])), from["index"]));
      } catch (const Error& error) {
        return Dumped({{"code", static_cast<int>(error.code())},
                       {"place", error.place()},
                       {"why", error.why()}});
      }
    };
  };
  apart_ = std::make_unique<IsolatedWork>(make, *apart_seconds);
}

CaseOutcome DrawExaminer::Here::Examine(const Draw& draw, std::uint64_t index) {
  try {
    if (!examiner_) {
      pass_ = make_pass_();
      examiner_.emplace(*pass_, options_, executor_);
    }
    return examiner_->Examine(ProgramOf(draw), index);
  } catch (const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    if (ours != nullptr && EndsCampaign(*ours)) throw;
    return InternalError(error.what());
  }
}

CaseOutcome DrawExaminer::Examine(const Draw& draw, std::uint64_t index) {
  if (!apart_) return here_.Examine(draw, index);
  IsolatedWork::Answer answer = apart_->Ask(Dumped({{"draw", JsonOf(draw)}, {"index", index}}));
  return answer.whole ? ReadOutcome(answer.text) : InternalError(std::move(answer.text));
}

}  // namespace foldproof::fuzz
