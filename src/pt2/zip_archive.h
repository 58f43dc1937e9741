// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace foldproof::pt2 {

// A zip file whose entries all lie below one root folder, opened for reading. Names, sizes and
// counts were checked when it was opened; an entry's bytes and checksum are checked when it is
// read. Faults are Error(kInput) with the entry as place.
class ZipArchive {
 public:
  explicit ZipArchive(const std::filesystem::path& path);
  // Reads an archive from a file's bytes, which have to outlive it.
  explicit ZipArchive(std::string_view bytes);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  // Names are below the root folder: "models/model.json".
  bool Contains(std::string_view name) const { return entries_.contains(name); }
  std::vector<std::string> NamesBelow(std::string_view folder) const;
  std::vector<std::byte> ReadBytes(std::string_view name) const;
  std::string ReadText(std::string_view name, std::uint64_t most) const;

 private:
  struct Entry {
    std::uint64_t index = 0;
    std::uint64_t size = 0;  // inflated
  };
  struct CloseArchive {
    void operator()(zip* archive) const;
  };

  void ReadDirectory(std::uint64_t file_size);
  void AddEntry(std::uint64_t index, std::uint64_t file_size);
  std::string_view BelowRoot(std::string_view name);
  const Entry& Find(std::string_view name) const;
  void ReadInto(std::string_view name, const Entry& entry, void* out) const;

  std::unique_ptr<zip, CloseArchive> archive_;
  std::string root_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t inflated_ = 0;
  std::uint64_t packed_ = 0;
};

}  // namespace foldproof::pt2
