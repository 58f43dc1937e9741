// SPDX-License-Identifier: BSD-3-Clause
#include "cli/interrupts.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace foldproof::cli {
namespace {

std::atomic<int> interrupts = 0;
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

void ListenToCtrlC() {
  std::signal(SIGINT, [](int) { interrupts.fetch_add(1); });
}

void AnswerCtrlC() {
  std::signal(SIGINT, [](int) {
    static constexpr char kAnswer[] =
        "\nfoldproof: stopping; the causes found so far are shrunk, Ctrl-C again to leave them\n";
    if (interrupts.fetch_add(1) == 0) {
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kAnswer, sizeof(kAnswer) - 1);
    }
  });
}

bool Interrupted() { return interrupts.load() > 0; }
bool InterruptedTwice() { return interrupts.load() > 1; }

}  // namespace foldproof::cli
