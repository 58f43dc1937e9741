// SPDX-License-Identifier: BSD-3-Clause
//
// The pairs of programs that a repository keeps, how each is judged, and what is waived: the file
// of `gate` and `golden` (docs/gate.md).
#pragma once

#include <string>
#include <vector>

#include "cli/configuration_file.h"
#include "harness/verify/options.h"
#include "reports/gate.h"

namespace foldproof::cli {

struct ConfiguredPair {
  std::string name;    // letters, digits, - _ and . alone: also a file's name
  std::string before;  // as it stands in the configuration
  std::string after;
  std::string inputs;
  // With paths from the working folder.
  std::string before_path;
  verify::After after_from;
  verify::VerifyOptions options;
};

struct Configuration {
  std::vector<ConfiguredPair> pairs;
  std::vector<reports::Waiver> waivers;
};

// Paths in the file are from its own folder. Throws Error(kInput) that names the file, the key and,
// of TOML, the line: of a key that is not known, a value out of its range, a waiver without a
// reason, two pairs of one name.
Configuration ParseConfiguration(const ConfigurationFile& file);

}  // namespace foldproof::cli
