// SPDX-License-Identifier: BSD-3-Clause
//
// Three processes: this one asks, a worker answers, and between them a keeper, which does nothing
// but start the next worker and tell how the last one ended, and at which request: the worker notes
// that in a page that the two share. A process with threads must not copy itself, so this one
// cannot start a worker later. Requests that a worker did not take are still in the socket for the
// next one.
#include "fuzz/isolated_work.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include "harness/passes/child.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

constexpr std::size_t kMostText = 96 << 10;

// Requests that are posted ahead. They fit into the socket's buffer, a fifth of a megabyte, so that
// neither side waits for room while the other one does.
constexpr std::size_t kMostAhead = 16;
constexpr std::size_t kMostBytesAhead = 16 << 10;

constexpr int kLookMilliseconds = 50;  // between looks at whether an answer is still wanted
constexpr int kMostLooks = 10;         // at a process that is to end because none is

// A packet is a letter, the number of its request, and a text.
enum class Letter : char { kRequest = 'r', kAnswer = 'a', kEnded = 'e' };
struct Packet {
  Letter letter;
  std::uint64_t number = 0;
  std::string text;
};
constexpr std::size_t kHead = 1 + sizeof(std::uint64_t);

bool Send(int socket, Letter letter, std::uint64_t number, std::string_view text) {
  std::string bytes(kHead, static_cast<char>(letter));
  std::memcpy(bytes.data() + 1, &number, sizeof(number));
  bytes.append(text, 0, kMostText);
  for (;;) {
    if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

// Nothing where the other side is gone. `bytes` is memory that is used again.
std::optional<Packet> Receive(int socket, std::vector<char>& bytes) {
  bytes.resize(kHead + kMostText);
  ssize_t count = -1;
  do {
    count = ::recv(socket, bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < static_cast<ssize_t>(kHead)) return std::nullopt;
  Packet packet{static_cast<Letter>(bytes[0]), 0, {}};
  std::memcpy(&packet.number, bytes.data() + 1, sizeof(packet.number));
  packet.text.assign(bytes.data() + kHead, static_cast<std::size_t>(count) - kHead);
  return packet;
}

// The number of the request that a worker took last, in memory that its keeper sees.
using Started = std::atomic<std::uint64_t>;
static_assert(Started::is_always_lock_free);

// Whoever started this process may be killed; Ctrl-C is for that one alone.
void BindToParent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);
}

// Answers until nobody asks any more. What throws here ends the process, like a crash.
[[noreturn]] void Serve(int socket, const IsolatedWork::MakeWork& make, unsigned seconds,
                        Started& started) noexcept {
  BindToParent();
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(SIGALRM, SIG_DFL);
  IsolatedWork::Work work;
  std::vector<char> bytes;
  while (const auto request = Receive(socket, bytes)) {
    started.store(request->number);
    ::alarm(seconds);
    if (!work) work = make();
    const std::string answer = work(request->text);
    ::alarm(0);
    if (!Send(socket, Letter::kAnswer, request->number, answer)) break;  // nobody listens
  }
  work = nullptr;  // a pass under test may have a process of its own
  ::_exit(0);
}

std::string HowItEnded(int status, unsigned seconds) {
  passes::Ending ending;
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending.exit_code = WEXITSTATUS(status);
  if (ending.signal == SIGALRM) return fmt::format("{}{} seconds", kNoAnswer, seconds);
  return ending.ToString();
}

[[noreturn]] void Keep(int socket, const IsolatedWork::MakeWork& make, unsigned seconds) noexcept {
  BindToParent();
  void* page =
      ::mmap(nullptr, sizeof(Started), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) ::_exit(1);
  Started& started = *new (page) Started(0);
  for (;;) {
    const pid_t worker = ::fork();
    if (worker == 0) Serve(socket, make, seconds, started);
    if (worker < 0) ::_exit(1);
    int status = 0;
    while (::waitpid(worker, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ::_exit(0);
    Send(socket, Letter::kEnded, started.load(), HowItEnded(status, seconds));
  }
}

}  // namespace

IsolatedWork::IsolatedWork(const MakeWork& make, unsigned seconds, passes::IsOver is_over)
    : is_over_(std::move(is_over)) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw Error(Error::Code::kInternal, "socketpair", std::strerror(errno));
  }
  keeper_ = ::fork();
  if (keeper_ == 0) {
    ::close(ends[0]);
    Keep(ends[1], make, seconds);
  }
  const int error = errno;
  ::close(ends[1]);
  socket_ = ends[0];
  if (keeper_ < 0) {
    ::close(socket_);
    throw Error(Error::Code::kInternal, "fork", std::strerror(error));
  }
}

IsolatedWork::~IsolatedWork() {
  ::shutdown(socket_, SHUT_RDWR);  // processes that were started later hold it, too
  ::close(socket_);
  // Where nobody waits any more the worker has a moment to end what it started, and is ended with
  // its keeper then.
  for (int looks = 0; is_over_ && is_over_() && looks < kMostLooks; ++looks) {
    if (::waitpid(keeper_, nullptr, WNOHANG) != 0) return;
    ::usleep(kLookMilliseconds * 1000);
    if (looks + 1 == kMostLooks) ::kill(keeper_, SIGKILL);
  }
  while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool IsolatedWork::WaitForPacket() const {
  if (!is_over_) return true;
  pollfd file{socket_, POLLIN, 0};
  for (;;) {
    if (::poll(&file, 1, kLookMilliseconds) > 0) return true;
    if (is_over_()) return false;
  }
}

bool IsolatedWork::MayPost(std::size_t bytes) const {
  return waiting_.empty() ||
         (waiting_.size() < kMostAhead && waiting_bytes_ + bytes <= kMostBytesAhead);
}

void IsolatedWork::Post(std::string_view request) {
  waiting_.push_back(request.size());
  waiting_bytes_ += request.size();
  Send(socket_, Letter::kRequest, ++asked_, request);  // Next tells where nobody is there
}

IsolatedWork::Answer IsolatedWork::Next() {
  FP_CHECK(!waiting_.empty());
  const std::uint64_t number = asked_ - waiting_.size() + 1;
  waiting_bytes_ -= waiting_.front();
  waiting_.pop_front();
  for (;;) {
    if (!WaitForPacket()) return {false, "", true};
    auto packet = Receive(socket_, packet_);
    if (!packet) break;
    // One that was killed while it waited took no request; the next one takes it.
    if (packet->number != number) continue;
    return {packet->letter == Letter::kAnswer, std::move(packet->text)};
  }
  throw Error(Error::Code::kInternal, "the process that examines cases", "is gone");
}

}  // namespace foldproof::fuzz
