// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/answer_bytes.h"

#include <algorithm>
#include <cstdint>

#include "harness/prove/question/answer_fields.h"
#include "harness/prove/question/kept_bytes.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kBeyondSums = std::int64_t{1} << 62;  // above every sum of taps

// Whether one channel's answer can be one to the question. What is looked up or added up later has
// to be inside of what the question has.
class ChannelCheck {
 public:
  ChannelCheck(const SiteQuestion& question, std::size_t channel, const ChannelJudgement& answer)
      : conv_(question.before.conv),
        question_(question),
        answer_(answer),
        is_joint_(!question.joint.empty() && question.joint[channel] != 0) {}

  bool Holds() const {
    return -kBeyondSums < answer_.low && answer_.low <= answer_.high &&
           answer_.high < kBeyondSums && answer_.members >= 0 && answer_.evaluations >= 0 &&
           answer_.pairs.size() == question_.pairs.size() &&
           std::ranges::all_of(answer_.pairs, [&](const auto& pair) { return IsGood(pair); });
  }

 private:
  // A pair of sums is looked at a little beyond its ends, too.
  bool IsReached(std::int64_t a) const {
    return is_joint_ ? IsSum(std::optional(a)) : answer_.low <= a && a <= answer_.high;
  }
  template <typename T>
  static bool IsSum(const std::optional<T>& a) {
    return !a || (-kBeyondSums < *a && *a < kBeyondSums);
  }

  bool IsGood(const DomainFigures& figures) const {
    return (!figures.accumulator || IsReached(*figures.accumulator)) &&
           IsSum(figures.after_accumulator) && figures.count >= 0 && figures.over >= 0 &&
           figures.over <= figures.count && figures.undefined >= 0;
  }

  // Without taps only where it becomes no witness.
  bool IsGood(const std::optional<BuiltInput>& input, std::optional<double> allowed_lsb) const {
    if (!input) return true;
    if (input->tap_class >= conv_.tap_classes.size() || !IsReached(input->before) ||
        !IsSum(std::optional(input->after))) {
      return false;
    }
    if (allowed_lsb && input->taps.empty()) return !IsOver(input->lsb, *allowed_lsb);
    const std::size_t positions = conv_.tap_classes[input->tap_class].kernel_positions.size();
    return conv_.kernel > 0 && input->taps.size() == conv_.taps / conv_.kernel * positions &&
           std::ranges::all_of(input->taps, [&](std::int64_t x) {
             return conv_.input_range.low <= x && x <= conv_.input_range.high;
           });
  }

  bool IsGood(const Rare<JointFigures>& joint, double allowed_lsb) const {
    if (!joint) return true;
    return is_joint_ && (!joint->coefficients || joint->coefficients->tap < conv_.taps) &&
           IsGood(joint->reachable, allowed_lsb) && IsGood(joint->calibrated, allowed_lsb) &&
           IsGood(joint->ideal, std::nullopt);
  }

  bool IsGood(const ChannelVerdict& verdict) const {
    const auto is_piece = [&](const Piece& piece) {
      return IsReached(piece.from) && piece.from <= piece.to && IsReached(piece.to);
    };
    return IsGood(verdict.reachable) && IsGood(verdict.calibrated) && IsGood(verdict.observed) &&
           IsGood(verdict.produced) && verdict.undefined >= 0 &&
           (!verdict.undefined_at || IsReached(*verdict.undefined_at)) &&
           (!verdict.ideal || IsSum(std::optional(verdict.ideal->accumulator))) &&
           std::ranges::all_of(verdict.over, is_piece) &&
           IsGood(verdict.joint, verdict.allowed_lsb);
  }

  const ConvSide& conv_;
  const SiteQuestion& question_;
  const ChannelJudgement& answer_;
  bool is_joint_;
};

bool CanAnswer(const SiteAnswer& answer, const SiteQuestion& question) {
  if (answer.channels.size() != question.before.conv.channels) return false;
  if (answer.sums.has_value() != question.joint.empty()) return false;
  for (std::size_t c = 0; c < answer.channels.size(); ++c) {
    if (!ChannelCheck(question, c, answer.channels[c]).Holds()) return false;
  }
  return !answer.sums || std::ranges::all_of(answer.sums->overflows, [&](const SumOverflow& each) {
    return each.channel < answer.channels.size() && each.channels <= answer.channels.size();
  });
}

}  // namespace

std::string AnswerBytes(const SiteAnswer& answer) {
  KeptWriter writer;
  writer.Put(answer);
  return writer.Take();
}

std::optional<SiteAnswer> ReadAnswer(std::string_view bytes, const SiteQuestion& question) {
  SiteAnswer answer;
  KeptReader reader(bytes);
  reader.Get(answer);
  if (!reader.is_whole() || !CanAnswer(answer, question)) return std::nullopt;
  return answer;
}

bool IsAnswer(std::string_view bytes) {
  SiteAnswer answer;
  KeptReader reader(bytes);
  reader.Get(answer);
  return reader.is_whole();
}

}  // namespace foldproof::prove
