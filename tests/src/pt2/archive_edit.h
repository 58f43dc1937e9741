// SPDX-License-Identifier: BSD-3-Clause
//
// Taking .pt2 files apart and putting them together again, with or without sense.
#pragma once

#include <unistd.h>
#include <zip.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/paths.h"

namespace foldproof::pt2 {

struct ZipEntry {
  std::string name;  // with the root folder
  std::string bytes;
  std::uint16_t method = 0;                      // 0 stored, 8 deflated: `bytes` are written as is
  std::optional<std::uint32_t> declared_size{};  // inflated, where it is not bytes.size()
  std::optional<std::uint32_t> checksum{};       // where it is not that of `bytes`
};

inline std::filesystem::path Golden(const std::string& name) {
  return std::filesystem::path(tests::kSourceFolder) / "golden" / "pt2" / name;
}

inline std::string FileBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<ZipEntry> EntriesOf(const std::filesystem::path& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::vector<ZipEntry> out;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    zip_stat_index(archive, index, 0, &stat);
    ZipEntry entry{stat.name, std::string(stat.size, '\0')};
    zip_file_t* file = zip_fopen_index(archive, index, 0);
    zip_fread(file, entry.bytes.data(), stat.size);
    zip_fclose(file);
    out.push_back(std::move(entry));
  }
  zip_discard(archive);
  return out;
}

inline std::uint32_t Crc32(std::string_view bytes) {
  static const auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return ~crc;
}

inline void Append(std::string& out, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i, number >>= 8) out += static_cast<char>(number & 0xff);
}

// The part that a local and a central header share: version .. length of the extra field.
inline void AppendHeader(std::string& out, const ZipEntry& entry) {
  Append(out, 20, 2);
  Append(out, 0, 2);
  Append(out, entry.method, 2);
  Append(out, 0x21'0000, 4);  // 1980-01-01
  Append(out, entry.checksum.value_or(Crc32(entry.bytes)), 4);
  Append(out, entry.bytes.size(), 4);
  Append(out, entry.declared_size.value_or(static_cast<std::uint32_t>(entry.bytes.size())), 4);
  Append(out, entry.name.size(), 2);
  Append(out, 0, 2);
}

// A zip file written byte for byte, so that it may hold what a library refuses to write.
inline std::string ZipBytes(const std::vector<ZipEntry>& entries) {
  std::string out;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    Append(directory, 0x02014b50, 4);
    Append(directory, 20, 2);
    AppendHeader(directory, entry);
    Append(directory, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
    Append(directory, out.size(), 4);
    directory += entry.name;
    Append(out, 0x04034b50, 4);
    AppendHeader(out, entry);
    out += entry.name;
    out += entry.bytes;
  }
  const std::size_t start = out.size();
  out += directory;
  Append(out, 0x06054b50, 4);
  Append(out, 0, 4);
  Append(out, entries.size(), 2);
  Append(out, entries.size(), 2);
  Append(out, directory.size(), 4);
  Append(out, start, 4);
  Append(out, 0, 2);
  return out;
}

inline ZipEntry& EntryAt(std::vector<ZipEntry>& entries, std::string_view ending) {
  for (ZipEntry& entry : entries) {
    if (entry.name.ends_with(ending)) return entry;
  }
  throw std::runtime_error("no entry " + std::string(ending));
}

inline constexpr std::string_view kModel = "/models/model.json";
inline constexpr std::string_view kWeights = "/data/weights/model_weights_config.json";

// The entries of a golden file, with the JSON of one of them edited.
template <typename Edit>
std::vector<ZipEntry> Edited(const std::string& golden, std::string_view entry, Edit&& edit) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(golden));
  std::string& text = EntryAt(entries, entry).bytes;
  nlohmann::json json = nlohmann::json::parse(text);
  edit(json);
  text = json.dump();
  return entries;
}

// A file that exists as long as this does.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes) {
    std::string name = (std::filesystem::temp_directory_path() / "foldproof_XXXXXX.pt2").string();
    const int file = mkstemps(name.data(), 4);
    if (file < 0) throw std::runtime_error("cannot make " + name);
    close(file);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// As torch.export.save writes programs of ExecuTorch's edge dialect: another prefix, and no names
// of arguments that are given by their place.
inline void SpellAsEdge(nlohmann::json& model) {
  for (nlohmann::json& node : model["graph_module"]["graph"]["nodes"]) {
    auto target = node["target"].get<std::string>();
    if (!target.starts_with("torch.ops.")) continue;
    node["target"] = "executorch.exir.dialects.edge._ops." + target.substr(10);
    for (nlohmann::json& input : node["inputs"]) {
      if (input["kind"] == 1) input["name"] = "";
    }
  }
}

}  // namespace foldproof::pt2
