// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/zip_writer.h"

#include <gtest/gtest.h>

#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {
namespace {

TEST(ZipWriter, EntriesAreReadBackInTheirOrder) {
  ZipWriter zip("root", 0);
  zip.Add("b", "bytes");
  zip.Add("a/empty", "");
  zip.Add("c", std::string(1000, '\0'));
  const TemporaryFile file(zip.Finish());
  const auto entries = EntriesOf(file.path());
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "root/b");
  EXPECT_EQ(entries[0].bytes, "bytes");
  EXPECT_EQ(entries[1].name, "root/a/empty");
  EXPECT_EQ(entries[1].bytes, "");
  EXPECT_EQ(entries[2].bytes, std::string(1000, '\0'));
}

TEST(ZipWriter, BytesBeginAtAMultipleOf64) {
  for (std::size_t length = 1; length <= 70; ++length) {
    ZipWriter zip("root", 0);
    zip.Add(std::string(length, 'n'), "the bytes");
    EXPECT_EQ(zip.Finish().find("the bytes") % 64, 0u) << length;
  }
}

TEST(ZipWriter, TheChecksumIsThatOfTheBytes) {
  ZipWriter zip("r", 0);
  zip.Add("n", "123456789");
  const std::string bytes = zip.Finish();
  // The check value of CRC-32: cbf43926, little-endian behind version, flags, method, time, date.
  EXPECT_EQ(bytes.substr(14, 4), "\x26\x39\xf4\xcb");
}

// A plain zip counts to 65534; libzip finds all of them by the zip64 directory.
TEST(ZipWriter, ManyEntriesAreCountedAsZip64) {
  ZipWriter zip("r", 0);
  for (int i = 0; i < 65'600; ++i) zip.Add(std::to_string(i), "");
  const TemporaryFile file(zip.Finish());
  int code = 0;
  zip_t* archive = zip_open(file.path().c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  ASSERT_NE(archive, nullptr) << code;
  EXPECT_EQ(zip_get_num_entries(archive, 0), 65'600);
  EXPECT_STREQ(zip_get_name(archive, 65'599, 0), "r/65599");
  zip_discard(archive);
}

}  // namespace
}  // namespace foldproof::pt2
