// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/foreign_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace foldproof::pt2 {
namespace {

using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

std::string Bytes(std::string_view text) { return std::string(text) + std::string(64, '\0'); }

// The marks are those of the formats' own descriptions: a FlatBuffer's identifier stands at byte 4.
TEST(ForeignFile, IsNamedByItsFirstBytes) {
  using namespace std::string_view_literals;
  EXPECT_THAT(ForeignFile(Bytes("\x30\0\0\0ET12"sv)),
              Optional(StartsWith("an ExecuTorch program")));
  EXPECT_THAT(ForeignFile(Bytes("\x1c\0\0\0TFL3"sv)), Optional(StartsWith("a TFLite model")));
  EXPECT_THAT(ForeignFile(Bytes("\x40\0\0\0\0\0\0\0{\"w\":"sv)),
              Optional(HasSubstr("safetensors")));
  // ir_version 8, producer_name "pytorch"
  EXPECT_THAT(ForeignFile(Bytes("\x08\x08\x12\x07pytorch"sv)),
              Optional(StartsWith("an ONNX model")));
  EXPECT_THAT(ForeignFile(Bytes("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8"sv)),
              Optional(HasSubstr(".pth")));
  EXPECT_THAT(ForeignFile(Bytes("\x80\x04\x95"sv)), Optional(HasSubstr("pickle")));
  EXPECT_THAT(ForeignFile(Bytes("{\"report\": \"verify\""sv)), Optional(StartsWith("JSON")));
  EXPECT_EQ(ForeignFile("hello"), std::nullopt);
  EXPECT_EQ(ForeignFile(""), std::nullopt);
}

TEST(ForeignFile, AnArchiveIsNamedByItsEntries) {
  const auto of = [](const std::set<std::string_view>& entries) {
    return ForeignArchive([&](std::string_view entry) { return entries.contains(entry); });
  };
  EXPECT_THAT(of({"data.pkl", "constants.pkl"}), Optional(StartsWith("a TorchScript model")));
  EXPECT_THAT(of({"data.pkl", "version"}), Optional(HasSubstr(".pth")));
  EXPECT_THAT(of({"serialized_exported_program.json", "version"}),
              Optional(HasSubstr("an older PyTorch")));
  EXPECT_EQ(of({"archive_format"}), std::nullopt);
}

}  // namespace
}  // namespace foldproof::pt2
