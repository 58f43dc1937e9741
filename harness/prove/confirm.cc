// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/confirm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/exec/npz.h"
#include "harness/prove/element_map.h"
#include "harness/prove/witness_input.h"

namespace foldproof::prove {
namespace {

std::optional<double> ElementOf(const exec::Tensor& tensor, std::int64_t index) {
  if (index < 0 || index >= tensor.count()) return std::nullopt;
  const auto at = static_cast<std::size_t>(index);
  switch (tensor.dtype) {
    case ir::ScalarType::kFloat32: return static_cast<double>(tensor.Elements<float>()[at]);
    case ir::ScalarType::kInt8: return static_cast<double>(tensor.Elements<std::int8_t>()[at]);
    case ir::ScalarType::kUInt8: return static_cast<double>(tensor.Elements<std::uint8_t>()[at]);
    case ir::ScalarType::kInt16: return static_cast<double>(tensor.Elements<std::int16_t>()[at]);
    case ir::ScalarType::kUInt16: return static_cast<double>(tensor.Elements<std::uint16_t>()[at]);
    case ir::ScalarType::kInt32: return static_cast<double>(tensor.Elements<std::int32_t>()[at]);
    default: return std::nullopt;
  }
}

exec::Tensor Zeros(const ir::TensorType& type) {
  exec::Tensor out{type.dtype, type.sizes(), {}};
  out.bytes.resize(static_cast<std::size_t>(out.count()) * ir::ElementSize(type.dtype));
  return out;
}

// The witness' tensor for the input that it is for, zeros for the others.
exec::Tensor InputOf(const Side& side, ir::ValueId user, std::size_t index,
                     const WitnessInput& input) {
  if (index == input.user_input) return input.tensor;
  const auto& type = side.view.program().graph.value(user).type;
  if (!type || !type->is_static())
    throw Error(Error::Code::kInput, "", "an input has no static shape");
  return Zeros(*type);
}

exec::Arrays FileOf(const Side& before, const WitnessInput& input) {
  if (input.level == Witness::Level::kSite) return {{"cut", input.tensor}};
  exec::Arrays out;
  const auto users = before.view.program().UserInputs();
  for (std::size_t u = 0; u < users.size(); ++u) {
    out.emplace(users.size() == 1 ? "x0" : "x0_" + std::to_string(u),
                InputOf(before, users[u], u, input));
  }
  return out;
}

// Writes the witness' input and notes where it lies.
void Write(const Side& before, const WitnessInput& input, const std::filesystem::path& folder,
           std::size_t site, std::size_t tail, Witness& witness) {
  const auto path = folder / fmt::format("site{}_tail{}.npz", site, tail);
  exec::WriteNpz(path, FileOf(before, input));
  witness.level = input.level;
  witness.file = path.string();
}

class Confirmer {
 public:
  Confirmer(const Side& before, const Side& after, exec::Executor& executor)
      : before_(before), after_(after), executor_(executor) {}

  // What both programs give for `input` at the witness' place; an Error where one cannot be run.
  struct Observed {
    double before, after;
  };
  Observed Run(const MatchedSite& site, const PairPlan& pair, const Witness& witness,
               const WitnessInput& input) {
    return {RunSide(before_, *site.before, pair.before, witness, input),
            RunSide(after_, *site.after, pair.after, witness, input)};
  }

 private:
  double RunSide(const Side& side, const SiteSide& site, std::uint32_t frontier,
                 const Witness& witness, const WitnessInput& input) {
    const ir::Program& program = side.view.program();
    const Frontier& end = site.tail.frontiers[frontier];
    exec::Tensors feeds;
    if (input.level == Witness::Level::kSite) {
      feeds.emplace(site.conv.input_cut, input.tensor);
    } else {
      const auto users = program.UserInputs();
      for (std::size_t u = 0; u < users.size(); ++u)
        feeds.emplace(users[u], InputOf(side, users[u], u, input));
    }
    const exec::Tensors results = executor_.Run(program, feeds, {end.value});
    const auto& type = program.graph.value(site.conv.output).type;
    const auto sizes = type->sizes();
    const std::size_t spatial = site.conv.op.spatial();
    std::int64_t index = witness.channel;
    for (std::size_t d = 0; d < spatial; ++d) {
      index = index * sizes[sizes.size() - spatial + d] + witness.output_position[d];
    }
    const auto at = FollowElement(side.view, NodesTo(site.tail, end.reg), index);
    const auto element = at ? ElementOf(results.at(end.value), *at) : std::nullopt;
    if (!element) throw Error(Error::Code::kInput, "", "its place at the frontier was not found");
    return *element;
  }

