// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/proof_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "harness/verify/cache/cache_folder.h"
#include "harness/verify/cache/entry.h"
#include "harness/verify/cache/upkeep.h"
#include "harness/verify/sha256.h"
#include "src/base/error.h"

namespace foldproof::verify::proof_folder_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ProofFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/foldproof_cache_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    top_ = name;
    folder_ = top_ / "cache";
  }
  void TearDown() override { fs::remove_all(top_); }

  ProofFolder Open(std::uint64_t most = kCacheBytes) {
    return ProofFolder(folder_, most,
                       [this](const std::string& text) { warnings_.push_back(text); });
  }
  fs::path FileOf(const std::string& key) const { return PathOf(folder_, key); }
  static std::string Bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Write(const fs::path& path, const std::string& bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  static void Age(const fs::path& path, std::chrono::minutes by) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - by);
  }

  fs::path top_, folder_;
  std::vector<std::string> warnings_;
};

TEST_F(ProofFolderTest, GivesBackWhatItKept) {
  ProofFolder cache = Open();
  const std::string key = cache.KeyOf("a question");
  EXPECT_EQ(cache.Find(key), std::nullopt);
  cache.Keep(key, "an answer");
  EXPECT_EQ(cache.Find(key), "an answer");
  EXPECT_EQ(Open().Find(key), "an answer");
  EXPECT_EQ(cache.Find(cache.KeyOf("another question")), std::nullopt);
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_THAT(FilesOf(folder_), SizeIs(1));
}

// The key is another prover's where anything that judges was changed.
TEST_F(ProofFolderTest, TheKeyNamesTheProverAndTheQuestion) {
  ProofFolder cache = Open();
  EXPECT_EQ(cache.KeyOf("q"), Sha256(ProverHash() + Sha256("q")));
  EXPECT_NE(cache.KeyOf("q"), cache.KeyOf("r"));
}

TEST_F(ProofFolderTest, WhatIsDamagedIsRemovedAloudAndGivesNothing) {
  ProofFolder cache = Open();
  const std::string key = cache.KeyOf("a question"), other = cache.KeyOf("another");
  cache.Keep(key, "an answer");
  cache.Keep(other, "another answer");
  const std::string right = Bytes(FileOf(key));
  std::string turned = right;
  turned.back() = 'R';
  const std::string of_other = EntryBytes({Sha256("another prover"), key, "an answer"});
  for (const std::string& bytes :
       {std::string(), right.substr(0, 100), right.substr(0, right.size() - 1), right + "x", turned,
        Bytes(FileOf(other)), of_other, std::string(100'000, 'x')}) {
    Write(FileOf(key), bytes);
    warnings_.clear();
    EXPECT_EQ(cache.Find(key), std::nullopt);
    ASSERT_THAT(warnings_, SizeIs(1));
    EXPECT_THAT(warnings_[0], HasSubstr(FileOf(key).string()));
    EXPECT_THAT(warnings_[0], HasSubstr("removed"));
    EXPECT_FALSE(fs::exists(FileOf(key)));
  }
  EXPECT_EQ(cache.Find(other), "another answer");
}

// A name that stands for a pipe would wait for its writer, one for a link leads out of the folder.
TEST_F(ProofFolderTest, ReadsRegularFilesAlone) {
  ProofFolder cache = Open();
  const std::string key = cache.KeyOf("a question");
  cache.Keep(key, "an answer");
  const fs::path elsewhere = top_ / "elsewhere";
  fs::rename(FileOf(key), elsewhere);
  fs::create_symlink(elsewhere, FileOf(key));
  EXPECT_EQ(cache.Find(key), std::nullopt);
  EXPECT_TRUE(fs::exists(elsewhere));
  ASSERT_EQ(::mkfifo(FileOf(key).c_str(), 0600), 0);
  EXPECT_EQ(cache.Find(key), std::nullopt);
  EXPECT_FALSE(fs::exists(FileOf(key)));
  EXPECT_THAT(warnings_, SizeIs(2));
}

// A checksum is no seal: whoever may write the file can make one.
TEST_F(ProofFolderTest, WhatAnotherUserMayHaveWrittenIsBelievedUnderASealAlone) {
  const auto other_user = [](const fs::path& path) { return ::chown(path.c_str(), 65534, 65534); };
  const auto writable = [](const fs::path& path) { return ::chmod(path.c_str(), 0666); };
  const auto by_group = [](const fs::path& path) { return ::chmod(path.c_str(), 0664); };
  const std::vector<std::pair<std::function<int(const fs::path&)>, std::string>> ways = {
      {other_user, "another user wrote it"},
      {writable, "other users may write it"},
      {by_group, "other users may write it"}};
  for (const auto& [way, why] : ways) {
    if (&why == &ways[0].second && ::geteuid() != 0) continue;  // root alone gives files away
    for (const std::string secret : {"", "a secret that others have not"}) {
      ProofFolder cache(
          folder_, kCacheBytes, [&](const std::string& text) { warnings_.push_back(text); },
          secret);
      const std::string key = cache.KeyOf("a question");
      cache.Keep(key, "an answer");
      ASSERT_EQ(way(FileOf(key)), 0);
      EXPECT_EQ(cache.Find(key).has_value(), !secret.empty());
      EXPECT_EQ(CheckCache(folder_, secret).damaged.size(), secret.empty() ? 0u : 1u);
    }
    EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr(why)));
    warnings_.clear();
    fs::remove_all(folder_);
  }
}

