// SPDX-License-Identifier: BSD-3-Clause
//
// The written lists of operators' effects against schemas: those of the libtorch that is linked,
// and those that were recorded of others (golden/effects).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "harness/exec/libtorch/torch_module.h"
#include "src/ir/functional/op_lists.h"
#include "tests/paths.h"

namespace foldproof::exec {
namespace {

using Names = std::set<std::string>;

struct Recorded {
  std::string name;
  Names writes, shares;
  bool random = false;
};

Names NamesOf(const std::string& text) {
  Names names;
  std::istringstream in(text);
  for (std::string name; std::getline(in, name, ',');) {
    if (name != "-") names.insert(name);
  }
  return names;
}

std::vector<Recorded> ReadRecorded(const std::filesystem::path& file) {
  std::vector<Recorded> rows;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream fields(line);
    std::string name, writes, shares, random;
    fields >> name >> writes >> shares >> random;
    rows.push_back({name, NamesOf(writes), NamesOf(shares), random == "random"});
  }
  return rows;
}

// What is shared though schemas do not say it, and the statistics that batch_norm writes.
bool IsSaidByNoSchema(const std::string& name) {
  static const Names silent{
      "_unsafe_view.default",  "lift.default",          "unsafe_split.Tensor",
      "unsafe_chunk.default",  "type_as.default",       "unsafe_split_with_sizes.default",
      "dropout.default",       "sum_to_size.default",   "feature_dropout.default",
      "alpha_dropout.default", "conj_physical.default", "feature_alpha_dropout.default",
      "atleast_1d.default",    "atleast_2d.default",    "atleast_3d.default"};
  return silent.contains(name);
}

// The lists are of 2.13. Of another version they may say that more is written: 1.13 does not say it
// of rrelu's noise, and its _lstm_mps has fewer results.
enum class Version { kOfTheLists, kOther };

// Empty where the list agrees with the schema.
std::string FaultOf(const Recorded& row, Version version) {
  const auto written = ir::FindListedWrites(row.name);
  const Names listed = written ? Names(written->begin(), written->end()) : Names{};
  const bool all = std::ranges::includes(listed, row.writes);
  if (!all || (version == Version::kOfTheLists && listed != row.writes)) {
    return row.name + " writes otherwise";
  }
  if (row.writes.empty()) {
    const bool view = ir::FindListedView(row.name).has_value();
    if (!row.shares.empty() && !view) return row.name + " is no view on the list";
    if (row.shares.empty() && view && !IsSaidByNoSchema(row.name)) {
      return row.name + " is a view on the list alone";
    }
    if (!view && !ir::IsListedFresh(row.name) && !ir::MayShareMemory(row.name) &&
        !ir::IsListedRandom(row.name)) {
      return row.name + " is on no list";
    }
  }
  if (row.random && !ir::IsListedRandom(row.name)) return row.name + " is drawn at random";
  return "";
}

TEST(EffectLists, AgreeWithTheRecordedSchemas) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(tests::kSourceFolder) / "golden" / "effects")) {
    ++files;
    const std::vector<Recorded> rows = ReadRecorded(entry.path());
    const Version version =
        entry.path().stem() == "torch-2.13.0" ? Version::kOfTheLists : Version::kOther;
    EXPECT_GT(rows.size(), 1000u) << entry.path();
    for (const Recorded& row : rows) EXPECT_EQ(FaultOf(row, version), "") << entry.path();
  }
  EXPECT_EQ(files, 2u);
}

// The operator's arguments that may be written or shared, as 2.13 names them.
TEST(EffectLists, AgreeWithTheSchemasOfTheLinkedLibtorch) {
  std::unique_ptr<TorchModule> torch;
  try {
    torch = std::make_unique<TorchModule>(FindTorchModule());
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  const char* record = std::getenv("FOLDPROOF_RECORD_EFFECTS");
  std::ofstream out(record == nullptr ? "/dev/null" : record);
  if (record != nullptr) {
    out << "# As in the other files of this folder; made from " << torch->Describe()
        << ", with the argument names of 2.13.\n";
  }
  std::size_t known = 0;
  for (Recorded row : ReadRecorded(std::filesystem::path(tests::kSourceFolder) / "golden" /
                                   "effects" / "torch-2.13.0.tsv")) {
    Names candidates{"self", "input", "tensor", "tensors", "out", "running_mean", "running_var"};
    candidates.insert(row.writes.begin(), row.writes.end());
    candidates.insert(row.shares.begin(), row.shares.end());
    std::vector<const char*> names;
    for (const std::string& name : candidates) names.push_back(name.c_str());
    const auto found = torch->Find(ParseTarget("aten." + row.name));
    try {
      torch->Call(found.get(), {}, 0);
    } catch (const Error& error) {
      if (std::string(error.why()).find("no such operator") != std::string::npos) continue;
    }
    ++known;
    const Effects effects = torch->EffectsOf(found.get(), names);
    row.writes.clear();
    row.shares.clear();
    row.random = effects.random;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (effects.writes[i]) row.writes.insert(names[i]);
      if (effects.views[i] && !effects.writes[i]) row.shares.insert(names[i]);
    }
    EXPECT_EQ(FaultOf(row, Version::kOther), "") << torch->Describe();
    const auto joined = [](const Names& set) {
      std::string text;
      for (const std::string& name : set) text += (text.empty() ? "" : ",") + name;
      return text.empty() ? std::string("-") : text;
    };
    out << row.name << '\t' << joined(row.writes) << '\t' << joined(row.shares) << '\t'
        << (row.random ? "random" : "-") << '\n';
  }
  std::cout << known << " listed operators in " << torch->Describe() << "\n";
  EXPECT_GT(known, 1000u);
}

}  // namespace
}  // namespace foldproof::exec
