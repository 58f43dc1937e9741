// SPDX-License-Identifier: BSD-3-Clause
#include "cli/configuration.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/proof_options.h"
#include "cli/rule_names.h"
#include "harness/exec/open/open_executor.h"
#include "harness/prove/verdict/names.h"
#include "src/base/error.h"
#include "src/base/nearest_name.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPairs = 100'000;

// Keys that say how a pair is judged; in [defaults] they count for all.
const std::vector<std::string_view> kJudging = {
    "tolerance",  "ideal_gap",      "domain",         "reach",        "semantics",
    "batch_norm", "allow_unproved", "ideal_distance", "pass_timeout", "pass_start_timeout",
    "executor",   "crashes",        "unchanged",      "input_range"};
// Keys of a pair alone.
const std::vector<std::string_view> kOfAPair = {
    "name",     "before",    "after",     "fold",   "pass",      "pipeline", "until",
    "patterns", "symmetric", "zero_bias", "inputs", "fold_pass", "weights",  "upstream"};
const std::vector<std::string_view> kOfAWaiver = {"pair",   "rule",    "site",
                                                  "reason", "expires", "up_to_lsb"};

// What a pair's other keys decide the use of.
struct Judging {
  bool crashes = false;
  double pass_seconds = passes::PassCommand{}.timeout_seconds;
  double start_seconds = passes::PassCommand{}.start_seconds;
};

class ConfigurationReader {
 public:
  explicit ConfigurationReader(const ConfigurationFile& file)
      : root_(file), folder_(fs::path(file.path).parent_path()) {}

  Configuration Run() {
    root_.Only({"defaults", "pair", "waiver"});
    ConfiguredPair defaults;
    defaults.options.unchanged_holds = false;
    Judging judging;
    if (const auto table = root_.Find("defaults")) {
      table->Only(kJudging);
      ReadJudging(*table, defaults, judging);
    }
    root_.Each("pair", [&](const Setting& pair) { AddPair(pair, defaults, judging); });
    if (out_.pairs.empty()) root_.Fail("has no pair, so there is nothing to judge");
    root_.Each("waiver", [&](const Setting& waiver) { AddWaiver(waiver); });
    return std::move(out_);
  }

 private:
  std::string PathOf(const Setting& setting) const {
    return (folder_ / setting.Text()).lexically_normal().string();
  }

  verify::Tolerance ToleranceOf(const Setting& setting) const {
    if (!setting.IsText()) return verify::LsbTolerance{setting.Number()};
    if (setting.Text() == "derived") return verify::DerivedTolerance{};
    if (!setting.Text().ends_with(".json"))
      setting.Fail("must be \"derived\", a number of LSB, or a .json file with one for each site");
    return verify::FileTolerance{PathOf(setting)};
  }

  // Sets `value` to what the key names, where it is there.
  template <typename Enum>
  static void Choose(const Setting& table, std::string_view key, Enum& value) {
    if (const auto setting = table.Find(key)) value = *Parse<Enum>(setting->OneOf(NamesOf<Enum>()));
  }

  static void ReadTruth(const Setting& table, std::string_view key, bool& value) {
    if (const auto setting = table.Find(key)) value = setting->Truth();
  }

  static void ReadSeconds(const Setting& table, std::string_view key, double& value) {
    const auto seconds = table.Find(key);
    if (!seconds) return;
    value = seconds->Number();
    if (value == 0) seconds->Fail("must be more than 0 seconds");
  }

  void ReadJudging(const Setting& table, ConfiguredPair& out, Judging& judging) const {
    prove::ProveOptions& proof = out.options.proof;
    Choose(table, "domain", proof.judge.domain);
    Choose(table, "reach", proof.reach);
    Choose(table, "semantics", proof.semantics);
    Choose(table, "batch_norm", proof.batch_norm);
    if (const auto tolerance = table.Find("tolerance"))
      out.options.tolerance = ToleranceOf(*tolerance);
    if (const auto gap = table.Find("ideal_gap")) {
      if (gap->IsText()) gap->OneOf({"off"});
      proof.judge.ideal_gap_lsb = gap->IsText() ? std::nullopt : std::optional(gap->Number());
    }
    if (const auto range = table.Find("input_range")) {
      const auto box = ParseFloatBox(range->Text());
      if (!box) range->Fail("must be \"LO:HI\", two finite numbers");
      proof.float_box = *box;
    }
    ReadTruth(table, "allow_unproved", out.options.allow_unproved);
    if (const auto unchanged = table.Find("unchanged"))
      out.options.unchanged_holds = unchanged->OneOf({"allowed", "unproved"}) == "allowed";
    ReadTruth(table, "ideal_distance", proof.judge.ideal_distance);
    ReadTruth(table, "crashes", judging.crashes);
    ReadSeconds(table, "pass_timeout", judging.pass_seconds);
    ReadSeconds(table, "pass_start_timeout", judging.start_seconds);
    if (const auto executor = table.Find("executor")) {
      const auto names = exec::ExecutorNames();
      out.options.executor = executor->OneOf({names.begin(), names.end()});
    }
  }

