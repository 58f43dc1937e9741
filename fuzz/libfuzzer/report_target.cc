// SPDX-License-Identifier: BSD-3-Clause
//
// Files of our own JSON, of any bytes. The first byte says which: a report of fuzz to go on from, a
// kept case, tolerances.
#include <nlohmann/json.hpp>

#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "fuzz/libfuzzer/hostile_bytes.h"
#include "harness/compare/tolerance_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace fp = foldproof;
  if (size == 0) return 0;
  const std::string_view text = fp::fuzz::TextOf(bytes + 1, size - 1);
  fp::fuzz::ReadsOrRefuses([&] {
    switch (bytes[0]) {
      case 'f': fp::fuzz::ParseCampaignReport(text); break;
      case 'c': fp::fuzz::ParseCase(text); break;
      case 't': fp::compare::ParseToleranceFile(text); break;
      default: break;
    }
  });
  return 0;
}
