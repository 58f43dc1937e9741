// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foldproof {

// `text`, each of whose lines that is wider than `columns` goes on in further lines. It is broken
// at spaces alone, so a name is never cut in two; a word that is wider than a line stands by
// itself. What goes on is `hanging` columns in, or, where nothing is said, two more than its line.
std::string WrappedText(std::string_view text, std::size_t columns);
std::string WrappedText(std::string_view text, std::size_t columns, std::size_t hanging);

}  // namespace foldproof
