// SPDX-License-Identifier: BSD-3-Clause
//
// --cache where the folder cannot be what it should: the answer is the same, and it is said once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"

namespace foldproof::cli::cache_places_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kVerify{"verify", "golden/pt2/fused_residual.before.pt2",
                                       "golden/pt2/fused_residual.after.pt2"};

Ran Verify(
    const std::string& cache, const std::vector<std::string>& more = {},
    const std::function<void()>& in_child = [] {}) {
  std::vector<std::string> arguments = kVerify;
  arguments.insert(arguments.end(), {"--cache", cache});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunFoldproof(arguments, {}, in_child);
}

// The folders of entries of a cache that has some.
std::vector<fs::path> Filled(const std::string& cache) {
  EXPECT_THAT(Verify(cache).err, IsEmpty());
  std::vector<fs::path> out;
  for (const auto& each : fs::directory_iterator(cache)) out.push_back(each.path());
  EXPECT_FALSE(out.empty());
  return out;
}

void ExpectSaidOnce(const Ran& ran, const std::string& why) {
  const Ran without = RunFoldproof(kVerify);
  EXPECT_EQ(ran.code, without.code);
  EXPECT_EQ(ran.out, without.out);
  EXPECT_THAT(ran.err, HasSubstr("foldproof: warning: a proof cannot be kept"));
  EXPECT_THAT(ran.err, HasSubstr(why));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

TEST(CachePlaces, WhatIsNoFolderIsRefused) {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "no folder";
  ExpectOneLineError(Verify(scratch / "file"), 4);
  ExpectOneLineError(Verify(scratch / "file/below"), 4);
  EXPECT_EQ(ReadText(scratch / "file"), "no folder");
  for (const Ran& ran :
       {Verify(""), RunFoldproof({"cache", "check", ""}), RunFoldproof({"cache", "prune", ""})}) {
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("names no folder"));
  }
}

TEST(CachePlaces, ASizeBelowZeroIsRefused) {
  const Scratch scratch;
  for (const std::string size : {"-1", "-1K"}) {
    const Ran ran = Verify(scratch / "cache", {"--cache-size=" + size});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("must not be below 0"));
  }
  EXPECT_EQ(Verify(scratch / "cache", {"--cache-size", "0"}).code, 1);
}

TEST(CachePlaces, AFileInTheWayOfEntriesIsSaidOnce) {
  const Scratch scratch;
  for (const fs::path& folder : Filled(scratch / "cache")) {
    fs::remove_all(folder);
    std::ofstream(folder) << "in the way";
  }
  ExpectSaidOnce(Verify(scratch / "cache"), "cannot be made");
}

// Nothing outside of the folder is read or written, whoever put a link into it.
TEST(CachePlaces, ALinkToAnotherFolderIsNotFollowed) {
  const Scratch scratch;
  fs::create_directory(scratch / "elsewhere");
  for (const fs::path& folder : Filled(scratch / "cache")) {
    const fs::path moved = fs::path(scratch / "elsewhere") / folder.filename();
    fs::rename(folder, moved);
    fs::create_directory_symlink(moved, folder);
    for (const auto& entry : fs::directory_iterator(moved))
      std::ofstream(entry.path()) << "not an entry";
  }
  ExpectSaidOnce(Verify(scratch / "cache"), "is a link");
  for (const auto& entry : fs::recursive_directory_iterator(scratch / "elsewhere")) {
    if (entry.is_directory()) continue;
    EXPECT_EQ(ReadText(entry.path().string()), "not an entry");
  }
}

// A file system that takes no more, as one that is full.
TEST(CachePlaces, WhatCannotBeWrittenIsSaidOnceAndLeavesNothing) {
  const Scratch scratch;
  const Ran ran = Verify(scratch / "cache", {}, [] {
    const rlimit most{2000, 2000};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &most) != 0) ::_exit(126);
  });
  ExpectSaidOnce(ran, "File too large");
  const Ran check = RunFoldproof({"cache", "check", scratch / "cache"});
  EXPECT_EQ(check.code, 0);
  EXPECT_THAT(check.out, HasSubstr(" 0 damaged, 0 left by writers"));
  for (const auto& entry : fs::recursive_directory_iterator(scratch / "cache"))
    EXPECT_TRUE(entry.is_directory() || entry.file_size() < 2000) << entry.path();
}

}  // namespace
}  // namespace foldproof::cli::cache_places_test
