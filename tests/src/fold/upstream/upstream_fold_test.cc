// SPDX-License-Identifier: BSD-3-Clause
//
// Raises: where ExecuTorch's FuseQATConvBN raises, with Python's own text.
#include "src/fold/upstream/upstream_fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/fold/pipeline.h"
#include "tests/src/fold/chain_program.h"

namespace foldproof::fold {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const ChainSpec& spec) {
  FoldOptions options;
  options.policy = Policy::kUpstream;
  try {
    Fold(ChainProgram(spec).Build(), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The codes are the first operand, as where a new zero bias is as long as an unbatched output's
// dimension 1; the text is PyTorch's.
TEST(UpstreamFold, RaisesOnABiasOfAnotherLength) {
  ChainSpec spec;
  spec.bias_codes = std::vector<std::int32_t>{1, 2};
  spec.gamma = spec.beta = spec.mean = spec.variance = {1.0f, 2.0f, 3.0f};
  EXPECT_THAT(ErrorOf(spec),
              HasSubstr("batch_norm: ExecuTorch 1.5.1 raises here: RuntimeError: The size of "
                        "tensor a (2) must match the size of tensor b (3) at non-singleton "
                        "dimension 0;"));
}

// In the order of ExecuTorch's arithmetic: orig - mean comes before the product with gamma.
TEST(UpstreamFold, RaisesAtTheFirstOperatorThatDoesNotBroadcast) {
  ChainSpec spec;
  spec.bias_codes = std::vector<std::int32_t>{1, 2};
  spec.mean = {1.0f, 2.0f, 3.0f};
  spec.gamma = {1.0f, 2.0f, 3.0f, 4.0f};
  EXPECT_THAT(ErrorOf(spec), HasSubstr("tensor a (3) must match the size of tensor b (4)"));
  spec.original_bias = std::vector<float>{0.5f, 0.25f};
  EXPECT_THAT(ErrorOf(spec), HasSubstr("tensor a (2) must match the size of tensor b (3)"));
}

}  // namespace
}  // namespace foldproof::fold
