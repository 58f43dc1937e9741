// SPDX-License-Identifier: BSD-3-Clause
//
// Archives that no torch.export.save wrote: each is refused with one line that names the place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kChain[] = "default_conv2d_bias_relu.before.pt2";
constexpr char kRoot[] = "default_conv2d_bias_relu.before/";

// The line of the refusal, without the file's path; it must come within a second.
std::string RefusalOfFile(const std::filesystem::path& path) {
  const std::clock_t start = std::clock();
  std::string line = "it was read";
  try {
    ReadProgram(path);
  } catch (const Error& error) {
    line = error.what();
    EXPECT_EQ(error.code(), Error::Code::kInput) << line;
    EXPECT_THAT(line, HasSubstr(path.string()));
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    line.erase(0, std::min(line.size(), path.string().size() + 2));
  }
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC);  // of processor time
  return line;
}

std::string RefusalOf(const std::string& bytes) {
  const TemporaryFile file(bytes);
  return RefusalOfFile(file.path());
}

std::string RefusalOf(const std::vector<ZipEntry>& entries) { return RefusalOf(ZipBytes(entries)); }

std::vector<ZipEntry> With(ZipEntry more) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  entries.push_back(std::move(more));
  return entries;
}

TEST(HostileArchive, TheUntouchedOneIsRead) {
  EXPECT_EQ(RefusalOf(EntriesOf(Golden(kChain))), "it was read");
}

TEST(HostileArchive, Missing) {
  EXPECT_THAT(RefusalOfFile("/nowhere/model.pt2"), HasSubstr("there is no such file"));
}

TEST(HostileArchive, Folder) {
  EXPECT_THAT(RefusalOfFile(std::filesystem::temp_directory_path()),
              HasSubstr("not a regular file"));
}

TEST(HostileArchive, Empty) {
  EXPECT_THAT(RefusalOf(std::string()), HasSubstr("not a readable zip archive"));
}

TEST(HostileArchive, NoEntries) {
  EXPECT_THAT(RefusalOf(std::vector<ZipEntry>{}), HasSubstr("the archive is empty"));
}

TEST(HostileArchive, NotAZip) {
  EXPECT_THAT(RefusalOf(std::string(4096, 'x')), HasSubstr("not a readable zip archive"));
}

TEST(HostileArchive, Truncated) {
  const std::string bytes = FileBytes(Golden(kChain));
  for (const std::size_t size : {bytes.size() - 1, bytes.size() - 100, bytes.size() / 2}) {
    EXPECT_THAT(RefusalOf(bytes.substr(0, size)), HasSubstr("not a readable zip archive"));
  }
}

TEST(HostileArchive, FlippedBit) {
  std::string bytes = FileBytes(Golden(kChain));
  const std::size_t at = bytes.find("quantize_per_tensor");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  EXPECT_THAT(RefusalOf(bytes),
              AllOf(HasSubstr("models/model.json: cannot be read"), HasSubstr("CRC error")));
}

TEST(HostileArchive, FlippedBitInAWeight) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  ZipEntry& weight = EntryAt(entries, "/weight_0");
  weight.checksum = Crc32(weight.bytes);
  weight.bytes[7] = static_cast<char>(weight.bytes[7] ^ 0x40);
  EXPECT_THAT(RefusalOf(entries), AllOf(HasSubstr("weight_0"), HasSubstr("CRC error")));
}

// A deflated entry of zeros, as libzip writes it into an archive beside the golden entries.
std::string BombBytes(std::size_t inflated) {
  const std::vector<ZipEntry> golden = EntriesOf(Golden(kChain));
  const std::string zeros(inflated, '\0');
  const TemporaryFile file("");
  std::filesystem::remove(file.path());
  int code = 0;
  zip_t* archive = zip_open(file.path().c_str(), ZIP_CREATE, &code);
  for (const ZipEntry& entry : golden) {
    const bool bomb = entry.name.ends_with("/weight_0");
    const std::string& bytes = bomb ? zeros : entry.bytes;
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const auto index =
        static_cast<zip_uint64_t>(zip_file_add(archive, entry.name.c_str(), source, 0));
    zip_set_file_compression(archive, index, bomb ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 1);
  }
  zip_close(archive);
  return FileBytes(file.path());
}

