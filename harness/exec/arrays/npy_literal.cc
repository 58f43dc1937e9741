// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/npy_literal.h"

#include <charconv>
#include <set>
#include <system_error>
#include <utility>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

[[noreturn]] void RefuseHeader(std::string why) {
  throw Error(Error::Code::kInput, "", "the .npy header " + std::move(why));
}

// Reads a literal from its start on; each method takes one piece of it.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : rest_(text) {}

  void Expect(char wanted) {
    if (!Take(wanted)) RefuseHeader(std::string("lacks a '") + wanted + "'");
  }

  bool Take(char wanted) {
    SkipBlanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string String() {
    SkipBlanks();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) {
      RefuseHeader("describes no plain array (structured and object arrays are not read)");
    }
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) RefuseHeader("holds a string without an end");
    std::string out(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return out;
  }

  bool Bool() {
    SkipBlanks();
    for (const auto& [word, value] :
         {std::pair{std::string_view("True"), true}, std::pair{std::string_view("False"), false}}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    RefuseHeader("says neither True nor False for fortran_order");
  }

  std::vector<std::int64_t> Tuple() {
    constexpr std::size_t kMostDimensions = 64;  // numpy's own limit
    std::vector<std::int64_t> out;
    Expect('(');
    while (!Take(')')) {
      out.push_back(Size());
      if (out.size() > kMostDimensions) RefuseHeader("has more than 64 dimensions");
      if (Take(',')) continue;
      Expect(')');
      break;
    }
    return out;
  }

  void ExpectEnd() {
    SkipBlanks();
    if (!rest_.empty()) RefuseHeader("has text behind its end");
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n'))
      rest_.remove_prefix(1);
  }

  std::int64_t Size() {
    SkipBlanks();
    std::int64_t size = 0;
    const char* end = rest_.data() + rest_.size();
    const auto [stop, status] = std::from_chars(rest_.data(), end, size);
    if (status != std::errc() || size < 0) RefuseHeader("has a shape that is no list of sizes");
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    Take('L');  // Python 2 wrote long integers
    return size;
  }

  std::string_view rest_;
};

}  // namespace

NpyLiteral ParseNpyLiteral(std::string_view text) {
  LiteralReader reader(text);
  NpyLiteral out;
  std::set<std::string> seen;
  reader.Expect('{');
  while (!reader.Take('}')) {
    const std::string key = reader.String();
    reader.Expect(':');
    if (!seen.insert(key).second) RefuseHeader("names a key twice");
    if (key == "descr") {
      out.description = reader.String();
    } else if (key == "fortran_order") {
      out.fortran_order = reader.Bool();
    } else if (key == "shape") {
      out.sizes = reader.Tuple();
    } else {
      RefuseHeader("has a key that is not known");
    }
    if (reader.Take(',')) continue;
    reader.Expect('}');
    break;
  }
  reader.ExpectEnd();
  if (seen.size() != 3) RefuseHeader("lacks one of descr, fortran_order, shape");
  return out;
}

}  // namespace foldproof::exec
