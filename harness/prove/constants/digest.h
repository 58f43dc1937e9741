// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

namespace foldproof::prove {

using Digest = std::array<unsigned char, 32>;

// SHA-256 of these bytes, one behind the other: nobody can make other bytes that have it.
Digest DigestOf(std::initializer_list<std::span<const std::byte>> pieces);

}  // namespace foldproof::prove
