// SPDX-License-Identifier: BSD-3-Clause
//
// Real programs: each equal to itself, every pair judged, every witness summed up again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/verdict/names.h"
#include "src/pt2/reader.h"
#include "tests/harness/prove/program_files.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(tests::kSourceFolder) / "../shared/corpus";

std::vector<fs::path> Corpus() {
  std::vector<fs::path> out;
  for (const char* folder : {".", "pre_export", "quant_fusion"}) {
    const auto more = ProgramsIn(kCorpus / folder);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

// The after-programs beside `before`, by the corpus's naming.
std::vector<fs::path> AftersOf(const fs::path& before) {
  std::vector<fs::path> out;
  const std::string name = before.filename().string();
  const std::size_t at = name.rfind("before.pt2");
  if (at == std::string::npos) return out;
  for (const char* end : {"after.pt2", "after_bias.pt2"}) {
    const fs::path after = before.parent_path() / (name.substr(0, at) + end);
    if (fs::exists(after)) out.push_back(after);
  }
  return out;
}

struct Loaded {
  explicit Loaded(const fs::path& path) : program(pt2::ReadProgram(path)), side(program) {}
  Loaded(const Loaded&) = delete;
  ir::Program program;
  Side side;
};

ProveOptions OnThreads(int threads) {
  ProveOptions options;
  options.threads = threads;
  return options;
}

TEST(ProverCorpus, EveryProgramIsEqualToItself) {
  const auto files = Corpus();
  if (files.empty()) GTEST_SKIP() << "no ../shared/corpus";
  int sites = 0;
  for (const fs::path& path : files) {
    const Loaded one(path);
    const Proof proof = Prove(one.side, one.side, OnThreads(1));
    EXPECT_TRUE(proof.matching.changed_outputs.empty()) << path;
    for (const SiteVerdict& site : proof.verification.sites) {
      ++sites;
      const bool undefined =
          site.verdict == Verdict::kUnproved && site.reason.starts_with("undefined");
      EXPECT_TRUE(site.verdict == Verdict::kEqual || undefined)
          << path << " " << site.before_conv << ": " << NameOf(site.verdict) << " " << site.reason;
    }
    for (const StructureFinding& finding : proof.verification.structure) {
      EXPECT_FALSE(finding.only_after) << path << " " << finding.rule;
    }
  }
  EXPECT_GT(sites, 300);
}

// sum w * x over the taps that meet the input, from the program's own weight codes.
std::int64_t SumOfTaps(const ConvSide& conv, const Witness& witness) {
  const std::vector<std::int32_t> weights = conv.WeightsOf(witness.channel);
  const std::size_t met = witness.kernel_positions.size();
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < witness.taps.size(); ++i) {
    const std::size_t input = i / met;
    const std::size_t kernel = witness.kernel_positions[i % met];
    sum += witness.taps[i] * weights[input * conv.kernel + kernel];
  }
  return sum;
}

void CheckWitness(const ConvSide& conv, const TailVerdict& tail, const std::string& where) {
  ASSERT_TRUE(tail.witness) << where;
  const Witness& witness = *tail.witness;
  EXPECT_EQ(witness.taps.size(), conv.taps / conv.kernel * witness.kernel_positions.size())
      << where;
  EXPECT_EQ(SumOfTaps(conv, witness), witness.accumulator) << where;
  for (const std::int64_t x : witness.taps) {
    EXPECT_GE(x, conv.input_range.low) << where;
    EXPECT_LE(x, conv.input_range.high) << where;
  }
}

// Everything of a channel that a report tells.
std::string Figures(const Verification& verification) {
  std::string out;
  const auto add = [&](double x) { out += std::to_string(x) + ","; };
  for (const SiteVerdict& site : verification.sites) {
    out += site.before_conv + std::string(NameOf(site.verdict)) + site.reason + ":";
    for (const TailVerdict& tail : site.tails) {
      out += tail.frontier + std::string(NameOf(tail.verdict));
      add(tail.tolerance_lsb);
      if (tail.witness) {
        for (const std::int64_t x : tail.witness->taps) add(static_cast<double>(x));
      }
      for (const Cause& cause : tail.causes) out += cause.rule + cause.node;
      for (const ChannelVerdict& channel : tail.channels) {
        for (const DomainFigures* domain : {&channel.reachable, &channel.calibrated}) {
          add(domain->lsb);
          add(static_cast<double>(domain->accumulator.value_or(0)));
          add(static_cast<double>(domain->count));
          add(static_cast<double>(domain->over));
        }
        if (channel.ideal) add(channel.ideal->gap);
      }
    }
  }
  return out;
}

struct Counts {
  int integer = 0, proved = 0, undefined = 0, differs = 0, equal = 0, pairs = 0;
};

void CountSites(const Loaded& before, const Proof& proof, const std::string& where,
                Counts& counts) {
  std::set<std::string> integer;  // convs of int8 input and int8 weights
  for (const ir::Node& node : before.program.graph.nodes()) {
    if (!std::holds_alternative<ir::Convolution>(node.op) || !before.side.view.IsLive(node.id))
      continue;
    const auto read = ReadConvSide(before.side.view, before.side.constants, node);
    if (read.side && read.side->input_params.dtype == ir::ScalarType::kInt8 &&
        read.side->weights.dtype == ir::ScalarType::kInt8) {
      integer.insert(node.name);
    }
  }
  counts.integer += static_cast<int>(integer.size());
  for (const SiteVerdict& site : proof.verification.sites) {
    if (!integer.contains(site.before_conv)) continue;
    const bool undefined = site.reason.starts_with("undefined");
    counts.undefined += site.verdict == Verdict::kUnproved && undefined;
    counts.proved += site.verdict != Verdict::kUnproved || undefined;
    counts.differs += site.verdict == Verdict::kDiffers;
    counts.equal += site.verdict == Verdict::kEqual;
    if (site.verdict == Verdict::kUnproved && !undefined) {
      std::printf("unproved: %s %s: %s\n", where.c_str(), site.before_conv.c_str(),
                  site.reason.c_str());
    }
    integer.erase(site.before_conv);
  }
  for (const std::string& conv : integer)
    std::printf("no site: %s %s\n", where.c_str(), conv.c_str());
}

TEST(ProverCorpus, EveryPairIsJudgedAndEveryWitnessSumsUp) {
  Counts counts;
  for (const fs::path& path : Corpus()) {
    const auto afters = AftersOf(path);
    if (afters.empty()) continue;
    const Loaded before(path);
    for (const fs::path& after_path : afters) {
      const Loaded after(after_path);
      const Proof proof = Prove(before.side, after.side, OnThreads(1));
      ++counts.pairs;
      const std::string where = path.filename().string();
      // In quant_fusion/ the after-program has fused the conv itself away: no fold, no site.
      if (path.parent_path().filename() != "quant_fusion") CountSites(before, proof, where, counts);
      for (std::size_t s = 0; s < proof.verification.sites.size(); ++s) {
        for (const TailVerdict& tail : proof.verification.sites[s].tails) {
          if (tail.verdict != Verdict::kDiffers) continue;
          CheckWitness(proof.matching.sites[s].before->conv, tail, where + " " + tail.frontier);
          EXPECT_FALSE(tail.causes.empty()) << where << " " << tail.frontier;
        }
      }
      EXPECT_EQ(Figures(proof.verification),
                Figures(Prove(before.side, after.side, OnThreads(2)).verification))
          << where;
    }
  }
  if (counts.pairs == 0) GTEST_SKIP() << "no ../shared/corpus";
  std::printf(
      "%d pairs; conv sites of int8 input and weights: %d, decided %d (of them undefined %d), "
      "differs %d, equal %d\n",
      counts.pairs, counts.integer, counts.proved, counts.undefined, counts.differs, counts.equal);
  EXPECT_GE(counts.proved * 100, counts.integer * 97);
}

}  // namespace
}  // namespace foldproof::prove
