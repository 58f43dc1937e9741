// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/eigen_executor.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <utility>

#include "harness/exec/eigen/kernels.h"
#include "harness/exec/plan/node_run.h"

namespace foldproof::exec {
namespace {

class RealOperators : public Operators<real::NumericTensor> {
 public:
  explicit RealOperators(std::shared_ptr<Elsewhere> elsewhere) : elsewhere_(std::move(elsewhere)) {}

  real::NumericTensor FromTensor(Tensor tensor) const override { return real::Widened(tensor); }
  Tensor ToTensor(const real::NumericTensor& value) const override { return real::Stored(value); }
  real::Kernel KernelOf(const ir::Graph& graph, const ir::Node& node) const override {
    return real::KernelOf(graph, node);
  }
  Elsewhere* elsewhere() const override { return elsewhere_.get(); }

 private:
  std::shared_ptr<Elsewhere> elsewhere_;
};

}  // namespace

EigenExecutor::EigenExecutor(std::function<std::unique_ptr<Executor>()> open)
    : elsewhere_(open ? std::make_shared<Elsewhere>(std::move(open)) : nullptr) {}

std::unique_ptr<PreparedProgram> EigenExecutor::Prepare(const ir::Program& program,
                                                        const std::set<ir::ValueId>& fed,
                                                        const std::vector<ir::ValueId>& fetch) {
  return std::make_unique<PreparedNodes<real::NumericTensor>>(
      std::make_shared<RealOperators>(elsewhere_), program, fed, fetch);
}

std::string EigenExecutor::Describe() const {
  return fmt::format("eigen {}.{}.{}, float64, 1 thread", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                     EIGEN_MINOR_VERSION) +
         (elsewhere_ ? elsewhere_->Describe() : "");
}

}  // namespace foldproof::exec
