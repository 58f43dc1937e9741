// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace foldproof::cli {

// What `--shard I/N` asks for.
struct Shard {
  std::uint64_t number = 1, of = 1;
};

// Throws Error(kUsage) where `text` is not I/N with I from 1 to N, and N up to 65,536.
Shard ParseShard(const std::string& text);

// The first of `count` things that are the shard's, and the one behind its last.
std::pair<std::size_t, std::size_t> PartOfList(const Shard& shard, std::size_t count);

}  // namespace foldproof::cli
