// SPDX-License-Identifier: BSD-3-Clause
//
// The lines that foldproof and a worker exchange (docs/worker.md): one JSON object each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace foldproof::passes {

inline constexpr int kWorkerVersion = 1;

struct WorkerAnswer {
  enum class Result { kFolded, kUnchanged, kRefused, kRaised };

  Result result = Result::kUnchanged;
  std::string reason;     // of a refusal, or the exception in one line
  std::string traceback;  // where it raised
};

// Whether `line` is {"foldproof_worker": 1, ...}. Throws Error(kInput) where it is one of another
// version.
bool IsHandshake(std::string_view line);

// {"id": 7, "in": "...", "out": "..."} and the end of line.
std::string RequestLine(std::uint64_t id, const std::string& in, const std::string& out);

// {"id": 7, "result": "folded"|"unchanged"|"refused"|"raised", "reason": ..., "traceback": ...}.
// Throws Error(kInput) where `line` is no answer to request `id`.
WorkerAnswer AnswerOf(std::string_view line, std::uint64_t id);

}  // namespace foldproof::passes
