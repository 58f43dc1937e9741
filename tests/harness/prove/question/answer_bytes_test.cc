// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/answer_bytes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace foldproof::prove::answer_bytes_test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One channel of three taps, judged as a pair of sums where `joint`.
SiteQuestion Question(bool joint) {
  SiteQuestion question{};
  question.before.conv.channels = 1;
  question.before.conv.taps = 3;
  question.before.conv.kernel = 1;
  question.before.conv.input_range = {-4, 4};
  question.before.conv.tap_classes = {{{0}, {0, 0}}};
  question.pairs.resize(1);
  if (joint) question.joint = {1};
  return question;
}

SiteAnswer Answer(bool joint) {
  SiteAnswer answer;
  ChannelJudgement& channel = answer.channels.emplace_back();
  channel = {-12, 12, 25, true, 40, {}};
  ChannelVerdict& verdict = channel.pairs.emplace_back();
  verdict.bit_equal = false;
  verdict.reachable = {2.5, 3.0, 1.0, 7, -3, 25, 4, 1};
  verdict.undefined = 1;
  verdict.undefined_at = 12;
  verdict.ideal = IdealGap{kNaN, 3, true, 0.5, 0.25, IdealDistances{{1, 2}, {3, 4}}};
  verdict.tolerance = {1, 2, 3};
  verdict.over = {{-3, 4, 2.5, 2}, {5, 6, 1, 1}};
  verdict.over_truncated = true;
  verdict.unproved = "why, with a\nnew line";
  verdict.root_step_unproved = "why not";
  if (joint) {
    verdict.joint.emplace() =
        JointFigures{CoefficientGap{1, 2, 3, true, 4, 5}, BuiltInput{1, -3, 3, {1, -4, 4}, 0, 0.5},
                     std::nullopt, BuiltInput{2, 3, -3, {0, 0, 0}, 0, 0}};
  } else {
    answer.sums = SiteSums{{{-12, 12}, {-11, 13}, {-14, 14}},
                           {{true, 1, 0, 12, 1, true}, {false, 1, 0, -12, -1, false}}};
  }
  return answer;
}

TEST(AnswerBytes, GiveBackAllThatTheyWereMadeOf) {
  for (const bool joint : {false, true}) {
    const std::string bytes = AnswerBytes(Answer(joint));
    const auto read = ReadAnswer(bytes, Question(joint));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(AnswerBytes(*read), bytes);
    const ChannelVerdict& verdict = read->channels.at(0).pairs.at(0);
    EXPECT_EQ(verdict.reachable.lsb_root_step, 3.0);
    EXPECT_EQ(verdict.unproved, "why, with a\nnew line");
    EXPECT_TRUE(std::isnan(verdict.ideal->gap));
    EXPECT_EQ(verdict.over.at(1).to, 6);
    EXPECT_EQ(verdict.joint.has_value(), joint);
    if (joint) {
      EXPECT_EQ(verdict.joint->reachable->taps, (std::vector<std::int64_t>{1, -4, 4}));
      EXPECT_FALSE(verdict.joint->calibrated.has_value());
    } else {
      EXPECT_EQ(read->sums->overflows.at(1).sum, -1);
    }
  }
}

TEST(AnswerBytes, AreReadWholeOrNotAtAll) {
  for (const bool joint : {false, true}) {
    const std::string bytes = AnswerBytes(Answer(joint));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(ReadAnswer(bytes.substr(0, size), Question(joint)).has_value()) << size;
    EXPECT_FALSE(ReadAnswer(bytes + '\0', Question(joint)).has_value());
  }
}

// Whatever the bytes are, reading ends, and what it gives has the question's form.
TEST(AnswerBytes, AnyByteMayBeAnother) {
  for (const bool joint : {false, true}) {
    const std::string bytes = AnswerBytes(Answer(joint));
    std::size_t read = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const char value : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
        std::string forged = bytes;
        forged[at] = value;
        const auto answer = ReadAnswer(forged, Question(joint));
        if (!answer) continue;
        ++read;
        ASSERT_EQ(answer->channels.size(), 1u);
        ASSERT_EQ(answer->channels[0].pairs.size(), 1u);
      }
    }
    EXPECT_GT(read, 100u);  // a figure of another size is an answer
  }
}

// A length that the bytes do not have makes no memory be taken.
TEST(AnswerBytes, AHugeLengthIsNoAnswer) {
  std::string bytes(8, '\xff');
  EXPECT_FALSE(IsAnswer(bytes));
  bytes[7] = '\0';
  EXPECT_FALSE(IsAnswer(bytes + std::string(1 << 20, '\0')));
}

TEST(AnswerBytes, WhatTheSiteHasNotIsNoAnswerToIt) {
  const auto refuses = [](bool joint, auto change) {
    SiteAnswer answer = Answer(joint);
    change(answer, answer.channels[0].pairs[0]);
    EXPECT_TRUE(IsAnswer(AnswerBytes(answer)));
    EXPECT_FALSE(ReadAnswer(AnswerBytes(answer), Question(joint)).has_value());
  };
  using A = SiteAnswer;
  using V = ChannelVerdict;
  refuses(false, [](A& a, V&) { a.channels.push_back(a.channels[0]); });
  refuses(false, [](A& a, V&) { a.channels[0].pairs.clear(); });
  refuses(false, [](A& a, V&) { a.channels[0].low = 13; });
  refuses(false, [](A& a, V&) { a.channels[0].high = std::numeric_limits<std::int64_t>::max(); });
  refuses(false, [](A& a, V&) { a.sums.reset(); });
  refuses(false, [](A& a, V&) { a.sums->overflows[0].channel = 1; });
  refuses(false, [](A&, V& v) { v.reachable.accumulator = 13; });
  refuses(false, [](A&, V& v) { v.reachable.over = 26; });
  refuses(false, [](A&, V& v) { v.calibrated.count = -1; });
  refuses(false, [](A&, V& v) { v.undefined_at = -13; });
  refuses(false, [](A&, V& v) { v.over[1].to = 13; });
  refuses(false, [](A&, V& v) { v.over[1].from = 7; });
  refuses(false, [](A&, V& v) { v.joint.emplace(); });
  refuses(true, [](A& a, V&) { a.sums.emplace(); });
  refuses(true, [](A&, V& v) { v.joint->coefficients->tap = 3; });
  refuses(true, [](A&, V& v) { v.joint->ideal->tap_class = 1; });
  refuses(true, [](A&, V& v) { v.joint->ideal->taps.pop_back(); });
  refuses(true, [](A&, V& v) { v.joint->reachable->taps[0] = 5; });
  // What is over the allowance, here 0, becomes a witness, and needs its taps.
  refuses(true, [](A&, V& v) { v.joint->reachable->taps.clear(); });
}

}  // namespace
}  // namespace foldproof::prove::answer_bytes_test
