// SPDX-License-Identifier: BSD-3-Clause
#include "tests/imports/own_names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <set>

namespace foldproof::imports {
namespace {

using Kind = Declaration::Kind;
using Tokens = std::vector<std::string>;

bool IsWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool IsWord(const std::string& token) {
  return !token.empty() && IsWordPart(token[0]) &&
         std::isdigit(static_cast<unsigned char>(token[0])) == 0;
}

// Where the literal that starts at `at` ends; it may be a raw one.
std::size_t EndOfLiteral(std::string_view text, std::size_t at) {
  if (text[at] == 'R') {
    const std::size_t open = text.find('(', at);
    const std::string close = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    const std::size_t end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
  }
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) at += text[at] == '\\' ? 1 : 0;
  return std::min(at + 1, text.size());
}

// The end of the directive of the preprocessor at `at`, whose lines a backslash joins.
std::size_t EndOfDirective(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

// Words, numbers, "::" and single characters; a literal is "''".
Tokens TokensOf(std::string_view text) {
  Tokens out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      at = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
    } else if (rest[0] == '#') {
      at = EndOfDirective(text, at);
    } else if (rest[0] == '"' || rest[0] == '\'' || rest.starts_with("R\"")) {
      out.push_back("''");
      at = EndOfLiteral(text, at);
    } else if (IsWordPart(rest[0])) {
      const bool is_number = std::isdigit(static_cast<unsigned char>(rest[0])) != 0;
      std::size_t end = at;
      while (end < text.size() &&
             (IsWordPart(text[end]) || (is_number && (text[end] == '\'' || text[end] == '.')))) {
        ++end;
      }
      out.emplace_back(text.substr(at, end - at));
      at = end;
    } else if (rest.starts_with("::")) {
      out.push_back("::");
      at += 2;
    } else {
      if (std::isspace(static_cast<unsigned char>(rest[0])) == 0) out.emplace_back(1, rest[0]);
      ++at;
    }
  }
  return out;
}

std::string Joined(const Tokens& tokens, std::size_t from, std::size_t to) {
  std::string out;
  for (; from < std::min(to, tokens.size()); ++from) out += tokens[from];
  return out;
}

// Reads the declarations of a file one after the other.
class DeclarationReader {
 public:
  explicit DeclarationReader(std::string_view text) : tokens_(TokensOf(text)) {}

  std::vector<Declaration> Read() {
    while (at_ < tokens_.size()) {
      if (Is("}")) {
        if (!scope_.empty()) scope_.pop_back();
        ++at_;
      } else if (Is(";")) {
        ++at_;
      } else if (Is("namespace") || (Is("inline") && Is("namespace", 1))) {
        Namespace();
      } else if (Is("using")) {
        Using();
      } else {
        Declared(Statement());
      }
    }
    return std::move(out_);
  }

 private:
  bool Is(std::string_view token, std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead] == token;
  }

  void Namespace() {
    at_ += Is("inline") ? 2 : 1;
    const std::size_t start = at_;
    while (at_ < tokens_.size() && !Is("{") && !Is("=")) ++at_;
    const std::string name = Joined(tokens_, start, at_);
    if (Is("{")) {
      scope_.push_back(name);
      ++at_;
      return;
    }
    const std::size_t meaning = at_ + 1;
    while (at_ < tokens_.size() && !Is(";")) ++at_;
    Add(Kind::kAlias, name, Joined(tokens_, meaning, at_));
  }

  // Skips what stands between a bracket and its partner.
  void SkipGroup(std::string_view open, std::string_view close) {
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (Is(open)) ++depth;
      if (Is(close) && --depth == 0) break;
    }
    ++at_;
  }

  // The same behind "template", where a ">" in parentheses ends nothing.
  void SkipTemplateParameters() {
    int depth = 0;
    do {
      if (Is("<")) ++depth;
      if (Is(">")) --depth;
      if (Is("(")) {
        SkipGroup("(", ")");
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < tokens_.size());
  }

  // The tokens of one declaration, with "()", "[]" and "{}" for what stands in brackets.
  Tokens Statement() {
    Tokens flat;
    bool has_parameters = false, is_initialized = false, has_members = false;
    while (at_ < tokens_.size() && !Is(";")) {
      if (Is("template")) {
        ++at_;
        SkipTemplateParameters();
      } else if (Is("(")) {
        SkipGroup("(", ")");
        flat.push_back("()");
        has_parameters = true;
      } else if (Is("[")) {
        SkipGroup("[", "]");
        if (!flat.empty() && IsWord(flat.back())) flat.push_back("[]");  // else an attribute
      } else if (Is("{")) {
        SkipGroup("{", "}");
        flat.push_back("{}");
        const bool is_body =
            has_parameters && !is_initialized && !(has_members && (Is(",") || Is("{")));
        if (is_body) return flat;
      } else {
        if (Is("=")) is_initialized = true;
        if (Is(":") && has_parameters) has_members = true;
        flat.push_back(tokens_[at_++]);
      }
    }
    flat.push_back(";");
    return flat;
  }

  void Add(Kind kind, std::string name, std::string meaning = "") {
    out_.push_back({kind, scope_, std::move(name), std::move(meaning)});
  }

  void Declared(const Tokens& flat) {
    if (flat.size() < 2 || flat[0] == "extern" || std::ranges::count(flat, "operator") > 0) return;
    static const std::set<std::string> types = {"struct", "class", "union", "enum"};
    if (types.contains(flat[0])) {
      const std::size_t name = flat[1] == "class" || flat[1] == "struct" ? 2 : 1;
      const bool is_whole = std::ranges::count(flat, "{}") > 0;
      const bool is_special = name + 1 < flat.size() && flat[name + 1] == "<";
      if (is_whole && !is_special) Add(Kind::kType, flat[name]);
      return;
    }
    FunctionOrVariable(flat);
  }

  void Using() {
    const std::size_t start = at_ + 1;
    while (at_ < tokens_.size() && !Is(";")) ++at_;
    if (start + 1 >= at_ || tokens_[start] == "namespace") return;
    const bool is_alias = tokens_[start + 1] == "=";
    const std::size_t meaning = start + (is_alias ? 2 : tokens_[start] == "::" ? 1 : 0);
    Add(is_alias ? Kind::kAlias : Kind::kUsing, tokens_[is_alias ? start : at_ - 1],
        Joined(tokens_, meaning, at_));
  }

  // The name stands before the first parenthesis, bracket, brace or "=" outside of "<>".
  void FunctionOrVariable(const Tokens& flat) {
    static const std::set<std::string> ends = {"()", "[]", "{}", "=", ";"};
    static const std::set<std::string> keywords = {"decltype", "alignas", "noexcept", "requires"};
    int depth = 0;
    for (std::size_t i = 0; i < flat.size(); ++i) {
      if (flat[i] == "<") ++depth;
      if (flat[i] == ">") --depth;
      if (depth != 0 || !ends.contains(flat[i])) continue;
      if (i == 0 || !IsWord(flat[i - 1])) return;
      if (keywords.contains(flat[i - 1])) continue;
      if (i > 1 && flat[i - 2] == "::") return;  // a member, defined outside of its class
      return Add(flat[i] == "()" ? Kind::kFunction : Kind::kVariable, flat[i - 1]);
    }
  }

  Tokens tokens_;
  std::size_t at_ = 0;
  std::vector<std::string> scope_;
  std::vector<Declaration> out_;
};

