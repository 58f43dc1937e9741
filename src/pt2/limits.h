// SPDX-License-Identifier: BSD-3-Clause
//
// How much of an archive is read at most (docs/pt2.md, "Limits").
#pragma once

#include <cstddef>
#include <cstdint>

namespace foldproof::pt2 {

inline constexpr std::int64_t kMostEntries = 50'000;
inline constexpr std::uint64_t kMostInflatedBytes = std::uint64_t{8} << 30;
inline constexpr std::uint64_t kMostJsonBytes = std::uint64_t{32} << 20;
inline constexpr std::size_t kMostEntryName = 1024;
// A compressed entry above this size must not inflate more than kMostRatio times.
inline constexpr std::uint64_t kFreelyInflatedBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMostRatio = 200;
// Deflate cannot do better than this; a declared size above it is a lie.
inline constexpr std::uint64_t kDeflateRatio = 1032;

// A list or object that is empty counts for none.
inline constexpr int kMostJsonDepth = 200;
// Counted as commas and opening brackets: a value of one byte takes up to 32 when parsed. simdjson
// counts the items of a list up to 2^24.
inline constexpr std::size_t kMostJsonValues = 2'000'000;
inline constexpr std::size_t kMostRank = 64;
inline constexpr std::int64_t kSchemaMajor = 8;

}  // namespace foldproof::pt2