TEST(HostileArchive, ZipBomb) {
  const std::string bytes = BombBytes(std::size_t{65} << 20);
  EXPECT_LT(bytes.size(), std::size_t{1} << 20);
  EXPECT_THAT(RefusalOf(bytes), AllOf(HasSubstr("weight_0"), HasSubstr("inflates more than 200")));
}

TEST(HostileArchive, SmallZerosAreNoBomb) {
  EXPECT_EQ(RefusalOf(BombBytes(std::size_t{1} << 20)), "it was read");
}

TEST(HostileArchive, BombThatLiesAboutItsSize) {
  std::string bytes = BombBytes(std::size_t{8} << 20);
  // The central directory is what counts: 864 bytes, as the weight should have.
  const std::size_t name = bytes.rfind(std::string(kRoot) + "data/weights/weight_0");
  ASSERT_NE(name, std::string::npos);
  const std::size_t size = name - 46 + 24;
  std::string field;
  Append(field, 864, 4);
  bytes.replace(size, 4, field);
  EXPECT_THAT(RefusalOf(bytes), AllOf(HasSubstr("weight_0"), HasSubstr("cannot be read")));
}

TEST(HostileArchive, DeclaredSizeThatDeflateCannotReach) {
  ZipEntry entry{std::string(kRoot) + "extra/a", std::string(100, 'x'), 8, 1u << 30};
  EXPECT_THAT(RefusalOf(With(entry)), HasSubstr("declares a size that deflate cannot reach"));
}

TEST(HostileArchive, StoredEntryOfTwoSizes) {
  ZipEntry entry{std::string(kRoot) + "extra/a", std::string(100, 'x'), 0, 1u << 30};
  EXPECT_THAT(RefusalOf(With(entry)), HasSubstr("is stored with two different sizes"));
}

std::size_t DirectorySize(const std::vector<ZipEntry>& entries) {
  std::size_t size = 0;
  for (const ZipEntry& entry : entries) size += 46 + entry.name.size();
  return size;
}

TEST(HostileArchive, EntriesThatOverlap) {
  // Every weight points to the bytes of the whole model: the sizes add up to more than the file.
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  std::string bytes = ZipBytes(entries);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::size_t at = bytes.rfind("PK\x05\x06") - DirectorySize(entries);
  ASSERT_EQ(bytes.substr(at, 4), "PK\x01\x02");
  for (int i = 0; i < 3; ++i) {
    std::string field;
    Append(field, size / 2, 4);
    bytes.replace(at + 20, 4, field);
    bytes.replace(at + 24, 4, field);
    at = bytes.find("PK\x01\x02", at + 4);
  }
  EXPECT_THAT(RefusalOf(bytes), HasSubstr("overlaps another entry"));
}

TEST(HostileArchive, UnknownCompression) {
  ZipEntry entry{std::string(kRoot) + "extra/a", "abc", 12};
  EXPECT_THAT(RefusalOf(With(entry)), HasSubstr("neither stored nor deflated"));
}

TEST(HostileArchive, AbsolutePath) {
  EXPECT_THAT(RefusalOf(With({"/etc/passwd", "x"})), HasSubstr("'/etc/passwd': has an absolute"));
  EXPECT_THAT(RefusalOf(With({"C:/x", "x"})), HasSubstr("has an absolute path"));
}

TEST(HostileArchive, PathThatLeavesItsFolder) {
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "../x", "x"})), HasSubstr("leaves its folder"));
  EXPECT_THAT(RefusalOf(With({"..", "x"})), HasSubstr("leaves its folder"));
}

