// SPDX-License-Identifier: BSD-3-Clause
//
// usage: consumer BEFORE AFTER FOLDER     exit code 1 where foldproof says what is known to be
// wrong;
//                                         FOLDER gets a folded program and a witness
#include <foldproof/verify.h>
#include <cmath>
#include <cstdio>
#include <string>

namespace {

int failures = 0;

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAILED: %s\n", what);
  ++failures;
}

// What `call()` is refused with, where that is a Failure of this kind.
template <typename Call>
std::string Refusal(foldproof::Failure::Kind kind, Call&& call) {
  try {
    call();
  } catch (const foldproof::Failure& failure) {
    return failure.kind() == kind ? failure.what() : "another kind";
  }
  return "nothing was wrong";
}

bool Has(const foldproof::Report& report, const std::string& text) {
  return report.Json().find(text) != std::string::npos;
}

// The hash of the program after, as the report has it.
std::string AfterHash(const foldproof::Report& report) {
  const std::string json = report.Json();
  const std::string key = "\"sha256\": \"";
  return json.substr(json.find(key, json.find("\"after\"")) + key.size(), 64);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 3;
  using foldproof::Failure;
  using foldproof::Program;
  using foldproof::Verdict;
  using foldproof::Verify;
  const std::string folder = words[3];
  const Program before = Program::Read(words[1]);
  const Program after = Program::Read(words[2]);

  // ExecuTorch's fold keeps a quantizer that no longer holds the sums.
  foldproof::VerifyOptions options;
  options.witness_folder = folder + "/witnesses";
  options.threads = 2;
  const foldproof::Report report = Verify(before, after, options);
  std::printf("%s", report.Summary().c_str());
  Expect(report.verdict() == Verdict::kDiffers && !report.holds(), "the pair differs");
  Expect(NameOf(report.verdict()) == "differs", "that is its name");
  Expect(report.sites().size() == 1, "it has one site");
  const foldproof::TailReport& tail = report.sites().at(0).tails.at(0);
  Expect(tail.calibrated_lsb > tail.tolerance_lsb, "its tail is over the tolerance");
  Expect(tail.causes == std::vector<std::string>{"saturation"}, "saturation is the cause");
  Expect(Has(report, "\"verdict\": \"differs\""), "so says the JSON");
  Expect(Has(report, "\"confirmed\": true"), "both programs were run on the witness");
  Expect(Verify(before, after).Json() == Verify(before, after).Json(), "two reports are one");

  const foldproof::Report same = Verify(before, before);
  Expect(same.verdict() == Verdict::kEqual && same.holds(), "a program equals itself");

  const Program folded = before.Fold();
  const foldproof::Report of_fold = Verify(before, folded);
  Expect(of_fold.holds(), "foldproof's own fold holds");
  folded.Write(folder + "/folded.pt2");
  const foldproof::Report of_file = Verify(before, Program::Read(folder + "/folded.pt2"));
  Expect(of_file.verdict() == of_fold.verdict(), "so does the file that it is written to");
  Expect(AfterHash(of_file) == AfterHash(of_fold), "which has the hash that was told");

  foldproof::VerifyOptions loose;
  loose.tolerance_lsb = 1000;
  loose.ideal_gap_lsb.reset();
  Expect(Verify(before, after, loose).verdict() == Verdict::kWithin, "the pair is within 1000 LSB");

  Expect(Refusal(Failure::Kind::kInput, [] { Program::Read("gone.pt2"); }) ==
             "gone.pt2: there is no such file",
         "a missing file is refused");
  loose.tolerance_lsb = std::nan("");
  Expect(Refusal(Failure::Kind::kUsage, [&] { Verify(before, after, loose); }) ==
             "--tolerance: 'nan' is no number of LSB; give a finite number >= 0",
         "a tolerance that nothing is over is refused");
  return failures == 0 ? 0 : 1;
}
