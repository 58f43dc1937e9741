// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof gate` of a configuration that a test writes.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {

inline std::string Pt2(const std::string& name) {
  return std::string(tests::kSourceFolder) + "/golden/pt2/" + name;
}

inline std::string Pair(const std::string& name, const std::string& stem,
                        const std::string& more = "") {
  return "[[pair]]\nname = \"" + name + "\"\nbefore = \"" + Pt2(stem + "before.pt2") +
         "\"\nafter = \"" + Pt2(stem + "after.pt2") + "\"\n" + more;
}

inline const std::string kRight = Pair("right", "fused_conv2d_bias_relu.torchao_");
inline const std::string kSaturated = Pair("saturated", "default_conv2d_nobias.");
inline const std::string kUnproved = Pair("undecided", "hand_13_gamma0.");

inline std::string Waiver(const std::string& pair, const std::string& rule,
                          const std::string& expires, const std::string& more = "") {
  return "[[waiver]]\npair = \"" + pair + "\"\nrule = \"" + rule +
         "\"\nreason = \"known, #12\"\nexpires = " + expires + "\n" + more;
}

// The gate of that configuration on 2027-01-31, from the repository's root.
inline Ran Gate(const std::string& configuration, std::vector<std::string> more = {},
                const std::string& name = "foldproof.toml",
                const std::string& today = "2027-01-31") {
  const Scratch scratch;
  std::ofstream(scratch / name) << configuration;
  more.insert(more.begin(), {"gate", "--config", scratch / name, "--today", today});
  return RunFoldproof(more);
}

}  // namespace foldproof::cli
