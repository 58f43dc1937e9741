// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/output_shares.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/tensor_numbers.h"
#include "src/base/error.h"

namespace foldproof::compare {
namespace {

constexpr std::size_t kMostRuns = 16;

// The largest tolerance of the proof's tails that end in `output`, in its own LSB; else the one
// that is given.
std::optional<double> ToleranceAt(const prove::Proof& proof, const OutputDistance& output,
                                  std::optional<double> given) {
  std::optional<double> out;
  for (const prove::SiteVerdict& site : proof.verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) {
      if (!tail.output || *tail.output != output.output) continue;
      out = std::max(out.value_or(0), tail.tolerance_lsb * (tail.scale / output.scale));
    }
  }
  return out ? out : given;
}

// Whether an output is a row of numbers, or several.
bool HasRows(const prove::Side& before, ir::ValueId value) {
  const auto& type = before.view.program().graph.value(value).type;
  return type && (type->rank() == 1 || type->rank() == 2) && prove::IsComputed(type->dtype);
}

}  // namespace

void OutputShares::Merge(const OutputShares& other) {
  inputs += other.inputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].distance.lsb.Merge(other.outputs[i].distance.lsb);
    outputs[i].distance.agreement.Merge(other.outputs[i].distance.agreement);
    if (!other.outputs[i].tolerance_lsb) outputs[i].tolerance_lsb = std::nullopt;
    outputs[i].inputs_over += other.outputs[i].inputs_over;
  }
  if (!classes) return;
  classes->answers += other.classes->answers;
  classes->changed += other.classes->changed;
  for (const std::size_t run : other.classes->runs) {
    if (classes->runs.size() < kMostRuns) classes->runs.push_back(run);
  }
}

std::vector<std::size_t> TopAnswers(const exec::Tensor& tensor) {
  const std::vector<double> numbers = prove::NumbersOf<double>(tensor);
  const auto width = static_cast<std::size_t>(tensor.sizes.empty() ? 1 : tensor.sizes.back());
  std::vector<std::size_t> out;
  for (std::size_t row = 0; width > 0 && row + width <= numbers.size(); row += width) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < width && !std::isnan(numbers[row + best]); ++i) {
      if (numbers[row + i] > numbers[row + best] || std::isnan(numbers[row + i])) best = i;
    }
    out.push_back(best);
  }
  return out;
}

ShareObserver::ShareObserver(const EndToEnd& end_to_end, const prove::Side& before,
                             const prove::Proof& proof, const ShareOptions& options)
    : values_(end_to_end.output_values()) {
  const std::optional<std::size_t>& classes = options.classes;
  for (const OutputDistance& output : end_to_end.outputs())
    seen_.outputs.push_back({output, ToleranceAt(proof, output, options.tolerance_lsb), 0});
  if (!classes) return;
  const auto refuse = [&](const std::string& why) {
    std::string others;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!HasRows(before, values_[i].before)) continue;
      others += (others.empty() ? "" : ", ") + std::to_string(seen_.outputs[i].distance.output);
    }
    throw Error(Error::Code::kUsage, "--classes",
                "output " + std::to_string(*classes) + " " + why + "; " +
                    (others.empty() ? "no output does" : "these do: " + others));
  };
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (seen_.outputs[i].distance.output == *classes) classes_at_ = i;
  }
  if (!classes_at_ || !HasRows(before, values_[*classes_at_].before))
    refuse("holds no numbers of the shape [classes] or [batch, classes] in both programs");
  seen_.classes = ChangedAnswers{*classes, 0, 0, {}};
}

void ShareObserver::Clear() {
  seen_.inputs = 0;
  for (OutputShare& output : seen_.outputs) {
    output.distance.lsb = {};
    output.distance.agreement = {};
    output.inputs_over = 0;
  }
  if (seen_.classes) seen_.classes = ChangedAnswers{seen_.classes->output, 0, 0, {}};
}

void ShareObserver::Observe(std::size_t run, const exec::Tensors& before,
                            const exec::Tensors& after) {
  ++seen_.inputs;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    OutputShare& output = seen_.outputs[i];
    const auto most =
        NoteOutput(before.at(values_[i].before), after.at(values_[i].after), output.distance);
    if (!most) output.tolerance_lsb = std::nullopt;
    output.inputs_over += output.tolerance_lsb && prove::IsOver(*most, *output.tolerance_lsb);
  }
  if (!seen_.classes) return;
  const exec::Tensor& b = before.at(values_[*classes_at_].before);
  const exec::Tensor& a = after.at(values_[*classes_at_].after);
  if (b.sizes != a.sizes || !prove::IsComputed(b.dtype) || !prove::IsComputed(a.dtype)) {
    throw Error(Error::Code::kInput, "--classes",
                "the two programs give outputs of other shapes for one input");
  }
  const std::vector<std::size_t> answers = TopAnswers(b), others = TopAnswers(a);
  std::int64_t changed = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) changed += answers[i] != others[i];
  seen_.classes->answers += static_cast<std::int64_t>(answers.size());
  seen_.classes->changed += changed;
  if (changed > 0 && seen_.classes->runs.size() < kMostRuns) seen_.classes->runs.push_back(run);
}

}  // namespace foldproof::compare
