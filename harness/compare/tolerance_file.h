// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/prove/judge/prover.h"

namespace foldproof::compare {

// How far apart the two programs may be, site by site:
//
//     {"default": "derived", "sites": [{"match": "conv2d_1*", "tolerance": 2.0}]}
//
// A tolerance is a finite number of LSB >= 0, or "derived". `match` is a glob on the name of the
// before-program's conv; the first that matches counts, and "default" ("derived" where it is
// absent) where none does.
struct ToleranceFile {
  struct Site {
    std::string match;
    std::optional<double> lsb;  // nullopt: derived
  };

  std::optional<double> otherwise;
  std::vector<Site> sites;

  // Sets the tolerances of `options` for the sites of the program before.
  void Apply(const ir::Program& before, prove::ProveOptions& options) const;
};

// No larger file is one.
inline constexpr std::size_t kMostToleranceBytes = std::size_t{1} << 20;

// Reads a file's text. Throws Error(kInput) with an empty place or that of the entry.
ToleranceFile ParseToleranceFile(std::string_view text);

// Whether `name` is what `glob` describes: * any characters or none, ? one, all others themselves.
bool MatchesGlob(std::string_view glob, std::string_view name);

}  // namespace foldproof::compare
