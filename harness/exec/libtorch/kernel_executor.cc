// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/kernel_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/exec/libtorch/kernel_product.h"
#include "harness/exec/libtorch/torch_program.h"

namespace foldproof::exec {
namespace {

// A plan whose kernels are packed, with the values that its runs begin with.
struct PackedPlan {
  std::unique_ptr<TorchPlan> plan;
  std::vector<Held> constants;
};

// PreparedTorchProgram, and the sites that its plan points to.
class PreparedKernels : public PreparedProgram {
 public:
  PreparedKernels(std::shared_ptr<const std::vector<QuantizedSite>> sites, PackedPlan packed)
      : sites_(std::move(sites)), program_(std::move(packed.plan), std::move(packed.constants)) {}

  Tensors Run(const Tensors& feeds) override { return program_.Run(feeds); }

 private:
  std::shared_ptr<const std::vector<QuantizedSite>> sites_;
  PreparedTorchProgram program_;
};

// Packs every kernel of `plan`; sites that cannot be are told to `refused`.
template <typename Refused>
void PackAll(TorchPlan& plan, const std::string& engine, TorchRun& run, const Refused& refused) {
  for (TorchStep& step : plan.steps) {
    if (step.kind != TorchStep::Kind::kKernel) continue;
    try {
      step.kernel = PackSite(plan, engine, *step.site, run);
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      refused(step.site->product, error.why());
    }
  }
}

}  // namespace

KernelExecutor::KernelExecutor(const std::filesystem::path& module, std::string engine)
    : module_(module), engine_(std::move(engine)) {
  if (module_.HasEngine(engine_)) return;
  throw Error(Error::Code::kInternal, engine_,
              fmt::format("{} has no such quantized engine here; the executor torch computes the "
                          "same program in float",
                          module_.Describe()));
}

std::string KernelExecutor::Describe() const {
  return fmt::format("{} of {}", engine_, module_.Describe());
}

std::unique_ptr<PreparedProgram> KernelExecutor::Prepare(const ir::Program& program,
                                                         const std::set<ir::ValueId>& fed,
                                                         const std::vector<ir::ValueId>& fetch) {
  products_.clear();
  auto sites = std::make_shared<std::vector<QuantizedSite>>();
  const FunctionalView view(program);
  // The plan runs the program's own nodes; where a node had to be put in they are no longer these.
  const bool same = view.program().graph.nodes().size() == program.graph.nodes().size();
  for (const auto& found : FindQuantizedSites(view)) {
    if (!same) {
      const auto* site = std::get_if<QuantizedSite>(&found);
      const ir::NodeId product = site ? site->product : std::get<NoSite>(found).product;
      const std::string& name = view.program().graph.node(product).name;
      products_.push_back({*program.graph.FindNode(name), "the program writes through a view"});
      continue;
    }
    if (const auto* none = std::get_if<NoSite>(&found)) {
      products_.push_back({none->product, none->why});
      continue;
    }
    const auto& site = std::get<QuantizedSite>(found);
    std::string why =
        IsCut(site, fed) ? "a value of its site is given" : WhyNoKernel(program, site);
    if (why.empty()) sites->push_back(site);
    products_.push_back({site.product, std::move(why)});
  }
  // Whether an engine takes a site is known when it packs it; then the rest is planned anew.
  for (;;) {
    auto plan = std::make_unique<TorchPlan>(module_, program, fed, fetch, *sites);
    TorchRun run(*plan, {});
    run.RunConstantSteps();
    std::set<ir::NodeId> refused;
    PackAll(*plan, engine_, run, [&](ir::NodeId product, const std::string& why) {
      refused.insert(product);
      std::ranges::find(products_, product, &ProductRun::product)->why_float = why;
    });
    if (refused.empty()) {
      return std::make_unique<PreparedKernels>(
          sites, PackedPlan{std::move(plan), std::move(run.values())});
    }
    std::erase_if(*sites, [&](const auto& site) { return refused.contains(site.product); });
  }
}

}  // namespace foldproof::exec
