// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>

#include "fuzz/judge/aimed_inputs.h"
#include "fuzz/judge/claims.h"
#include "fuzz/judge/exact_sums.h"
#include "fuzz/judge/observed_run.h"
#include "fuzz/program_checks.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/verdict/names.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Kind = CheckedPair::Kind;

// A drawn tail of more accumulators that has to be enumerated is unproved: a case must be quick.
constexpr std::int64_t kMostEnumerated = 1 << 16;

std::string Described(const exec::Tensor& tensor) {
  return ir::MakeTensorType(tensor.dtype, tensor.sizes).ToString();
}

// What a caller sees of the two programs without any number.
std::optional<Lie> LieOfInterface(const ProgramPair& pair) {
  if (pair.names_exchanged) {
    return Lie{"interface-differs", "outputs", "two keys of what is returned were exchanged"};
  }
  const auto left = pair.before.UserInputs(), right = pair.after.UserInputs();
  if (left.size() != right.size()) {
    return Lie{"interface-differs", "inputs", "their number is another"};
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (pair.before.graph.value(left[i]).type != pair.after.graph.value(right[i]).type) {
      return Lie{"interface-differs", fmt::format("input {}", i), "its type is another"};
    }
  }
  return std::nullopt;
}

// `slack` is what a float sum may flip on top of what was proved.
std::optional<Lie> LieOfOutputs(const Seen& left, const Seen& right, const Claims& claims,
                                double slack) {
  if (left.outputs.size() != right.outputs.size()) {
    return Lie{
        "interface-differs", "outputs",
        fmt::format("before returns {}, after {}", left.outputs.size(), right.outputs.size())};
  }
  for (std::size_t i = 0; i < left.outputs.size(); ++i) {
    const exec::Tensor &a = left.outputs[i], &b = right.outputs[i];
    if (a.dtype != b.dtype || a.sizes != b.sizes) {
      return Lie{"interface-differs", fmt::format("output {}", i),
                 fmt::format("{} before, {} after", Described(a), Described(b))};
    }
    const std::size_t index = left.index[i];
    if (index >= claims.allowed.size() || !claims.allowed[index]) continue;
    const double allowed = *claims.allowed[index];
    // A difference of two float32 numbers is as fine as the larger one's last place.
    const double rounding =
        allowed > 0 ? std::max(LargestMagnitude(a), LargestMagnitude(b)) * 0x1p-22 : 0;
    const double seen = LargestDifference(a, b);
    if (seen <= allowed + rounding + slack) continue;
    return Lie{"output-differs", fmt::format("output {}", i),
               fmt::format("by {:.9g} where at most {:.9g} was proved", seen, allowed)};
  }
  return std::nullopt;
}

bool Same(const exec::Tensor& a, const exec::Tensor& b) { return LargestDifference(a, b) == 0; }

// What a program holds under a name before a call, or after it; null where it has no such constant.
const exec::Tensor* Held(const std::string& name,
                         const std::map<std::string, exec::Tensor>& state) {
  const auto found = state.find(name);
  return found == state.end() ? nullptr : &found->second;
}

// What constants and inputs hold before a call.
std::map<std::string, exec::Tensor> HeldBefore(const ir::Program& program,
                                               const std::vector<exec::Tensor>& inputs) {
  std::map<std::string, exec::Tensor> out = StateBefore(program);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    out.insert_or_assign(fmt::format("input {}", i), inputs[i]);
  return out;
}

// Where a call changes what is held, both programs must hold the same behind it: that is what the
// next call, or the caller, finds. What was stored before may differ where nothing reads it.
std::optional<Lie> LieOfState(const ProgramPair& pair, const Seen& left, const Seen& right,
                              const std::vector<exec::Tensor>& inputs, const Claims& claims) {
  // What changes on these inputs alone may be bounded like any other value.
  if (!claims.bounds_state || (left.state.empty() && right.state.empty())) return std::nullopt;
  const auto left_before = HeldBefore(pair.before, inputs);
  const auto right_before = HeldBefore(pair.after, inputs);
  std::set<std::string> names;
  for (const Seen* seen : {&left, &right}) {
    for (const auto& [name, tensor] : seen->state) names.insert(name);
  }
  for (const std::string& name : names) {
    struct Holding {
      const exec::Tensor *before, *now;
      bool changed;
    };
    const auto holding = [&name](const auto& before, const Seen& seen) {
      const exec::Tensor* then = Held(name, before);
      const exec::Tensor* now = Held(name, seen.state);
      if (now == nullptr) now = then;  // a program that writes nothing
      return Holding{then, now, now != nullptr && (then == nullptr || !Same(*now, *then))};
    };
    const Holding a = holding(left_before, left), b = holding(right_before, right);
    if (!a.changed && !b.changed) continue;
    if (a.now != nullptr && b.now != nullptr && Same(*a.now, *b.now)) continue;
    return Lie{"state-differs", name,
               a.changed == b.changed ? "the two calls leave different values in it"
               : a.changed            ? "before's call changes it, after's does not"
                                      : "after's call changes it, before's does not"};
  }
  return std::nullopt;
}