// The innermost of `libraries` that `path` lies in.
std::optional<std::string> LibraryOf(const std::vector<std::string>& libraries,
                                     const std::string& path) {
  std::optional<std::string> found;
  for (const std::string& folder : libraries) {
    if (path.starts_with(folder + "/") && (!found || folder.size() > found->size())) found = folder;
  }
  return found;
}

// The named namespaces of a scope, "::" behind each.
std::string NamedScope(const std::vector<std::string>& scope) {
  std::string out;
  for (const std::string& name : scope) {
    if (name.empty()) break;
    out += name + "::";
  }
  return out;
}

bool IsOwn(const Declaration& declaration) { return std::ranges::count(declaration.scope, "") > 0; }

// Whether both may stand in one file.
bool AreTheSame(const Declaration& a, const Declaration& b) {
  const auto renames = [](Kind kind) { return kind == Kind::kAlias || kind == Kind::kUsing; };
  return renames(a.kind) && renames(b.kind) && a.meaning == b.meaning;
}

struct Place {
  std::string file;
  Declaration declaration;
};
using Places = std::map<std::string, std::vector<Place>>;  // by what they are called

// What headers declare, by its name with its namespaces.
Places HeaderNames(const std::map<std::string, std::string>& files) {
  Places names;
  for (const auto& [path, text] : files) {
    if (!path.ends_with(".h")) continue;
    for (const Declaration& one : DeclarationsOf(text)) {
      names[NamedScope(one.scope) + one.name].push_back({path, one});
    }
  }
  return names;
}

// The header whose name `own` hides from code in the same namespaces; nullptr where none is.
const Place* HiddenBy(const Declaration& own, const Places& headers) {
  std::string scope = NamedScope(own.scope);
  while (!scope.empty()) {
    const auto found = headers.find(scope + own.name);
    if (found != headers.end()) return &found->second.front();
    const std::size_t last = scope.rfind("::", scope.size() - 3);
    scope = last == std::string::npos ? "" : scope.substr(0, last + 2);
  }
  return nullptr;
}

}  // namespace

std::vector<Declaration> DeclarationsOf(std::string_view text) {
  return DeclarationReader(text).Read();
}

std::vector<std::string> NameFaults(const std::vector<std::string>& libraries,
                                    const std::map<std::string, std::string>& files) {
  const Places headers = HeaderNames(files);
  std::vector<std::string> faults;
  Places known;
  for (const auto& [path, text] : files) {
    const std::optional<std::string> library = LibraryOf(libraries, path);
    if (!library || !path.ends_with(".cc")) continue;
    std::set<std::string> told;
    for (const Declaration& one : DeclarationsOf(text)) {
      const bool renames = one.kind == Kind::kAlias || one.kind == Kind::kUsing;
      if ((!IsOwn(one) && !renames) || told.contains(one.name)) continue;
      std::vector<Place>& places = known[*library + " " + NamedScope(one.scope) + one.name];
      for (const Place& other : places) {
        if (other.file == path || AreTheSame(other.declaration, one)) continue;
        faults.push_back(other.file + " and " + path + " each define a `" + one.name +
                         "` of their own, and may be compiled as one file: give them names that "
                         "say more, or one place that both include");
        told.insert(one.name);
        break;
      }
      const Place* hidden = one.kind == Kind::kUsing ? nullptr : HiddenBy(one, headers);
      if (hidden != nullptr && told.insert(one.name).second) {
        faults.push_back("`" + one.name + "` of " + path + " hides the one of " + hidden->file +
                         " from files that are compiled together with it: give it a name that "
                         "says more");
      }
      places.push_back({path, one});
    }
  }
  return faults;
}

}  // namespace foldproof::imports
