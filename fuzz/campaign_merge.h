// SPDX-License-Identifier: BSD-3-Clause
//
// Reports of parts of a campaign, as they are read from files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/shard.h"

namespace foldproof::fuzz {

// A report of a whole campaign, among those that are merged: it has the cases of all others.
struct WholeReport {
  std::string name;
  WholeCampaign campaign;
  std::string report;  // as JSON, without what it cost
};

class PartReports {
 public:
  // Takes what `fuzz --shard`, `fuzz merge` or `fuzz` wrote. Throws Error(kInput), with the place
  // in the text alone, of what is none of these.
  void Add(const std::string& name, std::string_view text);

  bool empty() const { return parts_.empty() && !whole_; }
  // One that is whole, with what it cost left out; then no part is missing. Throws Error(kInput)
  // where a part is of another campaign, as Union does.
  std::optional<WholeReport> Whole() const;
  // All parts as one.
  CampaignPart Union() const { return UnionOf(parts_); }

 private:
  std::vector<CampaignPart> parts_;
  std::optional<WholeReport> whole_;
};

}  // namespace foldproof::fuzz
