// SPDX-License-Identifier: BSD-3-Clause
//
// What a report holds for the page alone (html.h), where that was asked for: the field `picture` of
// its tails, and `graphs`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/prove/site_match.h"
#include "harness/prove/tail_picture.h"

namespace foldproof::reports {

nlohmann::ordered_json PictureJson(const prove::TailPicture& picture);

// The nodes of both programs, in the order of execution, each with its counterpart in the other, or
// that it was removed or added, and the arguments that are not the same. Of a program with more
// than 2,000 nodes only convs, what changed, and what these read.
nlohmann::ordered_json GraphsJson(const prove::Side& before, const prove::Side& after,
                                  const prove::Matching& matching);

}  // namespace foldproof::reports
