// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/probes.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "harness/prove/conv/conv_reach.h"

namespace foldproof::compare {
namespace {

using prove::ChannelVerdict;
using prove::DomainFigures;
using prove::TailVerdict;

class Maker {
 public:
  Maker(const prove::Side& before, const prove::Proof& proof, std::size_t channels)
      : before_(before), proof_(proof), channels_(channels) {}

  Probes Run() {
    for (std::size_t s = 0; s < proof_.verification.sites.size(); ++s) {
      const auto& tails = proof_.verification.sites[s].tails;
      for (std::size_t t = 0; t < tails.size(); ++t) OfTail(s, t, tails[t]);
    }
    return std::move(out_);
  }

 private:
  void OfTail(std::size_t s, std::size_t t, const TailVerdict& tail) {
    std::set<std::pair<std::uint32_t, std::int64_t>> asked;
    if (tail.witness) {
      asked.emplace(tail.witness->channel, tail.witness->accumulator);
      Add(s, t, *tail.witness);
    }
    for (const auto domain : {&ChannelVerdict::reachable, &ChannelVerdict::calibrated}) {
      for (const std::uint32_t c : WorstChannels(tail, domain)) {
        const DomainFigures& figures = tail.channels[c].*domain;
        if (asked.emplace(c, *figures.accumulator).second) AtAccumulator(s, t, c, figures);
      }
    }
  }

  std::vector<std::uint32_t> WorstChannels(const TailVerdict& tail,
                                           DomainFigures ChannelVerdict::*domain) const {
    std::vector<std::uint32_t> order;
    for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
      if ((tail.channels[c].*domain).accumulator) order.push_back(c);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return (tail.channels[a].*domain).lsb > (tail.channels[b].*domain).lsb;
    });
    order.resize(std::min(order.size(), channels_));
    return order;
  }

  void AtAccumulator(std::size_t s, std::size_t t, std::uint32_t channel,
                     const DomainFigures& figures) {
    const std::int64_t a = *figures.accumulator;
    const prove::ConvSide& conv = proof_.matching.sites[s].before->conv;
    const prove::TapAnswer answer = prove::FindTapsAnywhere(conv, channel, a, a, a);
    if (!answer.found) {
      return Miss(s, "no input was found for accumulator " + std::to_string(a) + " of channel " +
                         std::to_string(channel));
    }
    prove::Witness witness;
    witness.channel = channel;
    witness.accumulator = a;
    witness.claimed_lsb = figures.lsb;
    witness.taps = answer.found->x;
    witness.kernel_positions = answer.found->tap_class->kernel_positions;
    witness.output_position = answer.found->tap_class->output_position;
    Add(s, t, witness);
  }

  void Add(std::size_t s, std::size_t t, const prove::Witness& witness) {
    auto made = prove::MakeWitnessInput(before_, proof_.matching.sites[s], witness);
    if (made.input)
      out_.probes.push_back({s, t, witness, std::move(*made.input)});
    else
      Miss(s, made.reason);
  }

  void Miss(std::size_t s, const std::string& why) {
    out_.missing.push_back(proof_.verification.sites[s].before_conv + ": " + why);
  }

  const prove::Side& before_;
  const prove::Proof& proof_;
  std::size_t channels_;
  Probes out_;
};

}  // namespace

Probes MakeProbes(const prove::Side& before, const prove::Proof& proof, std::size_t channels) {
  return Maker(before, proof, channels).Run();
}

exec::Tensors InputsOf(const ir::Program& program, const prove::WitnessInput& input) {
  exec::Tensors out;
  const auto users = program.UserInputs();
  for (std::size_t u = 0; u < users.size(); ++u) {
    if (u == input.user_input) {
      out.emplace(users[u], input.tensor);
      continue;
    }
    const ir::Value& value = program.graph.value(users[u]);
    if (!value.type || !value.type->is_static())
      throw Error(Error::Code::kInput, value.name, "is an input without a static shape");
    exec::Tensor zeros{value.type->dtype, value.type->sizes(), {}};
    zeros.bytes.resize(static_cast<std::size_t>(zeros.count()) * ir::ElementSize(zeros.dtype));
    out.emplace(users[u], std::move(zeros));
  }
  return out;
}

}  // namespace foldproof::compare
