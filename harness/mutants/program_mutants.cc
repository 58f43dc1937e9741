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

// Codes for every float bias, whether or not the chain behind it can be folded.
FoldResult BiasesUnasked(ir::Program program, const FoldOptions& options) {
  FoldResult result;
  result.options = options;
  ir::Editor editor(std::move(program));
  fold::FoldRules unasked;
  unasked.guards = {};
  fold::RoundedBiases rounded;
  result.passes.push_back(QuantizeBias(QuantizeBias::Options{}, unasked, &rounded).Run(editor));
  result.passes.push_back(FoldConvBn(FoldConvBn::Quantizer::kRepair, {}, &rounded).Run(editor));
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
  std::vector<Mutant> mutants(3);
  mutants[0].name = "fold-before-biases";
  mutants[0].breaks = "pipeline: the fold runs before biases are prepared";
  mutants[0].fold = FoldFirst;
  mutants[1].name = "signature-not-repaired";
  mutants[1].breaks = "the signature keeps the names of outputs that were replaced";
  mutants[1].fold = StaleSignature;
  mutants[2].name = "bias-of-refused-chain";
  mutants[2].breaks = "biases: a float bias gets codes before a chain that is left";
  mutants[2].fold = BiasesUnasked;
  return mutants;
}

}  // namespace foldproof::mutants