  // What the keys of a fold say; they are for a pair with fold.
  static fold::FoldOptions ReadFold(const Setting& pair) {
    fold::FoldOptions out;
    const bool folds = pair.Find("fold").has_value();
    for (const char* key : {"pipeline", "until", "patterns", "symmetric", "zero_bias", "fold_pass",
                            "weights", "upstream"}) {
      if (const auto setting = pair.Find(key); setting && !folds)
        setting->Fail("is for a pair with fold");
    }
    Choose(pair, "fold", out.policy);
    Choose(pair, "fold_pass", out.pass);
    if (const auto setting = pair.Find("weights"))
      out.weights = Parse<fold::CodesMode>(setting->OneOf(NamesOf<fold::CodesMode>()));
    Choose(pair, "upstream", out.upstream);
    Choose(pair, "pipeline", out.pipeline);
    Choose(pair, "until", out.until);
    Choose(pair, "patterns", out.patterns);
    ReadTruth(pair, "symmetric", out.symmetric);
    ReadTruth(pair, "zero_bias", out.default_zero_bias);
    return out;
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

  void AddPair(const Setting& pair, const ConfiguredPair& defaults, Judging judging) {
    std::vector<std::string_view> keys = kOfAPair;
    keys.insert(keys.end(), kJudging.begin(), kJudging.end());
    pair.Only(keys);
    if (out_.pairs.size() == kMostPairs) pair.Fail("is one pair too many");
    ConfiguredPair out = defaults;
    out.name = NameOf(pair);
    out.before = pair.At("before").Text();
    out.before_path = PathOf(pair.At("before"));
    ReadJudging(pair, out, judging);
    const fold::FoldOptions fold = ReadFold(pair);
    if (judging.crashes) out.options.crashes = fold.patterns;
    int made = 0;
    if (const auto after = pair.Find("after")) {
      ++made;
      out.after = after->Text();
      out.after_from = verify::AfterFile{PathOf(*after)};
    }
    if (pair.Find("fold")) {
      ++made;
      out.after_from = verify::AfterFold{fold};
    }
    if (const auto pass = pair.Find("pass")) {
      ++made;
      out.after_from =
          passes::PassCommand{pass->Text(), judging.pass_seconds, {}, judging.start_seconds};
    }
    if (const auto inputs = pair.Find("inputs")) {
      out.inputs = inputs->Text();
      out.options.inputs = PathOf(*inputs);
    }
    if (made != 1) pair.Fail("needs one of after, fold and pass");
    if (out.options.proof.judge.domain == prove::Domain::kObserved && out.inputs.empty())
      pair.Fail("has the domain observed, which needs inputs");
    out_.pairs.push_back(std::move(out));
  }

  // A waiver for a pair that is not there would wait for ever.
  void CheckPairOf(const Setting& waiver, const std::string& pair) const {
    const bool is_glob = pair.find_first_of("*?") != std::string::npos;
    if (is_glob || names_.contains(pair)) return;
    waiver.At("pair").Fail("names no pair of this file" +
                           DidYouMean(pair, {names_.begin(), names_.end()}));
  }

  // A rule that is on no list may be a newer one; one that is nearly on the list is misspelled.
  static void CheckRuleOf(const Setting& waiver, const std::string& rule) {
    if (const auto meant = MisspelledRule(rule))
      waiver.At("rule").Fail("is no rule; did you mean '" + *meant + "'?");
  }

  void AddWaiver(const Setting& waiver) {
    waiver.Only(kOfAWaiver);
    reports::Waiver out;
    out.pair = waiver.At("pair").Text();
    CheckPairOf(waiver, out.pair);
    out.rule = waiver.At("rule").Text();
    CheckRuleOf(waiver, out.rule);
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