// Both programs on inputs of one aim after the other.
class Runner {
 public:
  Runner(const ProgramPair& pair, const Claims& claims, exec::Executor& torch)
      : pair_(pair), claims_(claims), torch_(torch), before_(pair.before, torch) {}

  std::optional<Lie> Run(std::uint64_t key, bool& flips) {
    ObservedProgram after(pair_.after, torch_);
    const Aim third = static_cast<Aim>(2 + key % (kAims - 2));
    for (const Aim aim : {Aim::kRandom, Aim::kExtremes, third}) {
      const std::vector<exec::Tensor> inputs = AimedInputs(pair_.before, aim, key);
      const Seen left = before_.Call(inputs);
      const Seen right = after.Call(inputs);
      const auto lie = Told(left, right, inputs, 0);
      if (!lie) continue;
      if (lie->rule != "output-differs" && lie->rule != "state-differs") return lie;
      const ExactSeen exact_left = CallWithExactSums(pair_.before, inputs, torch_);
      const ExactSeen exact_right = CallWithExactSums(pair_.after, inputs, torch_);
      // Where a sum could not be made exact, a code may have flipped for the order of its terms.
      const double slack = exact_left.is_exact && exact_right.is_exact ? 0 : 2 * claims_.lsb;
      const auto exact = Told(exact_left.seen, exact_right.seen, inputs, slack);
      if (exact) return exact;
      flips = true;
    }
    return std::nullopt;
  }

 private:
  std::optional<Lie> Told(const Seen& left, const Seen& right,
                          const std::vector<exec::Tensor>& inputs, double slack) const {
    if (auto lie = LieOfOutputs(left, right, claims_, slack)) return lie;
    return LieOfState(pair_, left, right, inputs, claims_);
  }

  const ProgramPair& pair_;
  const Claims& claims_;
  exec::Executor& torch_;
  ObservedProgram before_;
};

}  // namespace

Judge ProverWith(prove::JudgeScratch& scratch) {
  return [&scratch](const ProgramPair& pair) {
    const prove::Side before(pair.before), after(pair.after);
    prove::ProveOptions options;
    options.judge.most_enumerated = kMostEnumerated;
    options.judge.changed_only = true;
    options.scratch = &scratch;
    return prove::Prove(before, after, options).verification;
  };
}

CheckedPair CheckPair(const ProgramPair& pair, std::uint64_t key, const Judge& judge,
                      exec::Executor& torch) {
  CheckedPair out;
  prove::Verification verification;
  try {
    verification = judge(pair);
  } catch (const Error& error) {
    if (error.code() == Error::Code::kInput) {
      out.note = error.why();
      return out;
    }
    out.kind = Kind::kLie;
    out.lie = Lie{"judge-fails", error.place(), error.why()};
    return out;
  } catch (const std::exception& error) {
    out.kind = Kind::kLie;
    out.lie = Lie{"judge-fails", "", error.what()};
    return out;
  }
  out.verdict = verification.verdict;
  if (verification.verdict == prove::Verdict::kDiffers) {
    out.kind = Kind::kDiffers;
    return out;
  }
  if (verification.verdict == prove::Verdict::kUnproved) {
    out.kind = Kind::kUnproved;
    if (!verification.unproved.empty()) out.note = verification.unproved.front().reason;
    return out;
  }
  out.lie = LieOfInterface(pair);
  const Claims claims = ClaimsOf(verification, pair.before);
  if (!out.lie) {
    try {
      Runner runner(pair, claims, torch);
      out.lie = runner.Run(key, out.flips);
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      out.kind = Kind::kNotRun;
      out.note = error.why();
      return out;
    }
  }
  out.kind = out.lie ? Kind::kLie : Kind::kHolds;
  if (out.lie) out.lie->detail += fmt::format(" (verdict {})", prove::NameOf(out.verdict));
  return out;
}

}  // namespace foldproof::fuzz
