// SPDX-License-Identifier: BSD-3-Clause
//
// What executors of ours are held to: libtorch, and a program that grows operator by operator.
// Without libtorch these tests are skipped, with the reason.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "harness/exec/executor.h"
#include "src/base/error.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {

class HeldToLibtorch : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      torch_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::unique_ptr<Executor> torch_;
};

class OperatorsOnLibtorch : public HeldToLibtorch {
 protected:
  // `tensor` as another input of the program.
  ir::Argument OperandOf(const std::string& name, const Tensor& tensor) {
    const auto id = made_.Input("x" + std::to_string(feeds_.size()),
                                ir::MakeTensorType(tensor.dtype, tensor.sizes));
    feeds_[id] = tensor;
    return {name, id};
  }

  SmallProgram made_;
  Tensors feeds_;
  int nodes_ = 0;
};

}  // namespace foldproof::exec
