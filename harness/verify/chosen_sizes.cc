// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/chosen_sizes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/prove/conv/admitted_sizes.h"
#include "harness/prove/witness/confirm.h"

namespace foldproof::verify {
namespace {

constexpr std::int64_t kNumbersToTry[] = {1, 2, 3, 4, 5, 6, 8, 12, 16};
constexpr std::int64_t kMostElements = std::int64_t{1} << 22;  // of one input

// The symbolic sizes of the caller's inputs, each once.
std::map<std::string, ir::Dim> SymbolicSizes(const ir::Program& program) {
  std::map<std::string, ir::Dim> out;
  for (const ir::ValueId input : program.UserInputs()) {
    const auto& type = program.graph.value(input).type;
    if (!type) continue;
    for (const ir::Dim& dim : type->dims) {
      if (!dim.is_static()) out.emplace(dim.symbol, dim);
    }
  }
  return out;
}

// The sizes of an input with the chosen ones; nullopt where one is not chosen.
std::optional<std::vector<std::int64_t>> SizesAt(const ir::TensorType& type,
                                                 const ChosenSizes& sizes) {
  std::vector<std::int64_t> out;
  for (const ir::Dim& dim : type.dims) {
    const auto chosen = sizes.find(dim.symbol);
    if (!dim.is_static() && chosen == sizes.end()) return std::nullopt;
    out.push_back(dim.is_static() ? dim.size : chosen->second);
  }
  return out;
}

// Zeros for each input; nullopt where one has no size still, or is large.
std::optional<exec::Tensors> ZeroInputs(const ir::Program& program) {
  exec::Tensors out;
  for (const ir::ValueId input : program.UserInputs()) {
    const auto& type = program.graph.value(input).type;
    if (!type || !type->is_static()) return std::nullopt;
    exec::Tensor zeros{type->dtype, type->sizes(), {}};
    if (zeros.count() > kMostElements) return std::nullopt;
    zeros.bytes.resize(static_cast<std::size_t>(zeros.count()) * ir::ElementSize(type->dtype));
    out.emplace(input, std::move(zeros));
  }
  return out;
}

bool LacksWitness(const prove::TailVerdict& tail) {
  return tail.witness && !tail.witness->confirmed.value_or(false) && !tail.witness->observed_lsb;
}

bool LacksWitness(const prove::Proof& proof) {
  return std::ranges::any_of(proof.verification.sites, [](const prove::SiteVerdict& site) {
    return std::ranges::any_of(site.tails,
                               [](const prove::TailVerdict& tail) { return LacksWitness(tail); });
  });
}

// Gives tails of `proof` the witnesses that were confirmed at `sizes`. Returns whether there is
// one.
bool TakeOver(const prove::Proof& there, const ChosenSizes& sizes, prove::Proof& proof) {
  bool any = false;
  for (prove::SiteVerdict& site : proof.verification.sites) {
    for (const prove::SiteVerdict& other : there.verification.sites) {
      if (other.before_conv != site.before_conv || other.after_conv != site.after_conv) continue;
      for (prove::TailVerdict& tail : site.tails) {
        if (!LacksWitness(tail)) continue;
        for (const prove::TailVerdict& found : other.tails) {
          if (found.frontier != tail.frontier || found.output != tail.output) continue;
          if (!found.witness || !found.witness->confirmed.value_or(false)) continue;
          tail.witness = found.witness;
          for (const auto& [symbol, size] : sizes) {
            const std::string name(prove::NameOfSymbol(symbol));
            tail.witness->sizes[name.empty() ? symbol : name] = size;
          }
          any = true;
        }
      }
    }
  }
  return any;
}

}  // namespace

std::vector<ChosenSizes> SizesToTry(const ir::Program& program) {
  const auto symbols = SymbolicSizes(program);
  std::vector<ChosenSizes> out;
  if (symbols.empty()) return out;
  std::map<std::string, prove::AdmittedSizes> admitted;
  bool free = true;
  ChosenSizes traced;
  for (const auto& [symbol, dim] : symbols) {
    const auto sizes = prove::SizesOf(program, dim);
    free &= sizes.all_occur;
    if (sizes.traced) traced[symbol] = *sizes.traced;
    admitted.emplace(symbol, sizes);
  }
  if (free) {
    std::set<ChosenSizes> seen;
    for (const std::int64_t number : kNumbersToTry) {
      ChosenSizes chosen;
      for (const auto& [symbol, sizes] : admitted)
        chosen[symbol] = std::clamp(number, sizes.low, sizes.high);
      if (seen.insert(chosen).second) out.push_back(std::move(chosen));
    }
  }
  if (traced.size() == symbols.size()) out.push_back(std::move(traced));
  return out;
}

std::optional<ir::Program> AtSizes(const ir::Program& program, const ChosenSizes& sizes,
                                   exec::Executor& executor) {
  ir::Program out = program;
  for (const ir::ValueId input : out.UserInputs()) {
    const auto& type = out.graph.value(input).type;
    const auto chosen = type ? SizesAt(*type, sizes) : std::nullopt;
    if (!chosen) return std::nullopt;
    out.graph.SetSizes(input, *chosen);
  }
  const auto feeds = ZeroInputs(out);
  if (!feeds) return std::nullopt;
  std::vector<ir::ValueId> wanted;
  for (const ir::Node& node : out.graph.nodes()) {
    for (const ir::ValueId made : node.outputs) {
      const auto& type = out.graph.value(made).type;
      if (type && !type->is_static()) wanted.push_back(made);
    }
  }
  try {
    // Its inner values still have symbols: an executor takes the sizes that come.
    for (const auto& [value, tensor] : executor.Run(out, *feeds, wanted)) {
      if (out.graph.value(value).type->rank() != tensor.sizes.size()) return std::nullopt;
      out.graph.SetSizes(value, tensor.sizes);
    }
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    return std::nullopt;
  }
  return out;
}

void ConfirmAtChosenSizes(const ir::Program& before, const ir::Program& after,
                          const prove::ProveOptions& options, WitnessExecutors& executors,
                          const std::filesystem::path& folder, prove::Proof& proof) {
  if (!LacksWitness(proof)) return;
  for (const ChosenSizes& sizes : SizesToTry(before)) {
    for (const prove::WitnessRunner& runner : executors.runners()) {
      const auto b = AtSizes(before, sizes, *runner.before);
      const auto a = AtSizes(after, sizes, *runner.after);
      if (!b || !a) continue;
      const prove::Side left(*b), right(*a);
      prove::Proof there = prove::Prove(left, right, options);
      if (there.verification.verdict != prove::Verdict::kDiffers) break;
      prove::ConfirmWitnesses(left, right, executors.runners(), executors.not_opened(), folder,
                              there);
      if (TakeOver(there, sizes, proof)) return;
      break;
    }
  }
}

}  // namespace foldproof::verify
