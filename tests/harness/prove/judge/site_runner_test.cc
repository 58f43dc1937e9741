// SPDX-License-Identifier: BSD-3-Clause
//
// Proofs with a memory: what they say is the same, and what was asked before is not judged again.
#include "harness/prove/judge/site_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "harness/prove/question/answer_bytes.h"
#include "harness/prove/question/proof_memory.h"
#include "harness/prove/question/question_bytes.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::site_runner_test {
namespace {

using testing::HasSubstr;

// Keeps answers under the whole question.
class MapMemory final : public ProofMemory {
 public:
  std::string KeyOf(std::string_view question) const override { return std::string(question); }
  std::optional<std::string> Find(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = kept.find(key);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  void Keep(const std::string& key, std::string_view answer) override {
    const std::lock_guard lock(mutex_);
    kept[key] = answer;
    ++writes;
  }
  void Drop(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    dropped += kept.erase(key);
  }
  std::size_t Count() {
    const std::lock_guard lock(mutex_);
    return kept.size();
  }

  std::map<std::string, std::string> kept;
  std::size_t dropped = 0;
  std::size_t writes = 0;

 private:
  std::mutex mutex_;
};

struct Two {
  std::vector<std::vector<std::int16_t>> first{{3, 5}};
  std::vector<std::vector<std::int16_t>> second{{7, 2}};
  float bias = 0;        // of the second conv
  double scale = 4;      // of both quantizers
  int nodes_before = 0;  // that nothing needs, so that all numbers are others
};

// Two convs on one input, each behind it with a quantizer.
ir::Program Make(const Two& two) {
  ConvSpec first;
  first.weights = two.first;
  first.bias = std::vector<float>{1};
  ConvProgram p(first);
  ir::ValueId unused = p.conv();
  for (int i = 0; i < two.nodes_before; ++i) unused = p.Call("aten.neg.default", unused);
  ConvSpec second;
  second.weights = two.second;
  second.bias = std::vector<float>{two.bias};
  const ir::ValueId conv = p.AddConv(second);
  return p.Return({p.Step(p.conv(), Int8(two.scale, 0)), p.Step(conv, Int8(two.scale, 0)), unused});
}

std::string Told(const Verification& v) {
  std::string out = std::to_string(static_cast<int>(v.verdict));
  for (const SiteVerdict& site : v.sites) {
    out += "\n" + site.before_conv + " " + std::to_string(site.evaluations) + " " +
           std::to_string(static_cast<int>(site.verdict)) + site.reason;
    if (site.sums) out += " " + std::to_string(site.sums->after.high);
    for (const TailVerdict& tail : site.tails) {
      SiteAnswer all;
      all.channels.push_back({0, 0, 0, false, 0, tail.channels});
      out += "\n" + tail.frontier + " " + tail.place + " " + tail.reason + AnswerBytes(all);
      for (const Cause& cause : tail.causes) out += " " + cause.rule + " " + cause.detail;
      if (tail.witness) out += " " + std::to_string(tail.witness->accumulator);
    }
  }
  return out;
}

Verification Judge(const Two& before, const Two& after, ProofMemory* memory, int threads = 1,
                   Semantics semantics = Semantics::kInteger) {
  ProveOptions options;
  options.memory = memory;
  options.threads = threads;
  options.semantics = semantics;
  return SidePair(Make(before), Make(after)).Judge(options).verification;
}

TEST(Memory, ASecondProofJudgesNoSiteAndSaysTheSame) {
  MapMemory memory;
  const Two before;
  Two after;
  after.bias = 9;  // differs: a witness and causes are made of what was remembered
  const Verification without = Judge(before, after, nullptr);
  EXPECT_EQ(without.remembered_sites, 0u);
  EXPECT_EQ(without.verdict, Verdict::kDiffers);
  EXPECT_TRUE(without.sites.at(1).tails.at(0).witness.has_value());
  for (const int threads : {1, 2}) {
    memory.kept.clear();
    const Verification first = Judge(before, after, &memory, threads);
    EXPECT_EQ(first.remembered_sites, 0u);
    EXPECT_EQ(memory.kept.size(), 2u);
    const Verification second = Judge(before, after, &memory, threads);
    EXPECT_EQ(second.remembered_sites, 2u);
    EXPECT_EQ(Told(first), Told(without));
    EXPECT_EQ(Told(second), Told(without));
  }
}

TEST(Memory, AnotherWeightMakesItsSiteAloneBeJudgedAgain) {
  MapMemory memory;
  Judge({}, {}, &memory);
  Two other;
  other.second = {{7, 3}};
  const Verification again = Judge(other, other, &memory);
  EXPECT_EQ(again.remembered_sites, 1u);
  EXPECT_EQ(Told(again), Told(Judge(other, other, nullptr)));
}

TEST(Memory, WhatNodesAreCalledAndWhereTheyStandIsNotJudged) {
  MapMemory memory;
  Two after;
  after.bias = 9;
  Judge({}, after, &memory);
  Two shifted_before;
  shifted_before.nodes_before = 3;
  Two shifted = after;
  shifted.nodes_before = 3;
  const Verification again = Judge(shifted_before, shifted, &memory);
  // The first conv has one more reader, so its tail is another; the second is the same.
  EXPECT_EQ(again.remembered_sites, 1u);
  EXPECT_EQ(Told(again), Told(Judge(shifted_before, shifted, nullptr)));
}

TEST(Memory, OtherOptionsAreOtherQuestions) {
  MapMemory memory;
  Judge({}, {}, &memory);
  EXPECT_EQ(Judge({}, {}, &memory).remembered_sites, 2u);
  EXPECT_EQ(Judge({}, {}, &memory, 1, Semantics::kKernelQ31).remembered_sites, 0u);
  Two finer;
  finer.scale = 2;
  EXPECT_EQ(Judge(finer, finer, &memory).remembered_sites, 0u);
  SidePair pair{Make({}), Make({})};
  ProveOptions options;
  options.memory = &memory;
  options.judge.tolerance_lsb = 3;
  EXPECT_EQ(pair.Judge(options).verification.remembered_sites, 0u);
  options.judge.tolerance_lsb.reset();
  options.reach = Reach::kInterval;
  EXPECT_EQ(pair.Judge(options).verification.remembered_sites, 0u);
  options.reach = Reach::kExact;
  options.site_tolerances["conv2d"] = 2.0;
  EXPECT_EQ(pair.Judge(options).verification.remembered_sites, 1u);
}

TEST(Memory, PairsOfSumsAreRemembered) {
  MapMemory memory;
  Two after;
  after.second = {{8, 2}};
  const Verification first = Judge({}, after, &memory);
  EXPECT_EQ(first.sites.at(1).kind, SumKind::kPair);
  const Verification second = Judge({}, after, &memory);
  EXPECT_EQ(second.remembered_sites, 2u);
  EXPECT_EQ(Told(second), Told(first));
  EXPECT_EQ(Told(second), Told(Judge({}, after, nullptr)));
}

// x / sqrt(2), where the root is computed or stored as IEEE rounds it; behind it a quantizer.
ir::Program Quotient(std::int16_t weight, bool computed) {
  ConvSpec spec;
  spec.weights = {{weight, 5}};
  ConvProgram p(spec);
  const ir::ValueId root = computed
                               ? p.Call("aten.sqrt.default", p.PerChannel({2.0f}))
                               : p.PerChannel({std::bit_cast<float>(std::uint32_t{0x3fb504f3})});
  return p.Return({p.Step(p.Call("aten.div.Tensor", p.conv(), {{"other", root}}), Int8(8, 0))});
}

// The constants are the same numbers, but one may be another in another PyTorch.
TEST(Memory, WhetherAConstantDependsOnARootIsAsked) {
  for (const std::int16_t weight : {std::int16_t{3}, std::int16_t{2}}) {  // one sum, a pair of sums
    MapMemory memory;
    ProveOptions options;
    const auto judge = [&](bool computed, ProofMemory* with) {
      options.memory = with;
      const SidePair pair{Quotient(3, computed), Quotient(weight, false)};
      return pair.Judge(options).verification;
    };
    judge(false, &memory);
    const Verification first = judge(true, &memory);
    EXPECT_EQ(first.remembered_sites, 0u);
    const Verification second = judge(true, &memory);
    EXPECT_EQ(second.remembered_sites, 1u);
    EXPECT_EQ(Told(first), Told(judge(true, nullptr)));
    EXPECT_EQ(Told(second), Told(first));
    const auto& channel = second.sites.at(0).tails.at(0).channels.at(0);
    EXPECT_TRUE(channel.reachable.lsb_root_step.has_value());
    EXPECT_EQ(channel.joint.has_value(), weight == 2);
  }
}

// A memory may hold anything: what cannot be the answer is forgotten and judged again.
TEST(Memory, WhatIsNoAnswerIsDroppedAndNeverAVerdict) {
  MapMemory memory;
  Two after;
  after.bias = 9;
  const std::string right = Told(Judge({}, after, &memory));
  const auto kept = memory.kept;
  for (const std::string forged : {"", "nonsense", "\1\0\0\0\0\0\0\0"}) {
    memory.kept = kept;
    memory.dropped = 0;
    for (auto& [key, answer] : memory.kept) answer = forged;
    const Verification again = Judge({}, after, &memory);
    EXPECT_EQ(again.remembered_sites, 0u);
    EXPECT_EQ(memory.dropped, 2u);
    EXPECT_EQ(Told(again), right);
    EXPECT_EQ(memory.kept, kept);
  }
}

// While another proof is at a site, this one judges its other site, and then takes the answer over.
TEST(Memory, ASiteThatAnotherProofIsAtIsWaitedFor) {
  MapMemory known;
  Two after;
  after.bias = 9;
  const std::string right = Told(Judge({}, after, &known));
  ASSERT_EQ(known.kept.size(), 2u);
  for (const int threads : {1, 2}) {
    for (const auto& [key, answer] : known.kept) {
      MapMemory memory;
      auto turn = memory.in_work().Take(key);
      auto proof =
          std::async(std::launch::async, [&] { return Judge({}, after, &memory, threads); });
      while (memory.Count() == 0) std::this_thread::yield();
      memory.Keep(key, answer);
      turn.reset();
      const Verification taken_over = proof.get();
      EXPECT_EQ(taken_over.remembered_sites, 1u);
      EXPECT_EQ(Told(taken_over), right);
      EXPECT_EQ(memory.writes, 2u);
      EXPECT_EQ(memory.kept, known.kept);
    }
  }
}

// One that ends without an answer leaves the site to whoever waits.
TEST(Memory, ASiteThatAnotherProofGaveUpIsJudged) {
  MapMemory known;
  Judge({}, {}, &known);
  MapMemory memory;
  auto turn = memory.in_work().Take(known.kept.begin()->first);
  auto proof = std::async(std::launch::async, [&] { return Judge({}, {}, &memory); });
  while (memory.Count() == 0) std::this_thread::yield();
  turn.reset();
  EXPECT_EQ(proof.get().remembered_sites, 0u);
  EXPECT_EQ(memory.kept, known.kept);
}

TEST(Memory, ManyProofsSideBySideJudgeEachSiteOnce) {
  MapMemory memory;
  std::vector<std::future<Verification>> proofs;
  for (int i = 0; i < 12; ++i) {
    proofs.push_back(std::async(
        std::launch::async, [&, threads = 1 + i % 2] { return Judge({}, {}, &memory, threads); }));
  }
  std::size_t remembered = 0;
  for (auto& proof : proofs) remembered += proof.get().remembered_sites;
  EXPECT_EQ(memory.writes, 2u);
  EXPECT_EQ(remembered, 2 * 12u - 2);
}

TEST(Memory, ASiteIsWhatItWasAfterItWasAsked) {
  const SidePair pair{Make({}), Make({})};
  Matching matching = pair.Match();
  MatchedSite& site = matching.sites.at(1);
  const ir::NodeId node = site.before->conv.node;
  const ir::ValueId output = site.before->conv.output, weight = site.after->conv.op.weight;
  const auto edge = site.before->tail.frontiers.at(0).edge;
  const auto values = site.after->tail.values;
  AskedSite asked(site, {}, Reach::kExact, nullptr);
  const SiteQuestion& question = asked.question();
  EXPECT_EQ(question.before.conv.node, ir::NodeId{});
  EXPECT_EQ(question.after.conv.op.weight, ir::ValueId{});
  EXPECT_EQ(question.before.tail.frontiers.at(0).edge, Edge{});
  EXPECT_EQ(question.after.tail.values, std::vector<ir::ValueId>(values.size()));
  EXPECT_NO_THROW(QuestionBytes(question));
  asked.PutBack();
  EXPECT_EQ(site.before->conv.node, node);
  EXPECT_EQ(site.before->conv.output, output);
  EXPECT_EQ(site.after->conv.op.weight, weight);
  EXPECT_EQ(site.before->tail.frontiers.at(0).edge, edge);
  EXPECT_EQ(site.after->tail.values, values);
  EXPECT_NE(node, ir::NodeId{});
}

}  // namespace
}  // namespace foldproof::prove::site_runner_test
