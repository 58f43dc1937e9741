// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace foldproof::pt2 {

// A zip file in memory, of stored entries below one root folder. Nothing in it varies: every entry
// is dated 1980-01-01 and its bytes begin at a multiple of 64, as PyTorch aligns them. Sizes and
// counts that a plain zip cannot tell are told as zip64 does.
class ZipWriter {
 public:
  // `root` is the folder's name; `expected` how many bytes the entries have together, about.
  ZipWriter(std::string root, std::size_t expected);

  void Add(std::string_view name, std::string_view bytes);
  std::string Finish();  // the file; nothing can be added afterwards

 private:
  void AddToDirectory(std::string_view path, std::uint32_t checksum, std::uint64_t size,
                      std::uint64_t offset);

  std::string root_;
  std::string out_;
  std::string directory_;
  std::uint64_t count_ = 0;
};

}  // namespace foldproof::pt2
