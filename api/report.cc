// SPDX-License-Identifier: BSD-3-Clause
#include <foldproof/report.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/bodies.h"
#include "api/failure.h"
#include "harness/prove/verdict/names.h"
#include "reports/json_report.h"
#include "reports/summary.h"

namespace foldproof {

std::string_view NameOf(Verdict verdict) {
  for (const auto& [value, name] : kNames<prove::Verdict>) {
    if (api::VerdictOf(value) == verdict) return name;
  }
  return {};
}

Report::Report(std::unique_ptr<const Body> body) : body_(std::move(body)) {}
Report::Report(Report&&) noexcept = default;
Report& Report::operator=(Report&&) noexcept = default;
Report::~Report() = default;

Verdict Report::verdict() const { return api::VerdictOf(body_->verified.verification.verdict); }

bool Report::holds() const { return body_->verified.exit == ExitCode::kHolds; }

const std::vector<SiteReport>& Report::sites() const { return body_->sites; }

std::string Report::Summary() const {
  return api::AsFailure([&] {
    return reports::VerifySummary(body_->verified.verification, body_->verified.options,
                                  body_->verified.modules);
  });
}

std::string Report::Json() const {
  return api::AsFailure([&] {
    nlohmann::ordered_json report = reports::VerifyReport(body_->verified, {});
    reports::EraseCost(report);
    return reports::Written(report);
  });
}

}  // namespace foldproof
