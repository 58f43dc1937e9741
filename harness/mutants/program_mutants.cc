// SPDX-License-Identifier: BSD-3-Clause
//
// Faults of the whole: the passes' order, and what stands beside the graph.
#include "harness/mutants/mutant_kinds.h"
#include "src/fold/fold_conv_bn.h"
#include "src/fold/quantize_bias.h"

namespace foldproof::mutants {
namespace {

using fold::FoldConvBn;
using fold::FoldOptions;
using fold::FoldResult;
using fold::QuantizeBias;

// A chain behind a convolution without bias has no place for C yet when the fold comes first.
FoldResult FoldFirst(ir::Program program, const FoldOptions& options) {
  FoldResult result;
  result.options = options;
  ir::Editor editor(std::move(program));
  result.passes.push_back(FoldConvBn(FoldConvBn::Quantizer::kRepair).Run(editor));
  result.passes.push_back(QuantizeBias(QuantizeBias::Options{}).Run(editor));
  result.program = std::move(editor).Finish();
  return result;
}

FoldResult StaleSignature(ir::Program program, const FoldOptions& options) {
  const std::vector<ir::OutputSpec> old = program.outputs;
  FoldResult result = fold::Fold(std::move(program), options);
  for (std::size_t i = 0; i < old.size(); ++i) result.program.outputs[i].name = old[i].name;
  return result;
}

}  // namespace

std::vector<Mutant> ProgramMutants() {
  std::vector<Mutant> mutants(2);
  mutants[0].name = "fold-before-biases";
  mutants[0].breaks = "pipeline: the fold runs before biases are prepared";
  mutants[0].fold = FoldFirst;
  mutants[1].name = "signature-not-repaired";
  mutants[1].breaks = "the signature keeps the names of outputs that were replaced";
  mutants[1].fold = StaleSignature;
  return mutants;
}

}  // namespace foldproof::mutants
