// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/questions_in_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

namespace foldproof::prove {
namespace {

TEST(QuestionsInWork, OneHasTheTurnAtAQuestion) {
  QuestionsInWork all;
  auto turn = all.Take("a");
  ASSERT_TRUE(turn);
  EXPECT_FALSE(all.Take("a"));
  EXPECT_TRUE(all.Take("b"));
  turn.reset();
  EXPECT_TRUE(all.Take("a"));
}

TEST(QuestionsInWork, ATurnThatIsMovedEndsOnce) {
  QuestionsInWork all;
  std::optional<QuestionsInWork::Turn> kept;
  {
    auto turn = all.Take("a");
    kept.emplace(*std::move(turn));
  }
  EXPECT_FALSE(all.Take("a"));
  kept.reset();
  EXPECT_TRUE(all.Take("a"));
}

TEST(QuestionsInWork, WhoWaitsComesBackBehindTheEnd) {
  QuestionsInWork all;
  all.WaitFor("a");  // nobody is at it
  auto turn = all.Take("a");
  std::atomic<bool> has_ended = false, saw_the_end = false;
  std::thread waiting([&] {
    all.WaitFor("a");
    saw_the_end = has_ended.load();
  });
  std::this_thread::yield();
  has_ended = true;
  turn.reset();
  waiting.join();
  EXPECT_TRUE(saw_the_end);
}

}  // namespace
}  // namespace foldproof::prove
