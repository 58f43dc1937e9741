// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/worker_lines.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "src/base/refuse.h"
#include "src/base/within.h"
#include "src/json/json_field.h"

namespace foldproof::passes {
namespace {

using Json = nlohmann::json;

constexpr JsonLimits kLimits{.depth = 16};

std::string Shown(std::string_view line) { return "'" + Printable(line, 120) + "'"; }

Json ObjectIn(std::string_view line) {
  Json json;
  try {
    json = ParseJson(line, kLimits);
  } catch (const Error& error) {
    Refuse("it printed " + Shown(line) + ", which is no JSON object: it " + error.why());
  }
  if (!json.is_object()) Refuse("it printed " + Shown(line) + ", which is no JSON object");
  return json;
}

// A text of an answer, or "" where it is null or missing.
std::string TextIn(const JsonField& answer, const char* key) {
  const auto text = answer.Find(key);
  return text ? text->Text() : "";
}

}  // namespace

bool IsHandshake(std::string_view line) {
  if (line.find("foldproof_worker") == std::string_view::npos) return false;
  const Json json = ObjectIn(line);
  const auto version = json.find("foldproof_worker");
  if (version == json.end()) return false;
  if (*version != kWorkerVersion) {
    Refuse("it speaks version " + Printable(version->dump(), 40) +
           " of the protocol, we speak version " + std::to_string(kWorkerVersion));
  }
  return true;
}

std::string RequestLine(std::uint64_t id, const std::string& in, const std::string& out) {
  const nlohmann::ordered_json json{{"id", id}, {"in", in}, {"out", out}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

WorkerAnswer AnswerOf(std::string_view line, std::uint64_t id) {
  using Result = WorkerAnswer::Result;
  static constexpr std::array<std::pair<const char*, Result>, 4> kResults{
      {{"folded", Result::kFolded},
       {"unchanged", Result::kUnchanged},
       {"refused", Result::kRefused},
       {"raised", Result::kRaised}}};
  const Json json = ObjectIn(line);
  const auto number = json.find("id");
  if (number == json.end() || *number != id) {
    Refuse("it printed " + Shown(line) + " as the answer to request " + std::to_string(id));
  }
  return Within("its answer", [&]() -> WorkerAnswer {
    const JsonField answer(json);
    const std::string result = TextIn(answer, "result");
    for (const auto& [name, value] : kResults) {
      if (result == name) return {value, TextIn(answer, "reason"), TextIn(answer, "traceback")};
    }
    Refuse("result " + Shown(result) + " is none of folded, unchanged, refused, raised");
  });
}

}  // namespace foldproof::passes
