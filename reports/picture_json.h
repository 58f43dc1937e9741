// SPDX-License-Identifier: BSD-3-Clause
//
// What a report holds for the page alone (html.h), where that was asked for: the field `picture` of
// its tails, and `graphs`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/prove/picture/tail_picture.h"
#include "harness/verify/graphs.h"

namespace foldproof::reports {

nlohmann::ordered_json PictureJson(const prove::TailPicture& picture);

nlohmann::ordered_json GraphsJson(const verify::Graphs& graphs);

}  // namespace foldproof::reports
