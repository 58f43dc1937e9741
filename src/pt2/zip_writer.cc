// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/zip_writer.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/pt2/limits.h"

namespace foldproof::pt2 {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kMost32 = 0xffffffff;  // says: the zip64 field tells the number
constexpr std::uint64_t kMost16 = 0xffff;
constexpr std::uint16_t kPlainVersion = 20;
constexpr std::uint16_t kZip64Version = 45;
constexpr std::uint16_t kUtf8Names = 0x0800;
constexpr std::uint16_t kZip64Field = 0x0001;
constexpr std::uint16_t kPaddingField = 0x4246;  // "FB", which PyTorch's own writer takes

void Append(std::string& out, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i, number >>= 8) out += static_cast<char>(number & 0xff);
}

void AppendZip64(std::string& out, const std::string& numbers) {
  if (numbers.empty()) return;
  Append(out, kZip64Field, 2);
  Append(out, numbers.size(), 2);
  out += numbers;
}

// What a local header and an entry of the directory share: needed version .. length of the extra.
void AppendHeader(std::string& out, std::uint32_t checksum, std::uint64_t size,
                  std::size_t name_length, std::size_t extra_length, bool zip64) {
  Append(out, zip64 ? kZip64Version : kPlainVersion, 2);
  Append(out, kUtf8Names, 2);
  Append(out, 0, 2);           // stored
  Append(out, 0, 2);           // 00:00
  Append(out, 1 << 5 | 1, 2);  // 1980-01-01
  Append(out, checksum, 4);
  Append(out, std::min(size, kMost32), 4);  // packed
  Append(out, std::min(size, kMost32), 4);
  Append(out, name_length, 2);
  Append(out, extra_length, 2);
}

std::uint32_t Checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

ZipWriter::ZipWriter(std::string root, std::size_t expected) : root_(std::move(root)) {
  // Headers, padding and the directory of a dozen entries; no more, for a large block that is freed
  // again costs more than a small program's writing.
  constexpr std::size_t kAround = std::size_t{1} << 13;
  out_.reserve(expected + kAround);
}

void ZipWriter::Add(std::string_view name, std::string_view bytes) {
  const std::string path = root_ + "/" + std::string(name);
  FP_CHECK(!name.empty() && path.size() <= kMostEntryName);
  const std::uint64_t offset = out_.size();
  const std::uint32_t checksum = Checksum(bytes);
  const bool zip64 = bytes.size() >= kMost32;
  std::string extra;
  if (zip64) {
    std::string sizes;
    Append(sizes, bytes.size(), 8);
    Append(sizes, bytes.size(), 8);
    AppendZip64(extra, sizes);
  }
  constexpr std::uint64_t kHeader = 30;
  const std::uint64_t before = offset + kHeader + path.size() + extra.size() + 4;
  const std::uint64_t padding = (kAlignment - before % kAlignment) % kAlignment;
  Append(extra, kPaddingField, 2);
  Append(extra, padding, 2);
  extra.append(padding, 'Z');
  Append(out_, 0x04034b50, 4);
  AppendHeader(out_, checksum, bytes.size(), path.size(), extra.size(), zip64);
  out_ += path;
  out_ += extra;
  FP_CHECK(out_.size() % kAlignment == 0);
  out_ += bytes;
  AddToDirectory(path, checksum, bytes.size(), offset);
  ++count_;
}

void ZipWriter::AddToDirectory(std::string_view path, std::uint32_t checksum, std::uint64_t size,
                               std::uint64_t offset) {
  std::string numbers;
  if (size >= kMost32) {
    Append(numbers, size, 8);
    Append(numbers, size, 8);
  }
  if (offset >= kMost32) Append(numbers, offset, 8);
  std::string extra;
  AppendZip64(extra, numbers);
  Append(directory_, 0x02014b50, 4);
  Append(directory_, kZip64Version, 2);
  AppendHeader(directory_, checksum, size, path.size(), extra.size(), !numbers.empty());
  Append(directory_, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
  Append(directory_, std::min(offset, kMost32), 4);
  directory_ += path;
  directory_ += extra;
}

std::string ZipWriter::Finish() {
  const std::uint64_t start = out_.size();
  out_ += directory_;
  const std::uint64_t end = out_.size();
  if (start >= kMost32 || directory_.size() >= kMost32 || count_ >= kMost16) {
    Append(out_, 0x06064b50, 4);  // the zip64 end of the directory
    Append(out_, 44, 8);          // its length from here
    Append(out_, kZip64Version, 2);
    Append(out_, kZip64Version, 2);
    Append(out_, 0, 4 + 4);  // disks
    Append(out_, count_, 8);
    Append(out_, count_, 8);
    Append(out_, directory_.size(), 8);
    Append(out_, start, 8);
    Append(out_, 0x07064b50, 4);  // where that end is
    Append(out_, 0, 4);
    Append(out_, end, 8);
    Append(out_, 1, 4);  // disks in all
  }
  Append(out_, 0x06054b50, 4);
  Append(out_, 0, 4);
  Append(out_, std::min(count_, kMost16), 2);
  Append(out_, std::min(count_, kMost16), 2);
  Append(out_, std::min<std::uint64_t>(directory_.size(), kMost32), 4);
  Append(out_, std::min(start, kMost32), 4);
  Append(out_, 0, 2);
  return std::move(out_);
}

}  // namespace foldproof::pt2
