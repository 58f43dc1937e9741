// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "harness/exec/arrays/file_bytes.h"
#include "harness/exec/arrays/npy.h"
#include "src/base/file.h"
#include "src/base/refuse.h"
#include "src/base/within.h"

namespace foldproof::exec {
namespace {

constexpr zip_int64_t kMostEntries = 1 << 16;
constexpr std::string_view kSuffix = ".npy";

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

// The archive in `bytes`, which must outlive it.
Archive OpenArchive(std::span<const std::byte> bytes, int flags) {
  zip_error_t error;
  zip_error_init(&error);
  // libzip takes a file of no bytes for an archive of no entries.
  if (bytes.empty()) Refuse("it is empty; write it with numpy.savez");
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, flags, &error) : nullptr;
  if (archive == nullptr) {
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    zip_source_free(source);
    Refuse("it is no .npz file (" + why + "); write it with numpy.savez");
  }
  return Archive(archive);
}

// An entry's bytes, read piece by piece: no more than `most`, whatever its head promises.
std::vector<std::byte> Inflate(zip_t* archive, zip_uint64_t index, std::size_t most) {
  const std::unique_ptr<zip_file_t, CloseEntry> file(zip_fopen_index(archive, index, 0));
  if (!file) Refuse(std::string("it cannot be opened: ") + zip_strerror(archive));
  constexpr std::size_t kPiece = 1 << 16;
  std::vector<std::byte> out;
  while (true) {
    const std::size_t filled = out.size();
    out.resize(filled + kPiece);
    const zip_int64_t got = zip_fread(file.get(), out.data() + filled, kPiece);
    if (got < 0) Refuse(std::string("it cannot be read: ") + zip_file_strerror(file.get()));
    out.resize(filled + static_cast<std::size_t>(got));  // got <= kPiece
    if (got == 0) return out;
    // The header says how much is to come: a bomb is found in its first piece.
    if (filled == 0) {
      const NpyHeader header = ParseNpyHeader(out);
      if (header.element_bytes > most) Refuse("the arrays of the file take too much memory");
      most = header.begin + header.element_bytes;
    }
    if (out.size() > most) Refuse("it inflates to more bytes than its shape takes");
  }
}

std::string NameOfEntry(zip_t* archive, zip_uint64_t index) {
  const char* name = zip_get_name(archive, index, ZIP_FL_ENC_GUESS);
  if (name == nullptr) Refuse("an entry has no readable name");
  const std::string_view text(name);
  if (text.ends_with("/data.pkl"))
    Refuse("it is a torch.save file; numpy.savez writes one that is read");
  if (!text.ends_with(kSuffix) || text.size() == kSuffix.size()) {
    Refuse(std::string(text), "the entry's name does not end in .npy");
  }
  return std::string(text.substr(0, text.size() - kSuffix.size()));
}

void AddEntry(zip_t* archive, const std::string& name, const std::vector<std::byte>& npy) {
  zip_source_t* source = zip_source_buffer(archive, npy.data(), npy.size(), 0);
  const zip_int64_t index =
      source ? zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) {
    zip_source_free(source);
    throw Error(Error::Code::kOutput, name, zip_strerror(archive));
  }
  constexpr zip_uint16_t kFirstOfJanuary1980 = 1 << 5 | 1;
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, at, 0, kFirstOfJanuary1980, 0) != 0) {
    throw Error(Error::Code::kOutput, name, zip_strerror(archive));
  }
}

// What libzip has written into `source`.
std::vector<std::byte> BytesOf(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  FP_CHECK(zip_source_stat(source, &stat) == 0 && zip_source_open(source) == 0);
  std::vector<std::byte> out(stat.size);
  const zip_int64_t got = zip_source_read(source, out.data(), out.size());
  FP_CHECK(std::cmp_equal(got, out.size()) && zip_source_close(source) == 0);
  return out;
}

}  // namespace

Arrays ParseNpz(std::span<const std::byte> bytes, std::size_t most_bytes) {
  const Archive archive = OpenArchive(bytes, ZIP_RDONLY);
  const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  if (entries > kMostEntries) Refuse(fmt::format("{} entries are too many", entries));
  Arrays arrays;
  std::size_t left = most_bytes;
  for (zip_uint64_t index = 0; std::cmp_less(index, entries); ++index) {
    const std::string name = NameOfEntry(archive.get(), index);
    try {
      Tensor tensor = ParseNpy(Inflate(archive.get(), index, left));
      left -= std::min(left, tensor.bytes.size());
      if (!arrays.emplace(name, std::move(tensor)).second) Refuse("two entries have this name");
    } catch (const Error& error) {
      throw error.Within(name + ".npy");
    }
  }
  return arrays;
}

Arrays ReadNpz(const std::filesystem::path& path, std::size_t most_bytes) {
  try {
    return ParseNpz(ReadFileBytes(path, most_bytes), most_bytes);
  } catch (const Error& error) {
    throw error.Within(path.string());
  }
}

std::vector<std::byte> FormatNpz(const Arrays& arrays) {
  if (arrays.empty()) {  // libzip refuses to write an archive without entries: its end record alone
    std::vector<std::byte> end(22);
    std::memcpy(end.data(), "PK\5\6", 4);
    return end;
  }
  std::vector<std::vector<std::byte>> files;  // must live until zip_close
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  FP_CHECK(source != nullptr);
  zip_source_keep(source);
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> kept(source, zip_source_free);
  Archive archive(zip_open_from_source(source, ZIP_TRUNCATE, &error));
  FP_CHECK(archive != nullptr);
  for (const auto& [name, tensor] : arrays) files.push_back(FormatNpy(tensor));
  std::size_t next = 0;
  for (const auto& [name, tensor] : arrays) AddEntry(archive.get(), name, files[next++]);
  if (zip_close(archive.get()) != 0) {
    throw Error(Error::Code::kOutput, "", zip_strerror(archive.get()));
  }
  archive.release();
  return BytesOf(source);
}

void WriteNpz(const std::filesystem::path& path, const Arrays& arrays) {
  const std::vector<std::byte> bytes = Within(path.string(), [&] { return FormatNpz(arrays); });
  WriteFile(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace foldproof::exec
