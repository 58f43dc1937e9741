// SPDX-License-Identifier: BSD-3-Clause
#include "cli/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/exec/open/open_executor.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPairs = 100'000;

// Keys that say how a pair is judged; in [defaults] they count for all.
const std::vector<std::string_view> kJudging = {
    "tolerance",  "ideal_gap",      "domain",         "reach",        "semantics",
    "batch_norm", "allow_unproved", "ideal_distance", "pass_timeout", "executor"};
// Keys of a pair alone.
const std::vector<std::string_view> kOfAPair = {"name",      "before",    "after", "fold",
                                                "pass",      "pipeline",  "until", "patterns",
                                                "symmetric", "zero_bias", "inputs"};
const std::vector<std::string_view> kOfAWaiver = {"pair",   "rule",    "site",
                                                  "reason", "expires", "up_to_lsb"};

class ConfigurationReader {
 public:
  explicit ConfigurationReader(const ConfigurationFile& file)
      : root_(file), folder_(fs::path(file.path).parent_path()) {}

  Configuration Run() {
    root_.Only({"defaults", "pair", "waiver"});
    VerificationOptions defaults;
    if (const auto table = root_.Find("defaults")) {
      table->Only(kJudging);
      ReadJudging(*table, defaults);
    }
    root_.Each("pair", [&](const Setting& pair) { AddPair(pair, defaults); });
    if (out_.pairs.empty()) root_.Fail("has no pair, so there is nothing to judge");
    root_.Each("waiver", [&](const Setting& waiver) { AddWaiver(waiver); });
    return std::move(out_);
  }

 private:
  std::string PathOf(const Setting& setting) const {
    return (folder_ / setting.Text()).lexically_normal().string();
  }

  // "derived", a number of LSB, or a file with one for each site.
  std::string ToleranceOf(const Setting& setting) const {
    if (!setting.IsText()) return fmt::format("{}", setting.Number());
    if (setting.Text() == "derived") return "derived";
    if (!setting.Text().ends_with(".json"))
      setting.Fail("must be \"derived\", a number of LSB, or a .json file with one for each site");
    return PathOf(setting);
  }

  void ReadJudging(const Setting& table, VerificationOptions& out) const {
    const auto choose = [&](std::string_view key, const std::vector<std::string_view>& choices,
                            std::string& chosen) {
      if (const auto setting = table.Find(key)) chosen = setting->OneOf(choices);
    };
    choose("domain", {"calibrated", "reachable", "observed"}, out.domain);
    choose("reach", {"exact", "interval"}, out.reach);
    choose("semantics", {"integer", "kernel:q31", "kernel:tosa"}, out.semantics);
    choose("batch_norm", {"fma", "no-fma"}, out.batch_norm);
    if (const auto tolerance = table.Find("tolerance")) out.tolerance = ToleranceOf(*tolerance);
    if (const auto gap = table.Find("ideal_gap"))
      out.ideal_gap = gap->IsText() ? gap->OneOf({"off"}) : fmt::format("{}", gap->Number());
    if (const auto allow = table.Find("allow_unproved")) out.allow_unproved = allow->Truth();
    if (const auto distance = table.Find("ideal_distance")) out.ideal_distance = distance->Truth();
    if (const auto seconds = table.Find("pass_timeout")) {
      out.pass.timeout_seconds = seconds->Number();
      if (out.pass.timeout_seconds == 0) seconds->Fail("must be more than 0 seconds");
    }
    if (const auto executor = table.Find("executor")) {
      const auto names = exec::ExecutorNames();
      out.executor = executor->OneOf({names.begin(), names.end()});
    }
  }

  void ReadFold(const Setting& pair, VerificationOptions& out) const {
    if (const auto policy = pair.Find("fold")) {
      out.folds = true;
      out.fold.policy = policy->OneOf({"upstream", "guarded", "repair"});
    }
    const auto of_fold = [&](std::string_view key) {
      auto setting = pair.Find(key);
      if (setting && !out.folds) setting->Fail("is for a pair with fold");
      return setting;
    };
    if (const auto pipeline = of_fold("pipeline"))
      out.fold.pipeline = pipeline->OneOf({"post-export", "pre-export"});
    if (const auto until = of_fold("until"))
      out.fold.until = until->OneOf({"biases", "fold", "fusion"});
    if (const auto patterns = of_fold("patterns"))
      out.fold.patterns = patterns->OneOf({"default", "fused-conv-relu"});
    if (const auto symmetric = of_fold("symmetric")) out.fold.symmetric = symmetric->Truth();
    if (const auto zero_bias = of_fold("zero_bias")) out.fold.no_zero_bias = !zero_bias->Truth();
  }

  std::string NameOf(const Setting& pair) {
    const Setting setting = pair.At("name");
    const std::string& name = setting.Text();
    const bool fits = name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
                      std::ranges::all_of(name, [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                      });
    if (!fits) setting.Fail("must be at most 100 letters, digits, - _ and .");
    if (!names_.insert(name).second) setting.Fail("is the name of two pairs");
    return name;
  }

  void AddPair(const Setting& pair, const VerificationOptions& defaults) {
    std::vector<std::string_view> keys = kOfAPair;
    keys.insert(keys.end(), kJudging.begin(), kJudging.end());
    pair.Only(keys);
    if (out_.pairs.size() == kMostPairs) pair.Fail("is one pair too many");
    ConfiguredPair out{NameOf(pair), pair.At("before").Text(), "", "", defaults};
    out.options.before = PathOf(pair.At("before"));
    ReadJudging(pair, out.options);
    ReadFold(pair, out.options);
    if (const auto after = pair.Find("after")) {
      out.after = after->Text();
      out.options.after = PathOf(*after);
    }
    if (const auto pass = pair.Find("pass")) out.options.pass.command = pass->Text();
    if (const auto inputs = pair.Find("inputs")) {
      out.inputs = inputs->Text();
      out.options.inputs = PathOf(*inputs);
    }
    const auto made =
        (pair.Find("after") ? 1 : 0) + (pair.Find("fold") ? 1 : 0) + (pair.Find("pass") ? 1 : 0);
    if (made != 1) pair.Fail("needs one of after, fold and pass");
    if (out.options.domain == "observed" && out.options.inputs.empty())
      pair.Fail("has the domain observed, which needs inputs");
    out_.pairs.push_back(std::move(out));
  }

  void AddWaiver(const Setting& waiver) {
    waiver.Only(kOfAWaiver);
    reports::Waiver out;
    out.pair = waiver.At("pair").Text();
    out.rule = waiver.At("rule").Text();
    if (const auto site = waiver.Find("site")) out.site = site->Text();
    out.reason = waiver.At("reason").Text();
    out.expires = waiver.At("expires").Date();
    if (const auto most = waiver.Find("up_to_lsb")) out.up_to_lsb = most->Number();
    out.line = waiver.line();
    out_.waivers.push_back(std::move(out));
  }

  Setting root_;
  fs::path folder_;
  std::set<std::string> names_;
  Configuration out_;
};

}  // namespace

Configuration ParseConfiguration(const ConfigurationFile& file) {
  return ConfigurationReader(file).Run();
}

}  // namespace foldproof::cli
