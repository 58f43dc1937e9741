// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/pair_bytes.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "src/base/error.h"

namespace foldproof::prove::pair_bytes_test {
namespace {

TEST(PairQuestion, HasOtherBytesWhereAnyOptionIsAnother) {
  using Change = std::function<void(ProveOptions&)>;
  const std::vector<Change> changes{
      [](ProveOptions& o) { o.judge.tolerance_lsb = 1; },
      [](ProveOptions& o) { o.judge.tolerance_lsb = 0; },
      [](ProveOptions& o) { o.judge.ideal_gap_lsb = 1; },
      [](ProveOptions& o) { o.judge.ideal_gap_lsb.reset(); },
      [](ProveOptions& o) { o.judge.domain = Domain::kReachable; },
      [](ProveOptions& o) { o.judge.most_enumerated = 9; },
      [](ProveOptions& o) { o.judge.ideal_distance = true; },
      [](ProveOptions& o) { o.judge.changed_only = true; },
      [](ProveOptions& o) { o.site_tolerances["conv"] = 1; },
      [](ProveOptions& o) { o.site_tolerances["conv"] = std::nullopt; },
      [](ProveOptions& o) { o.site_tolerances["conv2"] = 1; },
      [](ProveOptions& o) { o.reach = Reach::kInterval; },
      [](ProveOptions& o) { o.semantics = Semantics::kKernelQ31; },
      [](ProveOptions& o) { o.semantics = Semantics::kKernelTosa; },
      [](ProveOptions& o) { o.batch_norm = BatchNormVariant::kNoFma; },
      [](ProveOptions& o) { o.float_box.low = -2; },
      [](ProveOptions& o) { o.float_box.high = 2; }};
  std::set<std::string> seen{
      PairQuestionBytes(AskPair("b", "a", {})), PairQuestionBytes(AskPair("b", "c", {})),
      PairQuestionBytes(AskPair("a", "b", {})), PairQuestionBytes(AskPair("ba", "", {}))};
  for (const Change& change : changes) {
    ProveOptions options;
    change(options);
    seen.insert(PairQuestionBytes(AskPair("b", "a", options)));
  }
  EXPECT_EQ(seen.size(), changes.size() + 4);
}

TEST(PairQuestion, DoesNotAskHowManyThreadsThereAre) {
  ProveOptions options;
  options.threads = 7;
  options.progress = [](const ProofProgress&) {};
  EXPECT_EQ(PairQuestionBytes(AskPair("b", "a", options)),
            PairQuestionBytes(AskPair("b", "a", {})));
}

TEST(PairQuestion, IsNotAskedOfWhatWasObserved) {
  const Observations observed;
  ProveOptions options;
  options.observed = &observed;
  EXPECT_THROW(AskPair("b", "a", options), Error);
}

Verification Full() {
  Verification v;
  v.verdict = Verdict::kDiffers;
  v.structure = {{"rule", "node", "op", "detail", true, {"integer"}, "file"}};
  v.unproved = {{"node", "reason"}};
  v.unjudged_convs = 2;
  v.quantized = false;
  v.input_range = {-1, 1};
  v.taken_for_functions = {"f"};
  v.without_nan = true;
  v.provisos = {"p", "q"};
  v.asked_sites = 1;
  SiteVerdict& site = v.sites.emplace_back();
  site.before_conv = "before";
  site.channels = 1;
  site.kind = SumKind::kReal;
  site.verdict = Verdict::kWithin;
  site.reach = {{-1, 2, 3, true}};
  site.sums = Int32Sums{{1, 2}, {3, 4}, {5, 6}};
  TailVerdict& tail = site.tails.emplace_back();
  tail.output = 3;
  tail.verdict = Verdict::kUnproved;
  tail.channels.resize(1);
  tail.causes = {{"rule", "node", {0}, 0.5, "detail"}};
  tail.witness.emplace();
  tail.witness->level = Witness::Level::kProgram;
  tail.witness->taps = {1, 2};
  tail.witness->sizes = {{"s0", 4}};
  tail.witness->confirmed = false;
  return v;
}

TEST(VerificationBytes, GiveBackAllThatTheyWereMadeOf) {
  const std::string bytes = VerificationBytes(Full());
  const auto read = ReadVerification(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(VerificationBytes(*read), bytes);
  EXPECT_EQ(read->sites.at(0).tails.at(0).witness->sizes.at("s0"), 4);
  EXPECT_EQ(read->sites.at(0).tails.at(0).verdict, Verdict::kUnproved);
  EXPECT_EQ(read->structure.at(0).file, "file");
  EXPECT_EQ(read->unjudged_convs, 2u);
  EXPECT_FALSE(read->quantized);
}

TEST(VerificationBytes, AreReadWholeOrNotAtAll) {
  const std::string bytes = VerificationBytes(Full());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ReadVerification(bytes.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(ReadVerification(bytes + '\0').has_value());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char value : {'\0', '\3', '\x7f', '\xff'}) {
      std::string forged = bytes;
      forged[at] = value;
      const auto read = ReadVerification(forged);
      EXPECT_LE(read ? static_cast<int>(read->verdict) : 0, 3);
    }
  }
}

TEST(VerificationBytes, ChannelsThatASiteHasNotMakeThemNone) {
  const auto refuses = [](auto change) {
    Verification v = Full();
    change(v.sites.at(0));
    EXPECT_FALSE(ReadVerification(VerificationBytes(v)).has_value());
  };
  refuses([](SiteVerdict& s) { s.channels = 2; });
  refuses([](SiteVerdict& s) { s.reach.clear(), s.tails.at(0).channels.clear(); });
  refuses([](SiteVerdict& s) { s.tails.at(0).causes.at(0).channels.push_back(1); });
  refuses([](SiteVerdict& s) { s.tails.at(0).witness->channel = 1; });
}

}  // namespace
}  // namespace foldproof::prove::pair_bytes_test
