// SPDX-License-Identifier: BSD-3-Clause
#include "cli/cache_option.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "harness/verify/source.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kLeastSecretBytes = 16;
constexpr std::size_t kMostSecretBytes = 4096;

}  // namespace

CLI::Option* NamesAFolder(CLI::Option* option) {
  const auto fault = [](const std::string& text) {
    return text.empty() ? std::string("names no folder") : std::string();
  };
  return option->check(fault);
}

void AddCacheSizeOption(CLI::App& command, std::uint64_t& bytes) {
  // Which would be taken for a large one without.
  const auto fault = [](const std::string& text) {
    return text.starts_with('-') ? std::string("must not be below 0") : std::string();
  };
  command
      .add_option("--cache-size", bytes,
                  "What the cache may hold, in bytes or with K, M or G: what was used longest ago "
                  "is dropped")
      ->transform(CLI::AsSizeValue(false))
      ->transform(CLI::Validator(fault, ""))
      ->default_str("1G");
}

CLI::Option* AddCacheKeyOption(CLI::App& command, std::string& file) {
  return command.add_option("--cache-key", file,
                            "Seal what the cache keeps with this file's text, and believe nothing "
                            "that is sealed otherwise");
}

void AddCacheOptions(CLI::App& command, CacheOptions& options) {
  CLI::Option* folder = NamesAFolder(
      command.add_option("--cache", options.folder,
                         "Keep the proofs of sites in this folder, and prove none again that is "
                         "there"));
  AddCacheSizeOption(command, options.most_bytes);
  AddCacheKeyOption(command, options.key)->needs(folder);
}

std::string CacheSecret(const std::string& file) {
  if (file.empty()) return "";
  const verify::SourceFile read = verify::ReadFile(file, kMostSecretBytes);
  std::string secret(read.text());
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.size() < kLeastSecretBytes) {
    throw Error(Error::Code::kUsage, file,
                "has less than 16 bytes, so it keeps no secret; openssl rand -hex 32 makes one");
  }
  return secret;
}

std::unique_ptr<verify::ProofFolder> OpenCache(const CacheOptions& options) {
  if (options.folder.empty()) return nullptr;
  return std::make_unique<verify::ProofFolder>(
      options.folder, options.most_bytes,
      [](const std::string& warning) {
        std::fprintf(stderr, "foldproof: warning: %s\n", warning.c_str());
      },
      CacheSecret(options.key));
}

}  // namespace foldproof::cli
