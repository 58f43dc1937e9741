// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace foldproof::fuzz {

// An archive around `model`, the text of its models/model.json, that is right otherwise: every
// constant that the signature names is there, with the type that the graph declares for it. They
// share one storage of 8 KiB. Where `model` is no JSON or says nothing of a constant, it has none.
std::string ArchiveAround(std::string_view model);

}  // namespace foldproof::fuzz
