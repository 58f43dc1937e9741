// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "src/base/error.h"
#include "src/base/refuse.h"
#include "src/base/utf8.h"
#include "src/pt2/foreign_file.h"
#include "src/pt2/limits.h"

namespace foldproof::pt2 {
namespace {

std::string OpenFailure(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

constexpr std::size_t kFirstBytes = 256;

std::string FirstBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kFirstBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

// Whether an entry has that name, at the top or in a folder of the top.
bool ContainsAnywhere(zip* archive, std::string_view entry) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < std::min<zip_int64_t>(count, kMostEntries); ++i) {
    const char* raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    if (raw == nullptr) continue;
    const std::string_view name(raw);
    if (name == entry || name.substr(name.find('/') + 1) == entry) return true;
  }
  return false;
}

Error NoArchive(std::string_view first_bytes, const std::string& why) {
  if (auto foreign = ForeignFile(first_bytes)) return Unusable("", "is " + *std::move(foreign));
  return Unusable("", "not a readable zip archive (" + why +
                          "); give a .pt2 file that torch.export.save wrote");
}

// What makes a name unfit for a path below the root folder, nullptr where nothing does.
const char* UnfitName(std::string_view name) {
  if (name.empty()) return "has no name";
  if (name.size() > kMostEntryName) return "has a name of more than 1024 bytes";
  if (!IsUtf8(name)) return "has a name that is not UTF-8";
  if (name.front() == '/') return "has an absolute path";
  if (name.size() > 1 && name[1] == ':') return "has an absolute path";
  for (const char c : name) {
    if (c == '\\') return "has a backslash in its path";
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "has a control character in it";
  }
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part == "..") return "leaves its folder with '..'";
    if (part.empty() || part == ".") return "has an empty or '.' step in its path";
    at = end + 1;
  }
  return nullptr;
}

// What makes the sizes of an entry unbelievable, nullptr where nothing does.
const char* UnfitSize(const zip_stat_t& stat) {
  if (stat.comp_method == ZIP_CM_STORE) {
    return stat.size == stat.comp_size ? nullptr : "is stored with two different sizes";
  }
  if (stat.size / kDeflateRatio > stat.comp_size)
    return "declares a size that deflate cannot reach";
  if (stat.size > kFreelyInflatedBytes && stat.size / kMostRatio > stat.comp_size) {
    return "inflates more than 200 times, as a zip bomb does";
  }
  return nullptr;
}

}  // namespace

void ZipArchive::CloseArchive::operator()(zip* archive) const { zip_discard(archive); }

ZipArchive::~ZipArchive() = default;

ZipArchive::ZipArchive(const std::filesystem::path& path) {
  std::error_code missing;
  const std::uint64_t size = std::filesystem::file_size(path, missing);
  if (missing) throw Unusable("", "cannot be read: " + missing.message());
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive_ == nullptr) throw NoArchive(FirstBytes(path), OpenFailure(code));
  ReadDirectory(size);
}

ZipArchive::ZipArchive(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  const std::string why = archive_ ? "" : zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive_ == nullptr) {
    if (source != nullptr) zip_source_free(source);
    throw NoArchive(bytes.substr(0, kFirstBytes), why);
  }
  ReadDirectory(bytes.size());
}

void ZipArchive::ReadDirectory(std::uint64_t file_size) {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  if (count <= 0) throw Unusable("", "the archive is empty; save the program again");
  const auto contains = [&](std::string_view entry) {
    return ContainsAnywhere(archive_.get(), entry);
  };
  const auto foreign = contains("archive_format") ? std::nullopt : ForeignArchive(contains);
  if (foreign) throw Unusable("", "is " + *foreign);
  if (count > kMostEntries) {
    throw Unusable("", "the archive has " + std::to_string(count) + " entries, at most " +
                           std::to_string(kMostEntries) + " are read");
  }
  for (zip_int64_t i = 0; i < count; ++i) AddEntry(static_cast<std::uint64_t>(i), file_size);
}

