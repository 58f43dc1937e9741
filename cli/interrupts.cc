// SPDX-License-Identifier: BSD-3-Clause
#include "cli/interrupts.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "src/base/error.h"

namespace foldproof::cli {
namespace {

using InterruptCount = std::atomic<int>;
static_assert(InterruptCount::is_always_lock_free);

constexpr char kAnswer[] =
    "\nfoldproof: stopping; the causes found so far are made plainer, Ctrl-C again to leave them\n";

// A signal handler reaches nothing but what is here for the whole program.
InterruptCount* interrupts = nullptr;

// In a page that stays one where processes are copied.
void MakeCount() {
  if (interrupts != nullptr) return;
  void* page = ::mmap(nullptr, sizeof(InterruptCount), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw Error(Error::Code::kInternal, "mmap", std::strerror(errno));
  interrupts = new (page) InterruptCount(0);
}

int CountOfInterrupts() { return interrupts == nullptr ? 0 : interrupts->load(); }

}  // namespace

void ListenToCtrlC() {
  MakeCount();
  std::signal(SIGINT, [](int) { interrupts->fetch_add(1); });
}

void AnswerCtrlC() {
  MakeCount();
  std::signal(SIGINT, [](int) {
    if (interrupts->fetch_add(1) > 0) return;
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kAnswer, sizeof(kAnswer) - 1);
    errno = error;
  });
}

bool Interrupted() { return CountOfInterrupts() > 0; }
bool InterruptedTwice() { return CountOfInterrupts() > 1; }

}  // namespace foldproof::cli
