// SPDX-License-Identifier: BSD-3-Clause
#include "cli/shard_option.h"

#include <fmt/format.h>

#include "src/base/error.h"

namespace foldproof::cli {

fuzz::ShardName ParseShard(const std::string& text) {
  if (const auto shard = fuzz::ParseShardName(text)) return *shard;
  throw Error(Error::Code::kUsage, "--shard",
              fmt::format("must be I/N, where I is 1 to N and N at most {}, as 1/4; not '{}'",
                          fuzz::kMostShards, Printable(text, 60)));
}

std::pair<std::size_t, std::size_t> PartOfList(const fuzz::ShardName& shard, std::size_t count) {
  return {count * (shard.number - 1) / shard.of, count * shard.number / shard.of};
}

}  // namespace foldproof::cli
