// SPDX-License-Identifier: BSD-3-Clause
//
// Work in a process of its own: what crashes or hangs there is an answer here.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

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
  };

  // Starts the process: it is a copy of this one, so no other thread may run yet. A request that
  // takes longer than `seconds` ends it. Throws Error(kInternal) where none can be started.
  IsolatedWork(const MakeWork& make, unsigned seconds);
  ~IsolatedWork();
  IsolatedWork(const IsolatedWork&) = delete;
  IsolatedWork& operator=(const IsolatedWork&) = delete;

  // A process that ended is replaced before the next request. Requests and answers are cut off at
  // 96 KiB.
  Answer Ask(std::string_view request);

 private:
  int socket_ = -1;
  pid_t keeper_ = -1;
  std::uint64_t asked_ = 0;
};

}  // namespace foldproof::fuzz
