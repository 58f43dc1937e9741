// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::fuzz {

// How a faulty engine was found out.
struct HuntedMutant {
  std::string_view name;
  std::string_view breaks;
  bool killed = false;
  std::string rule;         // of the failure that killed it
  std::uint64_t cases = 0;  // until then; all that were tried for a survivor
  double seconds = 0;
};

struct HuntOptions {
  std::uint64_t seed = 1;
  std::uint64_t most_cases = 20'000;  // of one mutant
  int threads = 1;
  std::function<double()> seconds;
  std::function<void(const HuntedMutant&)> found;  // called for each, in their order
};

// Draws the same programs for every mutant, until a property does not hold that the engine without
// the fault keeps on the same program.
std::vector<HuntedMutant> HuntMutants(const HuntOptions& options);

// report "fuzz" with mutants[{name, breaks, killed, rule, cases}].
nlohmann::ordered_json HuntReport(const std::vector<HuntedMutant>& hunted,
                                  const HuntOptions& options,
                                  const std::vector<std::string>& command,
                                  const std::string& version, const std::string& machine);

}  // namespace foldproof::fuzz
