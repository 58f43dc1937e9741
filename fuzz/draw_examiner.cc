// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/draw_examiner.h"

#include <cstring>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fuzz/dimensions.h"
#include "fuzz/program_of_draw.h"
#include "src/base/error.h"

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

// Most outcomes have no finding: two letters and what is unproved. Others are JSON.
std::string Written(const CaseOutcome& outcome) {
  if (outcome.findings.empty()) {
    std::string out{static_cast<char>('a' + static_cast<int>(outcome.kind)),
                    outcome.folded ? 'f' : '-'};
    return out + outcome.unproved.substr(0, kMostDetail);
  }
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
  CaseOutcome out;
  if (text.at(0) != '{') {
    out.kind = static_cast<CaseOutcome::Kind>(text[0] - 'a');
    out.folded = text.at(1) == 'f';
    out.unproved = text.substr(2);
    return out;
  }
  const json from = json::parse(text);
  if (from.contains("why")) {
    throw Error(static_cast<Error::Code>(from["code"].get<int>()), from["place"], from["why"]);
  }
  out.kind = static_cast<CaseOutcome::Kind>(from["kind"].get<int>());
  out.folded = from["folded"];
  out.unproved = from["unproved"];
  for (const json& found : from["findings"]) {
    out.findings.push_back({found[0], found[1], found[2]});
  }
  return out;
}

// A draw as its choices, a byte each: both processes are the same program.
std::string Packed(const Draw& draw, std::uint64_t index) {
  std::string out(sizeof(index), '\0');
  std::memcpy(out.data(), &index, sizeof(index));
  out += static_cast<char>(draw.family);
  const auto dimensions = Dimensions(draw.family);
  for (const Dimension& dimension : dimensions) {
    if (dimension.of_program != nullptr) out += static_cast<char>(draw.*dimension.of_program);
  }
  for (const BlockDraw& block : draw.blocks) {
    out += static_cast<char>(block.numbers);
    for (const Dimension& dimension : dimensions) {
      if (dimension.of_block != nullptr) out += static_cast<char>(block.*dimension.of_block);
    }
  }
  return out;
}

std::pair<Draw, std::uint64_t> Unpacked(std::string_view text) {
  std::uint64_t index = 0;
  FP_CHECK(text.size() > sizeof(index));
  std::memcpy(&index, text.data(), sizeof(index));
  std::size_t at = sizeof(index);
  const auto next = [&] {
    FP_CHECK(at < text.size());
    return static_cast<std::uint8_t>(text[at++]);
  };
  Draw draw;
  draw.family = static_cast<Family>(next());
  const auto dimensions = Dimensions(draw.family);
  for (const Dimension& dimension : dimensions) {
    if (dimension.of_program != nullptr) draw.*dimension.of_program = next();
  }
  draw.blocks.clear();
  while (at < text.size()) {
    BlockDraw& block = draw.blocks.emplace_back();
    block.numbers = next();
    for (const Dimension& dimension : dimensions) {
      if (dimension.of_block != nullptr) block.*dimension.of_block = next();
    }
  }
  return {std::move(draw), index};
}

constexpr std::size_t kMostPacked = 256;  // three blocks of fewer than eighty dimensions

}  // namespace

DrawExaminer::DrawExaminer(const passes::MakePass& make_pass, const PropertyOptions& options,
                           std::optional<unsigned> apart_seconds, passes::IsOver is_over)
    : here_(make_pass, options) {
  if (!apart_seconds) return;
  const auto make = [&make_pass, &options]() -> IsolatedWork::Work {
    return [here = std::make_shared<Here>(make_pass, options)](std::string_view request) {
      const auto [draw, index] = Unpacked(request);
      try {
        return Written(here->Examine(draw, index));
      } catch (const Error& error) {
        return Dumped({{"code", static_cast<int>(error.code())},
                       {"place", error.place()},
                       {"why", error.why()}});
      }
    };
  };
  apart_ = std::make_unique<IsolatedWork>(make, *apart_seconds, std::move(is_over));
}

CaseOutcome DrawExaminer::Here::Examine(const Draw& draw, std::uint64_t index) {
  try {
    if (!examiner_) {
      pass_ = make_pass_();
      examiner_.emplace(*pass_, options_, executor_);
    }
    return examiner_->Examine(ProgramOf(draw), index);
  } catch (const passes::CutShort&) {
    return {CaseOutcome::Kind::kCut, false, {}, ""};
  } catch (const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    if (ours != nullptr && EndsCampaign(*ours)) throw;
    return InternalError(error.what());
  }
}

bool DrawExaminer::MayPost() const {
  return apart_ ? apart_->MayPost(kMostPacked) : waiting_.empty();
}

void DrawExaminer::Post(const Draw& draw, std::uint64_t index) {
  if (apart_) return apart_->Post(Packed(draw, index));
  waiting_.emplace_back(draw, index);
}

CaseOutcome DrawExaminer::Next() {
  if (apart_) {
    IsolatedWork::Answer answer = apart_->Next();
    if (answer.is_cut) return {CaseOutcome::Kind::kCut, false, {}, ""};
    return answer.whole ? ReadOutcome(answer.text) : InternalError(std::move(answer.text));
  }
  const auto [draw, index] = std::move(waiting_.front());
  waiting_.pop_front();
  return here_.Examine(draw, index);
}

}  // namespace foldproof::fuzz
