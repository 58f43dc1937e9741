// SPDX-License-Identifier: BSD-3-Clause
//
// Reports as JSON: the fields are those of docs/architecture.md, "The report". Deterministic: the
// same programs and options give the same bytes, but for the block "run". An infinite number is
// null.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "harness/prove/picture/tail_picture.h"
#include "reports/graphs.h"
#include "src/fold/pipeline.h"

namespace foldproof::reports {

struct FileIdentity {
  std::string file;
  std::string sha256;
};

// What an external pass said of the program before.
struct PassSaid {
  std::string command;
  std::string result;  // "folded", "unchanged", "refused", or the rule of a finding
  std::string detail;  // why it refused, or what is wrong
};

// What a report holds for the page, where that was asked for (picture_json.h).
struct Pictures {
  std::vector<std::vector<prove::TailPicture>> tails;  // as in the verification
  Graphs graphs;
};

// What a verify was asked, as far as it matters for repeating it.
struct VerifyRequest {
  FileIdentity before;
  FileIdentity after;  // empty where the fold was run in the same go
  prove::ProveOptions options;
  std::optional<FileIdentity> inputs{};      // whose accumulators were observed
  const fold::FoldResult* folded = nullptr;  // by then
  std::optional<PassSaid> pass{};            // or by this
  // Where ExecuTorch's QuantFusion would raise on the two programs.
  std::vector<ir::Miss> crashes_before{};
  std::vector<ir::Miss> crashes_after{};
  const Pictures* pictures = nullptr;
};

// The command and where its time went; the one part of a report that two runs may disagree on.
struct RunFacts {
  std::vector<std::string> command;  // as it was typed
  double read_seconds = 0;
  double observe_seconds = 0;
  double prove_seconds = 0;
  double confirm_seconds = 0;
  int threads = 1;
  std::string version;
  std::string machine;
  std::string executor;  // that ran the inputs and the witnesses; empty: none
};

nlohmann::ordered_json VerifyReport(const VerifyRequest& request,
                                    const prove::Verification& verification, int exit_code,
                                    const RunFacts& run);

// A report as it is written to a file. What is no UTF-8 (a file's name) becomes U+FFFD.
std::string Written(const nlohmann::ordered_json& report);

// A number as JSON holds it: null where it is infinite or NaN.
nlohmann::ordered_json Number(double x);

// sha256 of a file's bytes, in hex. Throws Error(kInput).
std::string Sha256OfFile(const std::string& path);
std::string Sha256OfText(std::string_view text);
// The same in base64, as a page's policy names what it lets run.
std::string Sha256InBase64(std::string_view text);

}  // namespace foldproof::reports
