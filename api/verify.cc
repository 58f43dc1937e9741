// SPDX-License-Identifier: BSD-3-Clause
#include <foldproof/verify.h>

#include <chrono>
#include <utility>

#include "api/bodies.h"
#include "api/failure.h"
#include "reports/report_of.h"

namespace foldproof {
namespace {

prove::Domain DomainOf(Domain domain) {
  switch (domain) {
    case Domain::kCalibrated: return prove::Domain::kCalibrated;
    case Domain::kReachable: return prove::Domain::kReachable;
    case Domain::kObserved: return prove::Domain::kObserved;
  }
  return prove::Domain::kCalibrated;
}

prove::Semantics SemanticsOf(Semantics semantics) {
  switch (semantics) {
    case Semantics::kInteger: return prove::Semantics::kInteger;
    case Semantics::kKernelQ31: return prove::Semantics::kKernelQ31;
    case Semantics::kKernelTosa: return prove::Semantics::kKernelTosa;
  }
  return prove::Semantics::kInteger;
}

verify::VerifyOptions OptionsOf(const VerifyOptions& options) {
  verify::VerifyOptions out;
  prove::ProveOptions& proof = out.proof;
  proof.judge.ideal_gap_lsb = options.ideal_gap_lsb;
  proof.judge.domain = DomainOf(options.domain);
  proof.semantics = SemanticsOf(options.semantics);
  proof.reach = options.exact_reach ? prove::Reach::kExact : prove::Reach::kInterval;
  proof.batch_norm =
      options.fused_batch_norm ? prove::BatchNormVariant::kFma : prove::BatchNormVariant::kNoFma;
  proof.float_box = {options.input_range.first, options.input_range.second};
  proof.threads = options.threads;
  if (options.progress) {
    proof.progress = [told = options.progress](const prove::ProofProgress& progress) {
      told(progress.channels, progress.of_channels);
    };
  }
  if (options.tolerance_lsb) out.tolerance = verify::LsbTolerance{*options.tolerance_lsb};
  out.inputs = options.inputs;
  out.witness = options.witness_folder;
  out.allow_unproved = options.allow_unproved;
  return out;
}

std::vector<SiteReport> SitesOf(const verify::Verified& verified) {
  std::vector<SiteReport> out;
  for (const reports::ReportedSite& site : reports::ReportOf(verified).sites) {
    SiteReport one{
        site.before_conv, site.after_conv, api::VerdictOf(site.verdict), site.reason, {}};
    for (const reports::ReportedTail& tail : site.tails) {
      one.tails.push_back({tail.place,
                           api::VerdictOf(tail.verdict),
                           tail.reason,
                           tail.tolerance_lsb,
                           tail.reachable.lsb,
                           tail.calibrated.lsb,
                           {}});
      for (const auto& cause : tail.causes) one.tails.back().causes.push_back(cause.rule);
    }
    out.push_back(std::move(one));
  }
  return out;
}

double Seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

Report Verify(const Program& before, const Program& after, const VerifyOptions& options) {
  return api::AsFailure([&] {
    Report::Body body;
    body.verified = verify::Verify(before.body_->archive.source, after.body_->archive.source,
                                   OptionsOf(options), &Seconds);
    body.sites = SitesOf(body.verified);
    return Report(std::make_unique<const Report::Body>(std::move(body)));
  });
}

}  // namespace foldproof
