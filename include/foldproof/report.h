// SPDX-License-Identifier: BSD-3-Clause
//
// What was found about a pair of programs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof {

class Program;
struct VerifyOptions;

// From best to worst; the verdict of a whole is the worst of its parts (docs/proof.md, "Verdicts").
enum class Verdict { kEqual, kWithin, kUnproved, kDiffers };

std::string_view NameOf(Verdict verdict);  // "equal", "within", "unproved", "differs"

// Where what a convolution computes is seen: an output of the program, or an operator that mixes it
// with other tensors. Differences are in quantized units (LSB), infinity where they are unbounded.
struct TailReport {
  std::string place;
  Verdict verdict = Verdict::kEqual;
  std::string reason;  // why it is unproved; else empty
  double tolerance_lsb = 0;
  double reachable_lsb = 0;         // the largest difference over all accumulators of any input
  double calibrated_lsb = 0;        // over those at which no quantizer before the last clips
  std::vector<std::string> causes;  // rules, such as "saturation" (docs/reports.md)
};

// A convolution of the program before and the one that it became.
struct SiteReport {
  std::string before_conv;
  std::string after_conv;
  Verdict verdict = Verdict::kEqual;
  std::string reason;
  std::vector<TailReport> tails;
};

// What Verify found. Its functions throw Failure.
class Report {
 public:
  Report(Report&&) noexcept;
  Report& operator=(Report&&) noexcept;
  ~Report();

  Verdict verdict() const;
  // Whether the fold keeps the numbers: every part is equal or within its tolerance, or unproved
  // where the options allow that.
  bool holds() const;
  const std::vector<SiteReport>& sites() const;

  std::string Summary() const;  // for people, as `foldproof verify` prints it
  // As `foldproof verify --json` writes it (docs/architecture.md), without what the proof cost: the
  // same programs and options give the same bytes.
  std::string Json() const;

 private:
  struct Body;
  friend Report Verify(const Program& before, const Program& after, const VerifyOptions& options);

  explicit Report(std::unique_ptr<const Body> body);

  std::unique_ptr<const Body> body_;
};

}  // namespace foldproof
