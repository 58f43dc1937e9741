// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/integer_kernel_executor.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "harness/exec/integer/layout.h"
#include "harness/exec/integer/operators.h"
#include "harness/exec/integer/site_constants.h"

namespace foldproof::exec {
namespace {

struct SiteKernel {
  QuantizedSite site;
  KernelConstants constants;
};
using SiteKernels = std::map<ir::NodeId, SiteKernel>;  // by their quantizer

// `codes` moved as `node` moves the float that they are in place of.
CodedTensor Moved(const ir::Graph& graph, const ir::Node& node, const CodedTensor& codes) {
  if (const auto* permute = std::get_if<ir::Permute>(&node.op)) {
    return ComputePermute(codes, permute->dims);
  }
  if (!std::holds_alternative<ir::Reshape>(node.op)) return codes;
  const auto& type = graph.value(node.outputs.at(0)).type;
  if (!type) throw Error(Error::Code::kInput, "", "its result has no shape");
  return ComputeReshape(codes, *type);
}

// A quantizer that is a site's is run from the site's operands; its product only where another node
// needs it.
class KernelOperators : public IntegerOperators {
 public:
  explicit KernelOperators(SiteKernels sites) : sites_(std::move(sites)) {}

  NodeKernel<CodedTensor> KernelOf(const ir::Graph& graph, const ir::Node& node) const override {
    const auto found = sites_.find(node.id);
    if (found == sites_.end()) return IntegerOperators::KernelOf(graph, node);
    const SiteKernel& site = found->second;
    const ir::Op& product = graph.node(site.site.product).op;
    if (const auto* conv = std::get_if<ir::Convolution>(&product)) {
      return Around(graph, site, std::make_shared<ConvKernel>(*conv));
    }
    return Around(graph, site, std::make_shared<LinearKernel>());
  }

 private:
  template <typename Product>
  static NodeKernel<CodedTensor> Around(const ir::Graph& graph, const SiteKernel& kernel,
                                        std::shared_ptr<Product> product) {
    return [&graph, &kernel, product](const ReadValue<CodedTensor>& read) {
      const QuantizedSite& site = kernel.site;
      CodedTensor codes =
          product->RunKernel(read(site.input.real), read(site.weight.real), kernel.constants);
      for (const ir::NodeId id : site.between) codes = Moved(graph, graph.node(id), codes);
      return std::vector<CodedTensor>{std::move(codes)};
    };
  }

  const SiteKernels sites_;
};

}  // namespace

std::string IntegerKernelExecutor::Describe() const {
  return fmt::format("integer:{}, float32 tails with FMA", NameOf(kernel_));
}

std::unique_ptr<PreparedProgram> IntegerKernelExecutor::Prepare(
    const ir::Program& program, const std::set<ir::ValueId>& fed,
    const std::vector<ir::ValueId>& fetch) {
  products_.clear();
  SiteKernels kernels;
  NodeReads reads;
  const FunctionalView view(program);
  for (const auto& found : FindQuantizedSites(view, SiteForm::kActivations)) {
    const auto own = [&](ir::NodeId id) {  // in the program that was given
      return *program.graph.FindNode(view.program().graph.node(id).name);
    };
    if (const auto* none = std::get_if<NoSite>(&found)) {
      products_.push_back({own(none->product), none->why});
      continue;
    }
    const auto& site = std::get<QuantizedSite>(found);
    ConstantsOrReason made = ConstantsOf(view, site, kernel_, MadeOf(view, fed));
    products_.push_back({own(site.product), made.why});
    if (!made.constants) continue;
    reads.emplace(site.quantize, std::vector{site.input.real, site.weight.real});
    kernels.emplace(site.quantize, SiteKernel{site, std::move(*made.constants)});
  }
  return std::make_unique<PreparedNodes<CodedTensor>>(
      std::make_shared<KernelOperators>(std::move(kernels)), program, fed, fetch, std::move(reads));
}

}  // namespace foldproof::exec
