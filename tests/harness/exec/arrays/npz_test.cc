// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "harness/exec/arrays/file_bytes.h"
#include "harness/exec/arrays/npy.h"
#include "src/base/file.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A folder of its own for a test, removed with it.
class NpzFile : public ::testing::Test {
 protected:
  NpzFile() {
    std::string pattern = (fs::temp_directory_path() / "npz_test_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~NpzFile() override { fs::remove_all(folder_); }

  fs::path File(const char* name) const { return folder_ / name; }

  // A zip file with these entries, as they are.
  fs::path Zip(const std::vector<std::pair<std::string, std::vector<std::byte>>>& entries) const {
    const fs::path file = File("made.npz");
    zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [name, bytes] : entries) {
      zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
      EXPECT_GE(zip_file_add(archive, name.c_str(), source, 0), 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return file;
  }

  std::string WhyNotRead(const fs::path& file, std::size_t most = kMostNpzBytes) const {
    try {
      ReadNpz(file, most);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      return error.what();
    }
    return "it was read";
  }

  fs::path folder_;
};

Tensor Floats(std::vector<std::int64_t> sizes, const std::vector<float>& elements) {
  return Tensor::Of(ScalarType::kFloat32, std::move(sizes), elements);
}

TEST_F(NpzFile, ReadsBackWhatItWrote) {
  const Arrays arrays{
      {"x0", Floats({2, 3}, {1, -0.0f, 3.5f, 1e-45f, 5, 6})},
      {"scalar", Floats({}, {7})},
      {"empty", Floats({2, 0, 3}, {})},
      {"codes", Tensor::Of<std::int8_t>(ScalarType::kInt8, {3}, {-128, 0, 127})},
      {"wide", Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {-9223372036854775807 - 1})},
      {"u16", Tensor::Of<std::uint16_t>(ScalarType::kUInt16, {2}, {0, 65535})},
      {"truth", Tensor::Of<std::uint8_t>(ScalarType::kBool, {2}, {0, 1})},
      {"double", Tensor::Of<double>(ScalarType::kFloat64, {1}, {0.1})},
      {"half", Tensor::Of<std::uint16_t>(ScalarType::kFloat16, {1}, {0x3c00})},
  };
  WriteNpz(File("a.npz"), arrays);
  EXPECT_EQ(ReadNpz(File("a.npz")), arrays);
}

TEST_F(NpzFile, EqualArraysGiveEqualFiles) {
  const Arrays arrays{{"y0", Floats({1}, {1})}, {"y1", Floats({1}, {2})}};
  EXPECT_EQ(FormatNpz(arrays), FormatNpz(arrays));
  WriteNpz(File("a.npz"), arrays);
  ::sleep(2);  // a zip entry's time has steps of two seconds
  WriteNpz(File("b.npz"), arrays);
  EXPECT_EQ(ReadFileBytes(File("a.npz"), 1 << 20), ReadFileBytes(File("b.npz"), 1 << 20));
}

TEST_F(NpzFile, NoArraysMakeAFileWithoutEntries) {
  WriteNpz(File("a.npz"), {});
  EXPECT_TRUE(ReadNpz(File("a.npz")).empty());
}

TEST_F(NpzFile, WritesBesideAndLeavesNothingElseBehind) {
  WriteNpz(File("a.npz"), {{"y0", Floats({1}, {1})}});
  WriteNpz(File("a.npz"), {{"y0", Floats({1}, {2})}});
  EXPECT_EQ(ReadNpz(File("a.npz")).at("y0"), Floats({1}, {2}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(NpzFile, CannotBeWrittenIntoAMissingFolder) {
  try {
    WriteNpz(folder_ / "missing" / "a.npz", {});
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kOutput);
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
}

TEST_F(NpzFile, AFullDeviceIsAnErrorOfOutput) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  try {
    WriteNpz("/dev/full", {{"y0", Floats({1}, {1})}});
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kOutput);
  }
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(NpzFile, ASymbolicLinkStaysOne) {
  WriteNpz(File("a.npz"), {});
  fs::create_symlink(File("a.npz"), File("link.npz"));
  WriteNpz(File("link.npz"), {{"y0", Floats({1}, {1})}});
  EXPECT_TRUE(fs::is_symlink(File("link.npz")));
  EXPECT_EQ(ReadNpz(File("a.npz")).size(), 1u);
}

TEST_F(NpzFile, RefusesWhatIsNoZip) {
  std::ofstream(File("a.npz")) << "x0 = 1";
  EXPECT_THAT(WhyNotRead(File("a.npz")), HasSubstr("a.npz: it is no .npz file"));
}

TEST_F(NpzFile, RefusesAMissingFileAndAFolder) {
  EXPECT_THAT(WhyNotRead(File("missing.npz")), HasSubstr("No such file"));
  EXPECT_THAT(WhyNotRead(folder_), HasSubstr("cannot be read"));
}

TEST_F(NpzFile, RefusesAnEntryThatIsNoArray) {
  const auto npy = FormatNpy(Floats({1}, {1}));
  EXPECT_THAT(WhyNotRead(Zip({{"x0.txt", npy}})), HasSubstr("x0.txt: the entry's name"));
  EXPECT_THAT(WhyNotRead(Zip({{"x0.npy", {std::byte{1}}}})), HasSubstr("x0.npy: it is no .npy"));
}

TEST_F(NpzFile, RefusesMoreThanTheLimit) {
  // 4 kB of zeros in some 100 bytes: the header tells before they are inflated.
  const auto bomb = FormatNpy(Floats({1024}, std::vector<float>(1024)));
  EXPECT_THAT(WhyNotRead(Zip({{"x0.npy", bomb}}), 2048), HasSubstr("too much memory"));
}

TEST_F(NpzFile, TheLimitIsForAllArraysTogether) {
  const auto piece = FormatNpy(Floats({256}, std::vector<float>(256)));
  const fs::path file = Zip({{"x0.npy", piece}, {"x1.npy", piece}, {"x2.npy", piece}});
  EXPECT_THAT(WhyNotRead(file, 3072), "it was read");
  EXPECT_THAT(WhyNotRead(file, 3071), HasSubstr("x2.npy: the arrays of the file take too much"));
}

TEST_F(NpzFile, RefusesAnEntryThatInflatesToMoreThanItsShape) {
  auto long_file = FormatNpy(Floats({1}, {1}));
  long_file.resize(1 << 20);
  EXPECT_THAT(WhyNotRead(Zip({{"x0.npy", long_file}})), HasSubstr("inflates to more bytes"));
}

void WriteBytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  WriteFile(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

TEST_F(NpzFile, RefusesACorruptedEntry) {
  WriteNpz(File("a.npz"), {{"x0", Floats({4}, {1, 2, 3, 4})}});
  auto bytes = ReadFileBytes(File("a.npz"), 1 << 20);
  // Behind the entry's head of 36 bytes and the array's of 128: the checksum no longer fits.
  bytes[165] ^= std::byte{1};
  WriteBytes(File("a.npz"), bytes);
  EXPECT_THAT(WhyNotRead(File("a.npz")), HasSubstr("x0.npy: it cannot be read"));
}

TEST_F(NpzFile, EveryCutIsAnErrorOfInput) {
  const std::vector<std::byte> whole = FormatNpz({{"x0", Floats({2}, {1, 2})}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    WriteBytes(File("a.npz"), std::span(whole).first(length));
    EXPECT_THAT(WhyNotRead(File("a.npz")), ::testing::StartsWith(File("a.npz").string()));
  }
}

// Any flipped byte is read as an array or told as an error of input; nothing else may happen.
TEST_F(NpzFile, EveryFlippedByteIsReadOrRefused) {
  const std::vector<std::byte> whole = FormatNpz({{"x0", Floats({2}, {1, 2})}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> flipped = whole;
    flipped[i] ^= std::byte{0xff};
    WriteBytes(File("a.npz"), flipped);
    EXPECT_FALSE(WhyNotRead(File("a.npz")).empty());
  }
}

}  // namespace
}  // namespace foldproof::exec
