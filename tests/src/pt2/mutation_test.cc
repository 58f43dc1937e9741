// SPDX-License-Identifier: BSD-3-Clause
//
// Real archives with random damage: each is read, and then it is whole, or it is refused with one
// line. The seeds are fixed, so a failure comes again; its number is in the message.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "src/base/error.h"
#include "src/ir/checker.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {
namespace {

using Json = nlohmann::json;

constexpr const char* kGolden[] = {
    "default_conv2d_bias_relu.before.pt2", "default_conv2d_bias_relu.after.pt2",
    "xnn_pc_conv2d_nobias.torchao_before.pt2", "w8a32_conv1d_nobias.after.pt2"};

std::vector<std::vector<ZipEntry>> GoldenArchives() {
  std::vector<std::vector<ZipEntry>> out;
  for (const char* name : kGolden) out.push_back(EntriesOf(Golden(name)));
  return out;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t Below(std::size_t count) { return random_() % count; }
  template <typename List>
  auto& Among(List& list) {
    return list[Below(std::size(list))];
  }

 private:
  std::mt19937_64 random_;
};

struct Tally {
  int read = 0;
  int refused = 0;
};

void Survive(const ir::Program& program) {
  ir::CheckProgram(program);
  EXPECT_FALSE(ir::Print(program).empty());
  EXPECT_FALSE(ir::PrintSites(program).empty());
  for (const auto& [name, constant] : program.constants) {
    const std::size_t width = ElementSize(constant.type.dtype);
    EXPECT_EQ(program.BytesOf(constant).size(),
              static_cast<std::size_t>(*constant.type.element_count()) * width);
  }
}

bool IsOneLine(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// Anything but an Error of input leaves this function and fails the test.
void Judge(const std::string& bytes, Tally& tally) {
  const TemporaryFile file(bytes);
  const std::clock_t start = std::clock();
  try {
    Survive(ReadProgram(file.path()));
    ++tally.read;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput) << error.what();
    EXPECT_TRUE(IsOneLine(error.what()));
    EXPECT_EQ(std::string(error.what()).find(file.path().string()), 0u) << error.what();
    EXPECT_FALSE(error.why().empty());
    ++tally.refused;
  }
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC);  // of processor time
}

// Byte positions of local headers, names, and of everything behind the last payload.
std::vector<std::size_t> HeaderPositions(const std::vector<ZipEntry>& entries) {
  std::vector<std::size_t> out;
  std::size_t at = 0;
  for (const ZipEntry& entry : entries) {
    for (std::size_t i = 0; i < 30 + entry.name.size(); ++i) out.push_back(at + i);
    at += 30 + entry.name.size() + entry.bytes.size();
  }
  const std::size_t end = ZipBytes(entries).size();
  for (; at < end; ++at) out.push_back(at);
  return out;
}

void Damage(std::string& text, Dice& dice) {
  if (text.empty()) return;
  const std::size_t at = dice.Below(text.size());
  switch (dice.Below(4)) {
    case 0: text[at] = static_cast<char>(text[at] ^ (1 << dice.Below(8))); return;
    case 1: text[at] = static_cast<char>(dice.Below(256)); return;
    case 2: text.erase(at, 1 + dice.Below(8)); return;
    case 3: text.insert(at, text.substr(dice.Below(text.size()), 1 + dice.Below(16))); return;
  }
}

// Every value below `json`, itself included.
void Collect(Json& json, std::vector<Json*>& out) {
  out.push_back(&json);
  for (Json& child : json) {
    if (json.is_structured()) Collect(child, out);
  }
}

Json Extreme(Dice& dice) {
  static const Json kExtremes[] = {0,
                                   -1,
                                   1,
                                   std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::uint64_t>::max(),
                                   std::int64_t{1} << 31,
                                   std::int64_t{1} << 48,
                                   1e308,
                                   5e-324,
                                   -0.0,
                                   "NaN",
                                   "Infinity",
                                   "",
                                   "x",
                                   "\x1b[2J",
                                   nullptr,
                                   true,
                                   Json::array(),
                                   Json::object(),
                                   65535,
                                   0.5};
  return dice.Among(kExtremes);
}

