// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/leavings.h"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <system_error>

namespace foldproof::passes {
namespace {

constexpr int kMostRemovals = 20;  // of a folder into which somebody killed may still write
constexpr unsigned kRemovalMicroseconds = 10'000;

struct Leavings {
  std::mutex mutex;
  std::set<pid_t> groups;
  std::set<std::filesystem::path> folders;
};

// It is never destroyed: a thread that waits for a signal may outlive the end of main.
Leavings& TheLeavings() {
  static Leavings* const leavings = new Leavings;
  return *leavings;
}

}  // namespace

pid_t StartGroup(const std::function<pid_t()>& start) {
  Leavings& leavings = TheLeavings();
  const std::lock_guard lock(leavings.mutex);
  const pid_t group = start();
  leavings.groups.insert(group);
  return group;
}

void KillGroup(pid_t group) {
  Leavings& leavings = TheLeavings();
  const std::lock_guard lock(leavings.mutex);
  leavings.groups.erase(group);
  ::kill(-group, SIGKILL);
}

std::filesystem::path MakeFolderBy(const std::function<std::filesystem::path()>& make) {
  Leavings& leavings = TheLeavings();
  const std::lock_guard lock(leavings.mutex);
  return *leavings.folders.insert(make()).first;
}

void RemoveFolder(const std::filesystem::path& folder) {
  Leavings& leavings = TheLeavings();
  const std::lock_guard lock(leavings.mutex);
  leavings.folders.erase(folder);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

void RemoveLeavings() {
  Leavings& leavings = TheLeavings();
  leavings.mutex.lock();  // for good
  for (const pid_t group : leavings.groups) ::kill(-group, SIGKILL);
  for (const std::filesystem::path& folder : leavings.folders) {
    std::error_code ignored;
    for (int i = 0; i < kMostRemovals && std::filesystem::exists(folder, ignored); ++i) {
      if (i > 0) ::usleep(kRemovalMicroseconds);
      std::filesystem::remove_all(folder, ignored);
    }
  }
}

}  // namespace foldproof::passes
