// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/kernel_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
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

// The node of `program` that became the one of the functional program.
ir::NodeId OwnNode(const FunctionalView& view, const ir::Program& program, ir::NodeId node) {
  return *program.graph.FindNode(view.program().graph.node(node).name);
}

// The site in terms of the program that is run, which writes into memory itself. nullopt where a
// value that a kernel reads, later than the nodes it stands for, may no longer be there.
std::optional<QuantizedSite> OwnSite(const FunctionalView& view, const ir::Program& program,
                                     QuantizedSite site) {
  bool lasts = true;
  const auto own = [&](ir::ValueId& id) {
    const auto original = view.Original(id);
    lasts &= original.has_value();
    if (original) id = *original;
  };
  const auto own_codes = [&](DequantizedCodes& codes) {
    own(codes.codes);
    own(codes.real);
    if (auto* channels = std::get_if<ir::ChannelQuantParams>(&codes.params)) {
      own(channels->scales);
      if (channels->zero_points) own(*channels->zero_points);
    }
  };
  own_codes(site.input);
  own_codes(site.weight);
  if (site.bias) own(*site.bias);
  if (site.bias_codes) own_codes(*site.bias_codes);
  // A relu in place writes over the product's value, which the kernel computes itself.
  std::set<ir::ValueId> inner(site.inner.begin(), site.inner.end());
  site.inner.clear();
  for (std::uint32_t i = 0; i < program.graph.values().size(); ++i) {
    if (inner.contains(view.Made({i}))) site.inner.push_back({i});
  }
  site.product = OwnNode(view, program, site.product);
  site.quantize = OwnNode(view, program, site.quantize);
  if (site.relu) site.relu = OwnNode(view, program, *site.relu);
  for (ir::NodeId& node : site.between) node = OwnNode(view, program, node);
  return lasts ? std::optional(std::move(site)) : std::nullopt;
}

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
  for (const auto& found : FindQuantizedSites(view)) {
    if (const auto* none = std::get_if<NoSite>(&found)) {
      products_.push_back({OwnNode(view, program, none->product), none->why});
      continue;
    }
    const auto& in_view = std::get<QuantizedSite>(found);
    const ir::NodeId product = OwnNode(view, program, in_view.product);
    const auto site = OwnSite(view, program, in_view);
    std::string why;
    if (!site) {
      why = "a value that the kernel would read is written into";
    } else {
      why = IsCut(*site, fed) ? "a value of its site is given" : WhyNoKernel(program, *site);
      if (why.empty()) sites->push_back(*site);
    }
    products_.push_back({product, std::move(why)});
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
