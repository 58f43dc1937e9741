// SPDX-License-Identifier: BSD-3-Clause
//
// Convs that no site covers: what is known of them without their integers, and what their
// counterpart in the other program is like, in words.
#pragma once

#include <optional>
#include <string>

#include "harness/prove/conv/read_conv_side.h"

namespace foldproof::prove {

// A conv or a linear without its numbers: its operator, its result and how many channels that has;
// nullopt where the shape of its result does not tell.
std::optional<ConvSide> OutlineOf(const FunctionalView& view, const ir::Node& node);

// The conv of the other program that stands in the place of `node`: `follower` where it is known,
// else the one of the same name; nullptr where there is none.
const ir::Node* FindCounterpart(const ir::Node& node, std::optional<ir::NodeId> follower,
                                const FunctionalView& other);

// In what two convs' windows differ: "stride [2, 2], not [1, 1]"; empty where they are alike.
std::string UnlikeWindows(const FunctionalView& before_view, const ConvSide& before,
                          const FunctionalView& after_view, const ConvSide& after);

// What after's conv reads where before's reads something else: "codes of scale 0.05 and zero point
// 3 of quantize_per_tensor_1, not x".
std::string UnlikeReads(const FunctionalView& before_view, const ConvSide& before,
                        const FunctionalView& after_view, const ConvSide& after);

}  // namespace foldproof::prove
