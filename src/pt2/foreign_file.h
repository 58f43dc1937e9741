// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace foldproof::pt2 {

// What a file is that is no zip archive, by its first bytes, and how to come from it to an archive
// that is read: "a TFLite model; ...". nullopt: nothing that is known.
std::optional<std::string> ForeignFile(std::string_view first_bytes);

// The same of a zip archive, by the entries that `contains` finds below its root folder.
std::optional<std::string> ForeignArchive(
    const std::function<bool(std::string_view entry)>& contains);

}  // namespace foldproof::pt2
