// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/mutant_hunt.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "fuzz/generator.h"
#include "fuzz/program_of_draw.h"
#include "fuzz/properties.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/mutants/mutants.h"
#include "harness/passes/built_in_pass.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

class MutantPass : public passes::PassUnderTest {
 public:
  explicit MutantPass(const mutants::Mutant& mutant) : mutant_(mutant) {}

  std::string name() const override { return std::string(mutant_.name); }
  passes::PassAnswer Run(const ir::Program& program) override {
    return passes::AnswerOf(program, [&] { return mutant_.Run(program); });
  }

 private:
  const mutants::Mutant& mutant_;
};

// The rule by which `examiner` finds a fault in the program; nullopt where it finds none.
std::optional<std::string> FaultOf(Examiner& examiner, const ir::Program& program,
                                   std::uint64_t index) {
  try {
    const CaseOutcome outcome = examiner.Examine(program, index);
    if (outcome.findings.empty()) return std::nullopt;
    return outcome.findings.front().rule;
  } catch (const std::exception& error) {
    return std::string("internal-error");
  }
}

HuntedMutant Hunt(const mutants::Mutant& mutant, const HuntOptions& options) {
  HuntedMutant out{mutant.name, mutant.breaks, false, "", 0, 0};
  const double start = options.seconds ? options.seconds() : 0;
  PropertyOptions properties;
  const bool norms = mutant.options.pass == fold::FoldPass::kConvBn;
  properties.family = norms ? Family::kConvBn : Family::kQatChain;
  properties.weights = fold::ModeOf(mutant.options);
  properties.saturation_is_known = !norms && mutant.options.policy == fold::Policy::kGuarded;
  MutantPass pass(mutant);
  passes::BuiltInPass engine(mutant.Engine());
  exec::IntegerExecutor executor;
  Examiner examiner(pass, properties, executor), reference(engine, properties, executor);
  while (!out.killed && out.cases < options.most_cases) {
    const std::uint64_t index = out.cases++;
    const ir::Program program = ProgramOf(DrawCase(options.seed, index, properties.family).value());
    const auto fault = FaultOf(examiner, program, index);
    if (!fault || FaultOf(reference, program, index)) continue;
    out.killed = true;
    out.rule = *fault;
  }
  out.seconds = options.seconds ? options.seconds() - start : 0;
  return out;
}

}  // namespace

std::vector<HuntedMutant> HuntMutants(const HuntOptions& options) {
  const auto all = mutants::Mutants();
  std::vector<HuntedMutant> out(all.size());
  std::mutex mutex;
  tbb::task_arena arena(options.threads);
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, all.size(), [&](std::size_t i) {
      out[i] = Hunt(all[i], options);
      const std::lock_guard lock(mutex);
      if (options.found) options.found(out[i]);
    });
  });
  return out;
}

Json HuntReport(const std::vector<HuntedMutant>& hunted, const HuntOptions& options,
                const std::vector<std::string>& command, const std::string& version,
                const std::string& machine) {
  const bool all_killed = std::ranges::all_of(hunted, &HuntedMutant::killed);
  Json out{{"report", "fuzz"},
           {"schema_version", 1},
           {"verdict", all_killed ? "within" : "differs"},
           {"exit_code", all_killed ? 0 : 1},
           {"seed", options.seed},
           {"mutants", Json::array()}};
  Json of_mutants = Json::array();
  double seconds = 0;
  std::uint64_t cases = 0;
  for (const HuntedMutant& mutant : hunted) {
    out["mutants"].push_back({{"name", mutant.name},
                              {"breaks", mutant.breaks},
                              {"killed", mutant.killed},
                              {"rule", mutant.killed ? Json(mutant.rule) : Json()},
                              {"cases", mutant.cases}});
    of_mutants.push_back(mutant.seconds);
    seconds += mutant.seconds;
    cases += mutant.cases;
  }
  out["cases"] = cases;
  out["failures"] = Json::array();
  out["run"] = {
      {"command", command},         {"seconds", seconds}, {"mutant_seconds", std::move(of_mutants)},
      {"threads", options.threads}, {"version", version}, {"machine", machine}};
  return out;
}

}  // namespace foldproof::fuzz
