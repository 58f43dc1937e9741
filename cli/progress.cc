// SPDX-License-Identifier: BSD-3-Clause
#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <utility>

namespace foldproof::cli {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

struct Rhythm {
  milliseconds first;
  milliseconds then;
};
constexpr Rhythm kOnTerminal{milliseconds(2000), milliseconds(250)};
constexpr Rhythm kElsewhere{milliseconds(10'000), milliseconds(10'000)};

// `line` for a terminal, in which one that is broken could not be written over.
std::string InOneLine(const std::string& line) {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return is_known ? line.substr(0, size.ws_col - 1U) : line;
}

}  // namespace

void AddProgressOption(CLI::App& command, bool& asked) {
  command.add_flag("--progress", asked,
                   "Tell how far it is every 10 seconds where standard error is no terminal; on a "
                   "terminal work of over 2 seconds always does");
}

Progress::Progress(std::string doing, bool asked, bool quiet)
    : terminal_(isatty(STDERR_FILENO) != 0), doing_(std::move(doing)) {
  if (asked || (terminal_ && !quiet)) thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ends_.notify_one();
  thread_.join();
}

void Progress::Tell(std::int64_t done, std::optional<std::int64_t> of, const char* what) {
  Tell(of ? fmt::format("{} of {} {}", done, *of, what) : fmt::format("{} {}", done, what));
}

void Progress::Tell(std::string doing) {
  const std::lock_guard lock(mutex_);
  doing_ = std::move(doing);
}

std::function<void(const prove::ProofProgress&)> Progress::OfProof() {
  if (!thread_.joinable()) return {};
  return [this](const prove::ProofProgress& progress) {
    Tell(progress.sites, progress.of_sites, "sites proved");
  };
}

void Progress::Run() {
  const Rhythm& rhythm = terminal_ ? kOnTerminal : kElsewhere;
  const SteadyClock::time_point start = SteadyClock::now();
  SteadyClock::time_point next = start + rhythm.first;
  bool shown = false;
  std::unique_lock lock(mutex_);
  while (!ends_.wait_until(lock, next, [this] { return ended_; })) {
    const std::chrono::duration<double> seconds = SteadyClock::now() - start;
    const std::string line = fmt::format("foldproof: {}, {:.0f} s", doing_, seconds.count());
    if (terminal_)
      std::fprintf(stderr, "\r%s\033[K", InOneLine(line).c_str());
    else
      std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
    shown = true;
    next += rhythm.then;
  }
  if (shown && terminal_) std::fputs("\r\033[K", stderr);
}

}  // namespace foldproof::cli