  const Side& before_;
  const Side& after_;
  exec::Executor& executor_;
};

// One code, in LSB: the coarsest quantizer of either path, as the frontier sees it at gain one.
double OneCode(const MatchedSite& site, const PairPlan& pair) {
  double scale = 0;
  const auto widen = [&](const SiteSide& side, const Frontier& frontier) {
    for (const std::uint32_t index : frontier.path) {
      const TailInstruction& op = side.tail.instructions[index];
      if (IsQuantizer(op)) scale = std::max(scale, op.params.scale);
    }
  };
  widen(*site.before, site.before->tail.frontiers[pair.before]);
  widen(*site.after, site.after->tail.frontiers[pair.after]);
  return std::max(1.0, scale / pair.lsb);
}

void Judge(const MatchedSite& site, const PairPlan& pair, const ChannelVerdict& channel,
           Confirmer::Observed observed, Witness& witness) {
  const double lsb = std::isfinite(observed.after)
                         ? std::abs(observed.after - observed.before) / pair.lsb
                         : std::numeric_limits<double>::infinity();
  witness.observed_lsb = lsb;
  const double off =
      std::isinf(lsb) && std::isinf(witness.claimed_lsb) ? 0 : std::abs(lsb - witness.claimed_lsb);
  const double slack = OneCode(site, pair) * (1 + 1e-6) + 1e-5 * std::abs(witness.claimed_lsb);
  const bool near = off <= slack;
  const bool over = witness.by_ideal_gap || lsb > channel.allowed_lsb;
  witness.confirmed = near && over;
  if (!near) {
    witness.why_not_confirmed =
        fmt::format("claimed {:g} LSB, observed {:g}", witness.claimed_lsb, lsb);
  } else if (!over) {
    witness.why_not_confirmed =
        fmt::format("observed {:g} LSB is not over the tolerance {:g}", lsb, channel.allowed_lsb);
  }
}

template <typename Visit>
void ForEachWitness(Proof& proof, Visit&& visit) {
  for (std::size_t s = 0; s < proof.verification.sites.size(); ++s) {
    auto& tails = proof.verification.sites[s].tails;
    for (std::size_t t = 0; t < tails.size(); ++t) {
      if (tails[t].witness) visit(s, t, proof.matching.sites[s], tails[t]);
    }
  }
}

}  // namespace

void SetWitnessLevels(const Side& before, Proof& proof) {
  ForEachWitness(proof, [&](std::size_t, std::size_t, const MatchedSite& site, TailVerdict& tail) {
    const WitnessInputOrReason made = MakeWitnessInput(before, site, *tail.witness);
    if (made.input)
      tail.witness->level = made.input->level;
    else
      tail.witness->why_not_confirmed = made.reason;
  });
}

void WriteWitnesses(const Side& before, const std::string& why_not_run,
                    const std::filesystem::path& folder, Proof& proof) {
  ForEachWitness(proof,
                 [&](std::size_t s, std::size_t t, const MatchedSite& site, TailVerdict& tail) {
                   const WitnessInputOrReason made = MakeWitnessInput(before, site, *tail.witness);
                   if (made.input) Write(before, *made.input, folder, s, t, *tail.witness);
                   tail.witness->why_not_confirmed = made.input ? why_not_run : made.reason;
                 });
}

void ConfirmWitnesses(const Side& before, const Side& after, const ProveOptions&,
                      exec::Executor& executor, const std::filesystem::path& folder, Proof& proof) {
  Confirmer confirmer(before, after, executor);
  ForEachWitness(proof,
                 [&](std::size_t s, std::size_t t, const MatchedSite& site, TailVerdict& tail) {
                   Witness& witness = *tail.witness;
                   const WitnessInputOrReason made = MakeWitnessInput(before, site, witness);
                   if (!made.input) {
                     witness.confirmed = false;
                     witness.why_not_confirmed = made.reason;
                     return;
                   }
                   Write(before, *made.input, folder, s, t, witness);
                   const PairPlan& pair = site.pairs[tail.pair];
                   try {
                     Judge(site, pair, tail.channels[witness.channel],
                           confirmer.Run(site, pair, witness, *made.input), witness);
                   } catch (const Error& error) {
                     if (error.code() != Error::Code::kInput) throw;
                     witness.confirmed = false;
                     witness.why_not_confirmed = error.what();
                   }
                 });
}

}  // namespace foldproof::prove
