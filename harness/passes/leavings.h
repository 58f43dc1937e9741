// SPDX-License-Identifier: BSD-3-Clause
//
// What must not outlive this program where a signal ends it: the processes of passes, and the
// folders of their files.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>

namespace foldproof::passes {

// Starts a process that leads a group of its own, and notes it.
pid_t StartGroup(const std::function<pid_t()>& start);
// Kills the group and forgets it. The process itself is the caller's to wait for.
void KillGroup(pid_t group);

// Makes a folder by `make` and notes it.
std::filesystem::path MakeFolderBy(const std::function<std::filesystem::path()>& make);
// Removes it and forgets it.
void RemoveFolder(const std::filesystem::path& folder);

// Kills and removes all that is noted, for a program that ends next: whoever starts or makes
// another one from now on waits for that end.
void RemoveLeavings();

}  // namespace foldproof::passes
