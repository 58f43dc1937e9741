// SPDX-License-Identifier: BSD-3-Clause
#include "cli/shard_option.h"

#include <fmt/format.h>

#include <charconv>

#include "src/base/error.h"

namespace foldproof::cli {
namespace {

constexpr std::uint64_t kMostShards = 65'536;

}  // namespace

Shard ParseShard(const std::string& text) {
  Shard out;
  const char *at = text.data(), *end = at + text.size();
  const auto number = std::from_chars(at, end, out.number);
  const bool divided = number.ec == std::errc() && number.ptr != end && *number.ptr == '/';
  const auto of = divided ? std::from_chars(number.ptr + 1, end, out.of) : number;
  if (!divided || of.ec != std::errc() || of.ptr != end || out.number < 1 || out.number > out.of ||
      out.of > kMostShards) {
    throw Error(Error::Code::kUsage, "--shard",
                fmt::format("must be I/N, where I is 1 to N and N at most {}", kMostShards));
  }
  return out;
}

std::pair<std::size_t, std::size_t> PartOfList(const Shard& shard, std::size_t count) {
  return {count * (shard.number - 1) / shard.of, count * shard.number / shard.of};
}

}  // namespace foldproof::cli