TEST(HostileArchive, OddPaths) {
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "a\\b", "x"})), HasSubstr("a backslash"));
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "a//b", "x"})),
              HasSubstr("an empty or '.' step"));
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "./b", "x"})),
              HasSubstr("an empty or '.' step"));
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "\xff", "x"})), HasSubstr("not UTF-8"));
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + std::string(2000, 'a'), "x"})),
              HasSubstr("more than 1024 bytes"));
}

TEST(HostileArchive, ControlCharactersInAPath) {
  EXPECT_THAT(
      RefusalOf(With({std::string(kRoot) + "\x1b[31m", "x"})),
      AllOf(HasSubstr("\\x1b[31m"), Not(HasSubstr("\x1b")), HasSubstr("control character")));
}

TEST(HostileArchive, TwoRootFolders) {
  EXPECT_THAT(RefusalOf(With({"other/a", "x"})), HasSubstr("lies outside the root folder"));
  EXPECT_THAT(RefusalOf(With({"a", "x"})), HasSubstr("lies outside the archive's root folder"));
}

TEST(HostileArchive, TwoEntriesOfOneName) {
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "models/model.json", "{}"})),
              HasSubstr("two entries have this name"));
}

TEST(HostileArchive, TooManyEntries) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  for (int i = 0; i < 50'000; ++i) entries.push_back({kRoot + std::to_string(i), ""});
  EXPECT_THAT(RefusalOf(entries), HasSubstr("has 50018 entries, at most 50000 are read"));
}

TEST(HostileArchive, MissingEntries) {
  for (const char* name :
       {"models/model.json", "data/weights/model_weights_config.json",
        "data/constants/model_constants_config.json", "archive_format", "data/weights/weight_0"}) {
    std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
    std::erase_if(entries, [&](const ZipEntry& entry) { return entry.name.ends_with(name); });
    EXPECT_THAT(RefusalOf(entries),
                HasSubstr(name == std::string("models/model.json") ? "holds no exported program"
                                                                   : "is missing in the archive"))
        << name;
  }
}

TEST(HostileArchive, SeveralPrograms) {
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "models/other.json", "{}"})),
              HasSubstr("holds 2 programs ('model', 'other', ...)"));
}

TEST(HostileArchive, OtherFormats) {
  std::vector<ZipEntry> entries = EntriesOf(Golden(kChain));
  EntryAt(entries, "/archive_format").bytes = "pt3";
  EXPECT_THAT(RefusalOf(entries), HasSubstr("archive_format: says 'pt3' where 'pt2' is read"));
  entries = EntriesOf(Golden(kChain));
  EntryAt(entries, "/archive_version").bytes = "1";
  EXPECT_THAT(RefusalOf(entries), HasSubstr("archive_version: says '1' where '0' is read"));
  entries = EntriesOf(Golden(kChain));
  EntryAt(entries, "/byteorder").bytes = "big";  // whose bytes torch.export.load does not swap
  EXPECT_THAT(RefusalOf(entries), HasSubstr("byteorder: says 'big' where 'little' is read"));
}

TEST(HostileArchive, PickledWeightsOfOlderVersions) {
  EXPECT_THAT(RefusalOf(With({std::string(kRoot) + "data/weights/model.pt", "x"})),
              HasSubstr("nothing is unpickled"));
}

// A buffer that is said to be a parameter is none of the buffers of the module that PyTorch loads.
TEST(ReadProgram, RefusesARoleThatTheSignatureContradicts) {
  const auto refusal = [](const char* name) {
    return RefusalOf(Edited(kChain, kWeights, [&](auto& weights) {
      auto& role = weights["config"][name]["is_param"];
      role = !role.template get<bool>();
    }));
  };
  EXPECT_THAT(refusal("bn.running_mean"), HasSubstr("says that it is a parameter"));
  EXPECT_THAT(refusal("bn.weight"), HasSubstr("says that it is no parameter"));
}

}  // namespace
}  // namespace foldproof::pt2
