// SPDX-License-Identifier: BSD-3-Clause
#include "cli/cache_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/cache_option.h"
#include "harness/verify/cache/upkeep.h"

namespace foldproof::cli {
namespace {

struct CacheCommandOptions {
  std::string folder;
  std::uint64_t most_bytes = verify::kCacheBytes;
  std::string key;
  bool other_provers = false;
  bool quiet = false;
};

std::string Counted(std::size_t count, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

void PrintState(const verify::CacheState& state) {
  for (const verify::DamagedEntry& entry : state.damaged) {
    std::fputs(fmt::format("DAMAGED {}: {}\n", Printable(entry.path.string()), entry.fault).c_str(),
               stdout);
  }
  std::fputs(fmt::format("{}, {} of other provers; {} damaged, {} left by writers that were "
                         "killed; {} bytes\n",
                         Counted(state.entries, "proof", "proofs"), state.others,
                         state.damaged.size(), state.left, state.bytes)
                 .c_str(),
             stdout);
}

ExitCode Check(const CacheCommandOptions& options) {
  const verify::CacheState state = verify::CheckCache(options.folder, CacheSecret(options.key));
  if (!options.quiet) PrintState(state);
  return state.damaged.empty() ? ExitCode::kHolds : ExitCode::kDiffers;
}

ExitCode Prune(const CacheCommandOptions& options) {
  const verify::Pruned pruned = verify::PruneCache(options.folder, options.most_bytes,
                                                   options.other_provers, CacheSecret(options.key));
  if (options.quiet) return ExitCode::kHolds;
  PrintState(pruned.state);
  std::fputs(fmt::format("removed {}; {} bytes are left\n",
                         Counted(pruned.removed, "file", "files"), pruned.left_bytes)
                 .c_str(),
             stdout);
  return ExitCode::kHolds;
}

}  // namespace

void AddCacheCommand(CLI::App& app, ExitCode& code) {
  CLI::App* cache = app.add_subcommand("cache", "Look after a folder of kept proofs (--cache)");
  cache->require_subcommand(1);
  auto o = std::make_shared<CacheCommandOptions>();

  CLI::App* check = cache->add_subcommand(
      "check", "Read every kept proof; exit code 1 where one is damaged, which no proof uses");
  NamesAFolder(check->add_option("DIR", o->folder, "The folder of --cache"))->required();
  AddCacheKeyOption(*check, o->key);
  check->add_flag("--quiet", o->quiet, "Print nothing");
  check->footer("\nExample: foldproof cache check proofs\n");
  check->callback([o, &code] { code = Check(*o); });

  CLI::App* prune = cache->add_subcommand(
      "prune", "Remove what is damaged or was left behind, then what was used longest ago");
  NamesAFolder(prune->add_option("DIR", o->folder, "The folder of --cache"))->required();
  AddCacheSizeOption(*prune, o->most_bytes);
  AddCacheKeyOption(*prune, o->key);
  prune->add_flag("--other-provers", o->other_provers,
                  "Also remove what other versions of foldproof, or other keys, have kept");
  prune->add_flag("--quiet", o->quiet, "Print nothing");
  prune->footer("\nExample: foldproof cache prune proofs --cache-size 200M\n");
  prune->callback([o, &code] { code = Prune(*o); });

  cache->footer(
      "\nExamples: foldproof cache check proofs\n"
      "          foldproof cache prune proofs --cache-size 200M --other-provers\n");
}

}  // namespace foldproof::cli
