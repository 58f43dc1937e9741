// SPDX-License-Identifier: BSD-3-Clause
//
// The rule on made-up files: it must fire where it should, and only there.
#include "tests/imports/own_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace foldproof::imports {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kLibraries = {"a", "a/inner", "b"};

std::string Own(const std::string& text) {
  return "namespace foldproof::x {\nnamespace {\n" + text + "\n}  // namespace\n}\n";
}

std::vector<std::string> Faults(const std::string& one, const std::string& other) {
  return NameFaults(kLibraries, {{"a/one.cc", Own(one)}, {"a/other.cc", Own(other)}});
}

std::vector<std::string> NamesOf(const std::string& text) {
  std::vector<std::string> out;
  for (const Declaration& one : DeclarationsOf(text)) out.push_back(one.name);
  return out;
}

TEST(OwnNames, ReadsEveryKindOfDeclaration) {
  EXPECT_THAT(NamesOf(R"cc(
#define MACRO(x) int x;
                // int commented;
                const char* text = "int quoted; { (";
                const std::map<int, std::vector<int>> kTable{{1, {2}}};
                int numbers[] = {1, 2}, more = 1'000;
                template <typename T, int n = (1 > 0)>
                std::vector<T> Function(T a, int b = 3) {
                  if (a) {
                    return {};
                  }
                }
                [[noreturn]] void Refuse(std::string why) { throw why; }
                struct Type final : Base {
                  int member;
                  void Method() {}
                };
                struct Forward;
                enum class Choice : char { kA };
                using Alias = void (*)(int);
                using other::Name;
                namespace fs = std::filesystem;
                Type::Type(int a) : member{a}, other_(a) {}
                bool operator<(Type a, Type b) { return a.x < b.x; }
                auto Last(int a) -> decltype(a) { return a; }
              )cc"),
              ElementsAre("text", "kTable", "numbers", "Function", "Refuse", "Type", "Choice",
                          "Alias", "Name", "fs", "Last"));
}

TEST(OwnNames, NamesBothFilesOfAName) {
  EXPECT_THAT(
      Faults("constexpr int kMost = 1;", "constexpr int kMost = 2;"),
      ElementsAre("a/one.cc and a/other.cc each define a `kMost` of their own, and may be "
                  "compiled as one file: give them names that say more, or one place that both "
                  "include"));
  EXPECT_THAT(Faults("struct Row {};", "int Row() { return 1; }"), ElementsAre(HasSubstr("`Row`")));
  // An overload that fits better would take the place of another without a word.
  EXPECT_THAT(Faults("int F(int a) { return a; }", "int F(char a) { return a; }"),
              ElementsAre(HasSubstr("`F`")));
}

TEST(OwnNames, AnAliasMayStandTwiceForTheSame) {
  EXPECT_THAT(Faults("using Kind = ir::Unary::Kind;", "using Kind = ir::Unary::Kind;"), IsEmpty());
  EXPECT_THAT(Faults("using ir::Node;", "using ir::Node;"), IsEmpty());
  EXPECT_THAT(Faults("using Kind = ir::Unary::Kind;", "using Kind = ir::Binary::Kind;"),
              ElementsAre(HasSubstr("`Kind`")));
  EXPECT_THAT(Faults("using F = int (*)(int);", "using F = int (*)(char);"),
              ElementsAre(HasSubstr("`F`")));
}

TEST(OwnNames, OneNamespaceOrLibraryDoesNotSeeAnother) {
  const std::string one = "int F() { return 1; }", apart = "namespace { " + one + " }";
  EXPECT_THAT(NameFaults(kLibraries, {{"a/one.cc", Own(one)}, {"b/other.cc", Own(one)}}),
              IsEmpty());
  EXPECT_THAT(NameFaults(kLibraries, {{"a/one.cc", Own(one)}, {"a/inner/other.cc", Own(one)}}),
              IsEmpty());
  EXPECT_THAT(NameFaults(kLibraries, {{"a/one.cc", Own(one)},
                                      {"a/other.cc", "namespace foldproof::y {" + apart + "}"}}),
              IsEmpty());
}

TEST(OwnNames, HidesNoNameOfAHeader) {
  const auto faults = [](const std::string& header) {
    return NameFaults(kLibraries, {{"a/one.cc", Own("void Refuse(int) {}")}, {"b/h.h", header}});
  };
  EXPECT_THAT(faults("namespace foldproof { void Refuse(int why); }"),
              ElementsAre(AllOf(HasSubstr("a/one.cc"), HasSubstr("b/h.h"))));
  EXPECT_THAT(faults("namespace foldproof::x { struct Refuse {}; }"),
              ElementsAre(HasSubstr("`Refuse`")));
  EXPECT_THAT(faults("namespace foldproof::y { void Refuse(int why); }"), IsEmpty());
  EXPECT_THAT(faults("namespace foldproof { struct X { void Refuse(int why); }; }"), IsEmpty());
}

}  // namespace
}  // namespace foldproof::imports
