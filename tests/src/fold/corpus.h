// SPDX-License-Identifier: BSD-3-Clause
//
// The recorded programs around ExecuTorch's own passes: those of golden/pt2, and all of the corpus
// where it lies beside the project.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/paths.h"

namespace foldproof::fold {

struct RecordedCase {
  std::string name;
  std::filesystem::path before;
  std::filesystem::path after;  // empty where the pass raised, or its result does not run
};

inline std::filesystem::path CorpusFolder() {
  return std::filesystem::path(tests::kSourceFolder) / ".." / "shared" / "corpus";
}

// Every NAME.before.pt2 below `folder`.
inline std::vector<RecordedCase> CasesBelow(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<RecordedCase> cases;
  if (!fs::exists(folder)) return cases;
  constexpr std::string_view kSuffix = ".before.pt2";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(kSuffix)) continue;
    RecordedCase found;
    found.name = file.substr(0, file.size() - kSuffix.size());
    found.before = entry.path();
    const fs::path after = folder / (found.name + ".after.pt2");
    if (fs::exists(after)) found.after = after;
    cases.push_back(std::move(found));
  }
  std::sort(cases.begin(), cases.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

// The whole corpus where it is there, else what golden/pt2 has of it.
inline std::vector<RecordedCase> RecordedCases() {
  std::vector<RecordedCase> cases = CasesBelow(CorpusFolder());
  for (auto& big : CasesBelow(CorpusFolder() / "big")) cases.push_back(std::move(big));
  if (!cases.empty()) return cases;
  return CasesBelow(std::filesystem::path(tests::kSourceFolder) / "golden" / "pt2");
}

}  // namespace foldproof::fold
