// SPDX-License-Identifier: BSD-3-Clause
//
// Work in a process of its own: what crashes or hangs there is an answer here.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/passes/child.h"

namespace foldproof::fuzz {

// How the answer begins that one gets who waits too long.
inline constexpr char kNoAnswer[] = "no answer after ";

class IsolatedWork {
 public:
  using Work = std::function<std::string(std::string_view request)>;
  // Called in the other process, before its first request.
  using MakeWork = std::function<Work()>;

  struct Answer {
    bool whole = false;  // else `text` says how the process ended: "signal 11 (Segmentation fault)"
    std::string text;
    bool is_cut = false;  // nobody waited for it; such is every answer behind it
  };

  // Starts the process: it is a copy of this one, so no other thread may run yet. A request that
  // takes longer than `seconds` ends it. Where `is_over` says that nobody waits any more, answers
  // are cut. Throws Error(kInternal) where none can be started.
  IsolatedWork(const MakeWork& make, unsigned seconds, passes::IsOver is_over = {});
  ~IsolatedWork();
  IsolatedWork(const IsolatedWork&) = delete;
  IsolatedWork& operator=(const IsolatedWork&) = delete;

  // Requests are answered in their order, and a process that ended is replaced for the next one.
  // Requests and answers are cut off at 96 KiB.
  Answer Ask(std::string_view request) {
    Post(request);
    return Next();
  }

  // The same in two steps, so that the process need not wait for us from one request to the next.
  // No more may be posted where the process would not hold them until it reads them.
  bool MayPost(std::size_t bytes) const;
  void Post(std::string_view request);
  // The answer to the oldest request that has none.
  Answer Next();

 private:
  // Whether there is something to receive; not where nobody waits for it any more.
  bool WaitForPacket() const;

  int socket_ = -1;
  pid_t keeper_ = -1;
  passes::IsOver is_over_;
  std::vector<char> packet_;         // the one that was received last
  std::deque<std::size_t> waiting_;  // bytes of each request without an answer
  std::size_t waiting_bytes_ = 0;
  std::uint64_t asked_ = 0;
};

}  // namespace foldproof::fuzz
