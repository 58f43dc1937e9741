// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "fuzz/shard.h"

namespace foldproof::cli {

// What `--shard I/N` asks for. Throws Error(kUsage) where `text` is not I/N with I from 1 to N, and
// N up to 65,536.
fuzz::ShardName ParseShard(const std::string& text);

// The first of `count` things that are the shard's, and the one behind its last.
std::pair<std::size_t, std::size_t> PartOfList(const fuzz::ShardName& shard, std::size_t count);

}  // namespace foldproof::cli
