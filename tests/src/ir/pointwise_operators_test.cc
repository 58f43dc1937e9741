// SPDX-License-Identifier: BSD-3-Clause
//
// Every pointwise operator of PyTorch is either typed or named in docs/operators.md as one that is
// not.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "src/ir/decode_op_arguments.h"
#include "tests/paths.h"

namespace foldproof::ir {
namespace {

std::string FileText(const std::string& name) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands between backticks in `text`.
std::set<std::string> Quoted(const std::string& text) {
  std::set<std::string> out;
  for (std::size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const std::size_t end = text.find('`', at + 1);
    if (end == std::string::npos) break;
    out.insert(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

bool IsTyped(const std::string& name) {
  const auto has = [&](std::span<const OpDecoder> rows) {
    return std::ranges::find(rows, "aten." + name, &OpDecoder::target) != rows.end();
  };
  return has(ArithmeticDecoders()) || has(LayoutDecoders());
}

TEST(PointwiseOperators, AreTypedOrNamedAsWhatIsNot) {
  const std::string page = FileText("docs/operators.md");
  const std::size_t parts = page.find("## Parts of a tail");
  const std::size_t others = page.find("## No parts of a tail");
  ASSERT_LT(parts, others);
  ASSERT_NE(others, std::string::npos);
  const std::set<std::string> known = Quoted(page.substr(parts, others - parts));
  const std::set<std::string> unknown = Quoted(page.substr(others));
  std::istringstream names(FileText("golden/pointwise_operators.txt"));
  int count = 0;
  for (std::string name; std::getline(names, name); ++count) {
    EXPECT_EQ(known.contains(name), IsTyped(name)) << name;
    EXPECT_NE(known.contains(name), unknown.contains(name)) << name;
  }
  EXPECT_GT(count, 150);
}

}  // namespace
}  // namespace foldproof::ir
