// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <utility>

#include "harness/passes/leavings.h"
#include "src/base/error.h"

namespace foldproof::passes {
namespace {

constexpr std::size_t kMostLine = 1 << 20;
constexpr std::size_t kMostErrors = 1 << 13;  // the last that are kept
constexpr int kMostLastReads = 64;            // of a child that has ended
constexpr double kTick = 0.005;               // seconds between looks at a child that is to end
constexpr double kLook = 0.1;                 // and at whether the answer is still wanted

[[noreturn]] void Fail(const char* what, int error) {
  throw Error(Error::Code::kInternal, what, std::strerror(error));
}

// Two ends; what is read from the first was written to the second.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) Fail("pipe", errno);
  }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  int Take(std::size_t i) { return std::exchange(ends[i], -1); }

  std::array<int, 2> ends{-1, -1};
};

void Close(int& file) {
  if (file >= 0) ::close(std::exchange(file, -1));
}

// Its three streams are pipes; the signals that we may ignore or block are as usual in it.
pid_t Spawn(const std::string& command, const Pipe& in, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&usual, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  std::string shell = "sh", option = "-c", text = command;
  std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  pid_t id = -1;
  const int error = ::posix_spawn(&id, "/bin/sh", &files, &attributes, arguments.data(), ::environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) Fail("/bin/sh", error);
  return id;
}

// Writes without the SIGPIPE of a reader that is gone, whatever this program does about it.
bool WriteAll(int file, std::string_view text) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  bool whole = true;
  while (whole && !text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      whole = false;
      if (errno == EPIPE && sigismember(&before, SIGPIPE) == 0) {
        const timespec now{0, 0};
        ::sigtimedwait(&pipe, nullptr, &now);
      }
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return whole;
}

}  // namespace

std::string Ending::ToString() const {
  if (signal == 0) return "exit code " + std::to_string(exit_code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

Child::Child(const std::string& command, Seconds now, IsOver is_over)
    : now_(std::move(now)), is_over_(std::move(is_over)) {
  Pipe in, out, err;
  id_ = StartGroup([&] { return Spawn(command, in, out, err); });
  input_ = in.Take(1);
  output_ = out.Take(0);
  error_ = err.Take(0);
}

Child::~Child() {
  KillGroup(id_);
  if (!ending_) ::waitpid(id_, nullptr, 0);
  for (int* file : {&input_, &output_, &error_}) Close(*file);
}

void Child::CloseInput() { Close(input_); }

bool Child::Write(std::string_view text) { return input_ >= 0 && WriteAll(input_, text); }

Child::Read Child::ReadLine(std::string& line, double deadline) {
  for (;;) {
    const std::size_t end = printed_.find('\n');
    if (end != std::string::npos && end <= kMostLine) {
      line = printed_.substr(0, end);
      printed_.erase(0, end + 1);
      return Read::kLine;
    }
    if (printed_.size() > kMostLine) return Read::kTooLong;
    if (output_ < 0) return Read::kEnd;
    if (now_() >= deadline) return Read::kLate;
    TakeIn(deadline);
  }
}

std::optional<Ending> Child::WaitForEnd(double deadline) {
  while (!ending_) {
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == id_) {
      ending_.emplace();
      if (WIFSIGNALED(status)) ending_->signal = WTERMSIG(status);
      if (WIFEXITED(status)) ending_->exit_code = WEXITSTATUS(status);
      for (int i = 0; i < kMostLastReads && TakeIn(now_()); ++i) {
      }
      break;
    }
    const double time = now_();
    if (time >= deadline) return std::nullopt;
    TakeIn(std::min(deadline, time + kTick));
    if (printed_.size() > kMostLine) printed_.clear();
  }
  return ending_;
}

std::string Child::LastError() const {
  const std::size_t end = errors_.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  const std::size_t before = errors_.find_last_of('\n', end);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  return Printable(std::string_view(errors_).substr(start, end + 1 - start), 600);
}

bool Child::TakeIn(double until) {
  if (is_over_) {
    if (is_over_()) throw CutShort();
    until = std::min(until, now_() + kLook);
  }
  std::array<pollfd, 2> files{{{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
  const double left = std::clamp(std::ceil((until - now_()) * 1000), 0.0, 60'000.0);
  if (::poll(files.data(), files.size(), static_cast<int>(left)) <= 0) return false;
  if (files[0].revents != 0) TakeFrom(output_, printed_, 2 * kMostLine);
  if (files[1].revents != 0) {
    TakeFrom(error_, errors_, 4 * kMostErrors);
    if (errors_.size() > kMostErrors) errors_.erase(0, errors_.size() - kMostErrors);
  }
  return true;
}

void Child::TakeFrom(int& file, std::string& text, std::size_t most) {
  std::array<char, 1 << 14> part;
  const ssize_t count = ::read(file, part.data(), part.size());
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) return Close(file);
  if (text.size() < most) text.append(part.data(), static_cast<std::size_t>(count));
}

}  // namespace foldproof::passes
