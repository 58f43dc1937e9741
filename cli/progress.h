// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/prove/verdict/prove_options.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --progress.
void AddProgressOption(CLI::App& command, bool& asked);

// Tells whoever waits how far a command is, from when it is made until it is gone: on a terminal a
// line that is written over, once two seconds are over; elsewhere, where --progress asks for it, a
// line every ten seconds; else nothing. All of it on standard error.
class Progress {
 public:
  // `doing`: what is done until Tell says how much of it ("proving").
  Progress(std::string doing, bool asked, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "12 of 53 sites", or whatever else is done. From any thread.
  void Tell(std::int64_t done, std::optional<std::int64_t> of, const char* what);
  void Tell(std::string doing);
  // The same for prove::ProveOptions; empty where nobody is told. This must outlive it.
  std::function<void(const prove::ProofProgress&)> OfProof();

 private:
  void Run();

  const bool terminal_;
  std::string doing_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace foldproof::cli