// One structured change of a value chosen at random.
void Mutate(Json& json, Dice& dice) {
  std::vector<Json*> all;
  Collect(json, all);
  Json& chosen = *dice.Among(all);
  switch (dice.Below(6)) {
    case 0: chosen = Extreme(dice); return;
    case 1:  // another value of the same file
      chosen = Json(*dice.Among(all));
      return;
    case 2:
      if (chosen.is_object() && !chosen.empty()) {
        chosen.erase(
            std::next(chosen.begin(), static_cast<std::ptrdiff_t>(dice.Below(chosen.size()))));
      } else if (chosen.is_array() && !chosen.empty()) {
        chosen.erase(dice.Below(chosen.size()));
      }
      return;
    case 3:
      if (chosen.is_array() && !chosen.empty())
        chosen.push_back(Json(chosen[dice.Below(chosen.size())]));
      return;
    case 4:
      if (chosen.is_array() && chosen.size() > 1) {
        std::swap(chosen[dice.Below(chosen.size())], chosen[dice.Below(chosen.size())]);
      }
      return;
    case 5:
      if (chosen.is_number_integer()) {
        chosen = chosen.get<std::int64_t>() + static_cast<std::int64_t>(dice.Below(9)) - 4;
      } else if (chosen.is_object() && !chosen.empty()) {
        const Json value = chosen.begin().value();
        const std::string key = chosen.begin().key();
        chosen.erase(key);
        chosen[dice.Below(2) == 0 ? "as_ints" : "as_int"] = value;
      }
      return;
  }
}

TEST(Mutation, ZipHeaders) {
  Tally tally;
  const auto golden = GoldenArchives();
  for (int i = 0; i < 700; ++i) {
    SCOPED_TRACE(i);
    Dice dice(1000 + static_cast<std::uint64_t>(i));
    const std::vector<ZipEntry>& entries = dice.Among(golden);
    const std::vector<std::size_t> positions = HeaderPositions(entries);
    std::string bytes = ZipBytes(entries);
    for (std::size_t n = 1 + dice.Below(3); n > 0; --n) {
      char& byte = bytes[positions[dice.Below(positions.size())]];
      byte = static_cast<char>(byte ^ (1 << dice.Below(8)));
    }
    Judge(bytes, tally);
  }
  EXPECT_GT(tally.refused, 200);
  EXPECT_GT(tally.read, 20);
}

TEST(Mutation, OriginalBytes) {
  Tally tally;
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    Dice dice(2000 + static_cast<std::uint64_t>(i));
    std::string bytes = FileBytes(Golden(dice.Among(kGolden)));
    Damage(bytes, dice);
    Judge(bytes, tally);
  }
  EXPECT_GT(tally.refused, 100);
}

TEST(Mutation, JsonText) {
  Tally tally;
  const auto golden = GoldenArchives();
  constexpr std::string_view kEntries[] = {kModel, kModel, kWeights};
  for (int i = 0; i < 700; ++i) {
    SCOPED_TRACE(i);
    Dice dice(3000 + static_cast<std::uint64_t>(i));
    std::vector<ZipEntry> entries = dice.Among(golden);
    std::string& text = EntryAt(entries, dice.Among(kEntries)).bytes;
    for (std::size_t n = 1 + dice.Below(3); n > 0; --n) Damage(text, dice);
    Judge(ZipBytes(entries), tally);
  }
  EXPECT_GT(tally.refused, 300);
  EXPECT_GT(tally.read, 10);
}

TEST(Mutation, JsonStructure) {
  Tally tally;
  const auto golden = GoldenArchives();
  constexpr std::string_view kEntries[] = {kModel, kModel, kModel, kWeights};
  for (int i = 0; i < 1600; ++i) {
    SCOPED_TRACE(i);
    Dice dice(4000 + static_cast<std::uint64_t>(i));
    const std::string_view entry = dice.Among(kEntries);
    std::vector<ZipEntry> entries = dice.Among(golden);
    std::string& text = EntryAt(entries, entry).bytes;
    Json json = Json::parse(text);
    for (std::size_t n = 1 + dice.Below(3); n > 0; --n) Mutate(json, dice);
    text = json.dump();
    Judge(ZipBytes(entries), tally);
  }
  EXPECT_GT(tally.refused, 500);
  EXPECT_GT(tally.read, 100);
}

}  // namespace
}  // namespace foldproof::pt2
