// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/worker_pass.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "harness/passes/worker_lines.h"
#include "src/base/error.h"

namespace foldproof::passes {
namespace {

constexpr int kMostBanner = 100;   // lines that what it imports may print before the handshake
constexpr double kEndSeconds = 2;  // that a worker has to end after it closed its output

std::string LastLine(std::string text) {
  text.erase(text.find_last_not_of(" \r\n\t") + 1);
  const std::size_t end = text.find_last_of('\n');
  return end == std::string::npos ? text : text.substr(end + 1);
}

PassAnswer PassAnswerOf(const WorkerAnswer& said) {
  PassAnswer answer;
  switch (said.result) {
    case WorkerAnswer::Result::kFolded: answer.kind = PassAnswer::Kind::kFolded; break;
    case WorkerAnswer::Result::kUnchanged: break;
    case WorkerAnswer::Result::kRefused: answer.missed = {{"refused", "", said.reason}}; break;
    case WorkerAnswer::Result::kRaised:
      answer = Raised("pass-raises", said.reason.empty() ? LastLine(said.traceback) : said.reason);
      answer.traceback = said.traceback;
      break;
  }
  return answer;
}

}  // namespace

PassAnswer WorkerPass::Ask(const std::filesystem::path& in) {
  try {
    return AskUntilAnswered(in);
  } catch (const CutShort&) {
    child_.reset();  // the next program would get this one's answer
    throw;
  }
}

PassAnswer WorkerPass::AskUntilAnswered(const std::filesystem::path& in) {
  // A worker may end after an answer; it is then asked again, once.
  for (int i = 0; i < 2; ++i) {
    if (!child_) {
      if (auto fault = Start()) {
        child_.reset();
        return std::move(*fault);
      }
    }
    if (auto answer = AskOnce(in)) return std::move(*answer);
    child_.reset();
  }
  return Raised("pass-dies", "it ended with exit code 0 without an answer");
}

std::optional<PassAnswer> WorkerPass::Start() {
  std::optional<PassAnswer> fault;
  try {
    fault = WaitForHandshake();
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    fault = Raised("pass-prints-rubbish", error.why());
  }
  if (fault && !has_started_) CannotStart(fault->raised);
  has_started_ = true;
  return fault;
}

std::optional<PassAnswer> WorkerPass::WaitForHandshake() {
  static constexpr std::string_view kForms =
      "; a worker speaks on its standard output as docs/worker.md says, and a command that reads "
      "one file and writes another is given with {in} and {out}";
  child_ = std::make_unique<Child>(options().command, options().now, options().is_over);
  const double deadline = options().now() + options().start_seconds;
  std::string line, first;
  for (int i = 0; i < kMostBanner; ++i) {
    switch (child_->ReadLine(line, deadline)) {
      case Child::Read::kLine: break;
      case Child::Read::kEnd: {
        PassAnswer dead = Dead("before its handshake");
        if (!has_started_) dead.raised += kForms;
        return dead;
      }
      case Child::Read::kLate: return LateHandshake();
      case Child::Read::kTooLong:
        return Raised("pass-prints-rubbish", "a line above 1 MiB before its handshake");
    }
    if (IsHandshake(line)) return std::nullopt;
    if (i == 0) first = line;
  }
  return Raised("pass-prints-rubbish",
                fmt::format("{} lines and no handshake; the first is '{}'{}", kMostBanner,
                            Printable(first, 120), has_started_ ? "" : kForms));
}

// No program has been asked about yet, so none is blamed: one that hangs has started.
PassAnswer WorkerPass::LateHandshake() {
  std::string detail = has_started_ ? "it was started again, and gave " : "";
  detail += fmt::format("{}{} seconds", kNoHandshake, options().start_seconds);
  if (const std::string last = child_->LastError(); !last.empty()) detail += ": " + last;
  return Raised("pass-dies", detail + "; --pass-start-timeout gives it more");
}

std::optional<PassAnswer> WorkerPass::AskOnce(const std::filesystem::path& in) {
  const std::uint64_t id = next_++;
  const double deadline = options().now() + options().timeout_seconds;
  child_->Write(RequestLine(id, in.string(), out().string()));  // who is gone is seen below
  std::string line;
  std::optional<PassAnswer> answer;
  switch (child_->ReadLine(line, deadline)) {
    case Child::Read::kLine: try { return PassAnswerOf(AnswerOf(line, id));
      } catch (const Error& error) {
        answer = Raised("pass-prints-rubbish", error.why());
      }
      break;
    case Child::Read::kEnd: {
      const auto ending = child_->WaitForEnd(options().now() + kEndSeconds);
      if (ending && ending->good()) return std::nullopt;
      answer = Dead("without an answer");
      break;
    }
    case Child::Read::kLate:
      answer = Raised("pass-hangs",
                      fmt::format("no answer after {} seconds", options().timeout_seconds));
      break;
    case Child::Read::kTooLong: answer = Raised("pass-prints-rubbish", "a line above 1 MiB"); break;
  }
  child_.reset();
  return answer;
}

PassAnswer WorkerPass::Dead(const char* when) {
  const auto ending = child_->WaitForEnd(options().now() + kEndSeconds);
  std::string detail = ending ? ending->ToString() : "it closed its output";
  detail += std::string(" ") + when;
  if (const std::string last = child_->LastError(); !last.empty()) detail += ": " + last;
  return Raised("pass-dies", std::move(detail));
}

}  // namespace foldproof::passes
