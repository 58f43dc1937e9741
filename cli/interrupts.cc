// SPDX-License-Identifier: BSD-3-Clause
#include "cli/interrupts.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <thread>

#include "harness/passes/leavings.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

using InterruptCount = std::atomic<int>;
static_assert(InterruptCount::is_always_lock_free);

constexpr int kTerminated = 1 << 16;  // more than anybody presses Ctrl-C
constexpr int kLeft = 1 << 17;        // by Ctrl-C, where one is enough

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

// A process that is told to end twice, as by `timeout`, is told once.
void ListenToTermination() {
  std::signal(SIGTERM, [](int) { interrupts->fetch_or(kTerminated); });
}

void SayInterrupted() {
  std::fputs("foldproof: interrupted\n", stderr);
  std::fflush(stderr);
}

// Ends the program as it would have without anybody who listens.
void EndBy(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::kill(::getpid(), signal);
}

int CountOfInterrupts() { return interrupts == nullptr ? 0 : interrupts->load(); }

}  // namespace

void ListenToCtrlC() {
  MakeCount();
  std::signal(SIGINT, [](int) { interrupts->fetch_add(1); });
  ListenToTermination();
}

void AnswerCtrlC() {
  MakeCount();
  std::signal(SIGINT, [](int) {
    if (interrupts->fetch_add(1) > 0) return;
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kAnswer, sizeof(kAnswer) - 1);
    errno = error;
  });
  ListenToTermination();
}

void CountSignalsAsTwice() {
  MakeCount();
  std::signal(SIGINT, [](int) { interrupts->fetch_or(kLeft); });
  ListenToTermination();
}

bool Interrupted() { return CountOfInterrupts() > 0; }
bool InterruptedTwice() { return CountOfInterrupts() > 1; }

void EndIfTerminated() {
  const int count = CountOfInterrupts();
  if (count < kTerminated) return;
  SayInterrupted();
  EndBy((count & kTerminated) != 0 ? SIGTERM : SIGINT);
}

void EndOnSignals() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler != SIG_IGN) sigaddset(&awaited, signal);  // as in a script's background
  }
  ::pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::thread([awaited] {
    int signal = 0;
    if (::sigwait(&awaited, &signal) != 0) return;
    passes::RemoveLeavings();
    SayInterrupted();
    EndBy(signal);
  }).detach();
}

}  // namespace foldproof::cli