TEST_F(ProofFolderTest, AnotherSecretAsksOtherQuestions) {
  const auto key_of = [&](const std::string& secret) {
    return ProofFolder(
               folder_, kCacheBytes, [](const std::string&) {}, secret)
        .KeyOf("q");
  };
  EXPECT_EQ(key_of("a secret"), key_of("a secret"));
  EXPECT_NE(key_of("a secret"), key_of("another"));
  EXPECT_NE(key_of("a secret"), key_of(""));
}

TEST_F(ProofFolderTest, AFolderThatCannotBeMadeIsAnError) {
  Write(folder_, "a file");
  EXPECT_THROW(Open(), Error);
}

// One warning, and the proofs go on.
TEST_F(ProofFolderTest, WhatCannotBeWrittenIsToldOnce) {
  ProofFolder cache = Open();
  const std::string key = cache.KeyOf("a question");
  Write(folder_ / key.substr(0, 2), "a file where a folder should be");
  cache.Keep(key, "an answer");
  cache.Keep(key, "an answer");
  EXPECT_EQ(cache.Find(key), std::nullopt);
  EXPECT_THAT(warnings_, testing::Contains(HasSubstr("cannot be kept")).Times(1));
}

TEST_F(ProofFolderTest, HoldsItsSizeAndDropsWhatWasUsedLongestAgo) {
  const std::string answer(1000, 'x');
  const std::uint64_t each = EntryBytes({ProverHash(), ProverHash(), answer}).size();
  std::vector<std::string> keys;
  {
    ProofFolder cache = Open();
    for (int i = 0; i < 16; ++i) {
      keys.push_back(cache.KeyOf(std::to_string(i)));
      cache.Keep(keys.back(), answer);
      Age(FileOf(keys.back()), std::chrono::minutes(100 - i));
    }
  }
  ProofFolder cache = Open(16 * each);
  EXPECT_EQ(cache.Find(keys[0]), answer);  // used now: the oldest no more
  cache.Keep(cache.KeyOf("one too many"), answer);
  // Down to seven eighths, so that the next one has room.
  EXPECT_THAT(FilesOf(folder_), SizeIs(14));
  EXPECT_TRUE(fs::exists(FileOf(keys[0])));
  for (const int gone : {1, 2, 3}) EXPECT_FALSE(fs::exists(FileOf(keys[gone])));
  for (int i = 4; i < 16; ++i) EXPECT_TRUE(fs::exists(FileOf(keys[i])));
  for (int i = 0; i < 100; ++i) {
    cache.Keep(cache.KeyOf("more " + std::to_string(i)), answer);
    EXPECT_LE(FilesOf(folder_).size(), 16u);
  }
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ProofFolderTest, SeveralThreadsKeepAndFindAtOnce) {
  ProofFolder cache = Open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = cache.KeyOf(std::to_string(i));
        const auto found = cache.Find(key);
        EXPECT_TRUE(!found || *found == std::to_string(i));
        cache.Keep(key, std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(FilesOf(folder_), SizeIs(50));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ProofFolderTest, FilesOfOthersAreNeverTouched) {
  ProofFolder cache = Open();
  cache.Keep(cache.KeyOf("a question"), "an answer");
  const std::vector<fs::path> foreign = {folder_ / "README", folder_ / "ab/notes.txt",
                                         folder_ / "zz" / std::string(64, 'a'),
                                         folder_ / "ab" / std::string(64, 'c')};
  for (const fs::path& path : foreign) Write(path, "mine");
  EXPECT_THAT(FilesOf(folder_), SizeIs(1));
  PruneCache(folder_, 0, true);
  EXPECT_THAT(FilesOf(folder_), IsEmpty());
  for (const fs::path& path : foreign) EXPECT_EQ(Bytes(path), "mine");
}

TEST_F(ProofFolderTest, CheckSaysWhatThereIsAndPruneRemovesWhatIsOfNoUse) {
  EXPECT_THROW(CheckCache(folder_), Error);
  ProofFolder cache = Open();
  // No answer to any question, though the checksum fits.
  const std::string forged = cache.KeyOf("forged");
  cache.Keep(forged, "an answer");
  const std::string good = cache.KeyOf("good"), cut = cache.KeyOf("cut");
  const std::string answer(9, '\0');  // no channels, no sums
  cache.Keep(good, answer);
  cache.Keep(cut, answer);
  Write(FileOf(cut), Bytes(FileOf(cut)).substr(0, 50));
  const std::string others = Sha256("of another prover");
  Write(FileOf(others), EntryBytes({Sha256("another"), others, "what it likes"}));
  const fs::path stale = FileOf(good).string() + ".12-0.partial";
  const fs::path fresh = FileOf(good).string() + ".13-0.partial";
  Write(stale, "half");
  Age(stale, 90min);
  Write(fresh, "half");

  const CacheState state = CheckCache(folder_);
  EXPECT_EQ(state.entries, 2u);
  EXPECT_EQ(state.others, 1u);
  EXPECT_EQ(state.left, 1u);
  EXPECT_THAT(state.damaged, SizeIs(2));
  EXPECT_TRUE(fs::exists(FileOf(cut))) << "check only looks";

  EXPECT_EQ(PruneCache(folder_, kCacheBytes, false).removed, 3u);
  EXPECT_TRUE(fs::exists(fresh));
  EXPECT_TRUE(fs::exists(FileOf(others)));
  EXPECT_EQ(PruneCache(folder_, kCacheBytes, true).removed, 1u);
  EXPECT_TRUE(fs::exists(FileOf(good)));
  EXPECT_EQ(PruneCache(folder_, 0, false).removed, 1u);
  EXPECT_THAT(warnings_, IsEmpty());
}

}  // namespace
}  // namespace foldproof::verify::proof_folder_test