void ZipArchive::AddEntry(std::uint64_t index, std::uint64_t file_size) {
  zip_stat_t stat;
  const char* raw = zip_get_name(archive_.get(), index, ZIP_FL_ENC_RAW);
  if (raw == nullptr || zip_stat_index(archive_.get(), index, 0, &stat) != 0) {
    throw Unusable("entry " + std::to_string(index), "is damaged; save the program again");
  }
  std::string name(raw);
  if (const char* why = UnfitName(name)) {
    throw Unusable("entry '" + name + "'",
                   std::string(why) + "; torch.export.save writes none such");
  }
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  if ((stat.valid & kNeeded) != kNeeded ||
      (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) ||
      ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)) {
    throw Unusable(name, "is neither stored nor deflated; save the program again");
  }
  if (const char* why = UnfitSize(stat)) {
    throw Unusable(name, std::string(why) + "; save the program again");
  }
  const std::string_view below = BelowRoot(name);
  if (below.empty()) return;  // the root folder itself
  // Entries that share bytes would make a small file inflate without end.
  packed_ += std::min(stat.comp_size, file_size + 1);
  if (packed_ > file_size) {
    throw Unusable(name, "overlaps another entry or the end of the file; the archive is damaged");
  }
  if (stat.size > kMostInflatedBytes || inflated_ + stat.size > kMostInflatedBytes) {
    throw Unusable(name, "the archive inflates to more than 8 GiB, which is not read");
  }
  inflated_ += stat.size;
  if (!entries_.emplace(below, Entry{index, stat.size}).second) {
    throw Unusable(name, "two entries have this name; save the program again");
  }
}

std::string_view ZipArchive::BelowRoot(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) {
    if (name.ends_with(".npy"))
      throw Unusable("", "is inputs (.npz), no program; torch.export.save writes one");
    throw Unusable("entry '" + std::string(name) + "'",
                   "lies outside the archive's root folder; torch.export.save puts all into one");
  }
  const std::string_view root = name.substr(0, slash);
  if (root_.empty()) root_ = root;
  if (root != root_) {
    throw Unusable("entry '" + std::string(name) + "'",
                   "lies outside the root folder '" + root_ + "'; torch.export.save makes one");
  }
  return name.substr(slash + 1);
}

std::vector<std::string> ZipArchive::NamesBelow(std::string_view folder) const {
  std::vector<std::string> out;
  for (auto at = entries_.lower_bound(folder); at != entries_.end(); ++at) {
    if (!at->first.starts_with(folder)) break;
    out.push_back(at->first);
  }
  return out;
}

const ZipArchive::Entry& ZipArchive::Find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw Unusable(std::string(name), "is missing in the archive; save the program again");
  }
  return found->second;
}

void ZipArchive::ReadInto(std::string_view name, const Entry& entry, void* out) const {
  const auto damaged = [&](const char* why) {
    return Unusable(std::string(name), std::string("cannot be read (") + why +
                                           "); the file is damaged, copy or save it again");
  };
  zip_file_t* file = zip_fopen_index(archive_.get(), entry.index, 0);
  if (file == nullptr) throw damaged(zip_strerror(archive_.get()));
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> closing(file, &zip_fclose);
  auto* to = static_cast<char*>(out);
  for (std::uint64_t done = 0; done < entry.size;) {
    const zip_int64_t got = zip_fread(file, to + done, entry.size - done);
    if (got < 0) throw damaged(zip_file_strerror(file));
    if (got == 0) throw damaged("shorter than declared");
    done += static_cast<std::uint64_t>(got);
  }
  // The checksum is compared when the end is met.
  char beyond = 0;
  const zip_int64_t more = zip_fread(file, &beyond, 1);
  if (more < 0) throw damaged(zip_file_strerror(file));
  if (more > 0) throw damaged("longer than declared");
}

std::vector<std::byte> ZipArchive::ReadBytes(std::string_view name) const {
  const Entry& entry = Find(name);
  std::vector<std::byte> out(entry.size);
  ReadInto(name, entry, out.data());
  return out;
}

std::string ZipArchive::ReadText(std::string_view name, std::uint64_t most) const {
  const Entry& entry = Find(name);
  if (entry.size > most) {
    throw Unusable(std::string(name), "has " + std::to_string(entry.size) + " bytes, at most " +
                                          std::to_string(most) + " are read");
  }
  std::string out(entry.size, '\0');
  ReadInto(name, entry, out.data());
  return out;
}

}  // namespace foldproof::pt2
