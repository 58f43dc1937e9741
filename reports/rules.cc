// SPDX-License-Identifier: BSD-3-Clause
#include "reports/rules.h"

#include <algorithm>
#include <array>

namespace foldproof::reports {
namespace {

constexpr std::array kRules = {
    Rule{"saturation", "A quantizer clips on one side of the fold and not on the other.",
         "After a fold the sum that a quantizer sees holds the folded constant. A quantizer that "
         "was "
         "calibrated before has no room for it and clips. Recalibrate it, give it a range that "
         "holds "
         "the shifted sum, or remove it where another quantizer follows."},
    Rule{"bias-wrap", "The int32 bias has the other sign: the code that is needed does not fit.",
         "The folded constant divided by the bias's scale lies beyond 2^31, and the conversion to "
         "int32 wrapped. Leave this chain unfolded, or quantize the bias with a larger scale."},
    Rule{"bias-clamp", "The int32 bias is clamped: the code that is needed does not fit.",
         "The folded constant divided by the bias's scale lies beyond the range of int32, and the "
         "bias holds the end of that range. Leave this chain unfolded, or use a larger scale."},
    Rule{
        "bias-rounding", "The int32 bias was computed in float32, which could not hold it.",
        "Above 2^24 float32 has no room for every integer, so the bias code is off by a few steps. "
        "Compute it in float64 or in integers."},
    Rule{"bias-missing", "The bias is 0 where it should hold the folded constant.",
         "The fold removed the chain without writing its constant into this channel's bias. Check "
         "that convolutions without a bias get one, and that it is written to the right one."},
    Rule{"ideal-gap", "Without any rounding the two programs are apart: the constant is wrong.",
         "Computed in real numbers, before and after differ by more than half a step of the bias, "
         "so "
         "this is no matter of precision. What was folded is not what the chain computes. None of "
         "the "
         "more precise rules explains it. --ideal-gap says how many LSB it may be."},
    Rule{
        "eps-mismatch", "The eps of the chain is not that of its batch_norm.",
        "The division by sqrt(variance + eps) does not undo batch_norm's own, whose eps differs. A "
        "fold that takes them for equal folds a wrong factor. Compare both before folding. Where "
        "weights were folded: they have the factor of another eps than the batch_norm's."},
    Rule{"numerator-mismatch", "The chain divides by another weight than its batch_norm's.",
         "The numerator of the chain's factor is not, element by element, the weight of the "
         "batch_norm. A fold that takes them for equal folds a wrong factor."},
    Rule{"variance-mismatch", "The chain uses another variance than its batch_norm.",
         "The variance under the chain's square root is not, element by element, the running "
         "variance "
         "of the batch_norm. A fold that takes them for equal folds a wrong factor."},
    Rule{"axis-mismatch", "A constant of the chain does not run along the channels.",
         "A constant that varies along the image, or that batch_norm applies along another "
         "dimension, "
         "cannot become a bias. Leave such a chain unfolded. Where weights were folded: they have "
         "the factor of another channel, as where the other axis of a transposed conv is scaled."},
    Rule{"alpha-ignored", "An add with an alpha other than 1 was folded as if it had none.",
         "add(x, y, alpha) is x + alpha * y. The fold has to multiply what it takes from there."},
    Rule{"folded-twice", "One bias was corrected for more than one fold.",
         "Several convolutions read the same constant, and each fold added its correction to it. "
         "Give "
         "every convolution that is folded a bias of its own. Or the weights or the bias of one "
         "convolution have the batch_norm's factor twice."},
    Rule{"scale-kept", "Weights were folded, and their scale is still the old one.",
         "The weights that a batch_norm was multiplied into are quantized with the scale that they "
         "had before. Codes beyond their type are clamped. Choose a new scale for each channel."},
    Rule{"weight-shared", "A fold changed weights that another layer reads.",
         "The two layers read one constant, and what was folded for one of them changed the other. "
         "Give every layer that is folded weights of its own."},
    Rule{"mean-ignored", "The bias was folded as if the running mean were 0.",
         "It should be (bias - mean) * gamma / sqrt(variance + eps) + beta, and the mean's part is "
         "missing."},
    Rule{"bias-scale", "The bias's code was made for another scale than it is read with.",
         "The scale of a bias is that of the input times that of the weights. A fold that changes "
         "the weights' scale has to quantize the bias with the new one, and to say so."},
    Rule{"coarser-quantizer", "The value is quantized with a larger scale than before.",
         "One step of the program after is larger than one step of the program before, so values "
         "that "
         "were told apart no longer are. Differences are given in the smaller of the two."},
    Rule{"nonfinite", "The program after computes NaN or Inf where before is finite.",
         "A constant that was folded is not finite, or overflows on the way. Check the variance, "
         "eps "
         "and weight of the batch_norm before folding."},
    Rule{"undefined-before", "The program before computes NaN or Inf, so nothing can be compared.",
         "For some inputs the program before has no value that quantization defines, for instance "
         "because gamma is 0 and the chain divides by it. Nothing is claimed of those inputs, and "
         "the "
         "site cannot be counted as proved."},
    Rule{"rounding", "More rounding than the tolerance allows.",
         "None of the other causes applies: the two programs round at different places, and "
         "together "
         "that is more than was allowed."},
    Rule{"accumulator-overflow", "Accumulator and bias leave the range of int32.",
         "Float arithmetic hides it, and an integer kernel wraps. Use fewer taps, smaller weight "
         "codes, or a smaller bias."},
    Rule{"chain-survives", "The simulated fold in front of a batch_norm was not removed.",
         "A division by sqrt(variance + eps) still stands between the convolution and its "
         "batch_norm. "
         "Later passes that expect quantized operators crash on it, or leave it in float."},
    Rule{"float-op-between-quantizers", "A float operator stands between quantized ones.",
         "A batch_norm, or arithmetic with a float constant, stands between a dequantize and a "
         "quantize. It was not folded and will run in float, or not at all."},
    Rule{"bias-length", "A bias has not one entry for each channel.",
         "The length of a new bias has to be the number of output channels, which for an input "
         "without a batch dimension is not dimension 1 of the output."},
    Rule{"bias-dtype", "A bias has another type than the input of its convolution.",
         "A convolution reads its bias as it stands there: int32 codes without a dequantize are "
         "read "
         "as if they were values."},
    Rule{
        "stale-signature", "The signature names an output that the graph no longer has.",
        "A pass replaced a value and left its old name in the signature of the program, which then "
        "cannot be saved or run."},
    Rule{"signature-changed",
         "Inputs or outputs have other shapes, types, names or nesting than before.",
         "A fold must not change what the program takes and gives."},
    Rule{"state-updated", "The program writes into what a fold would take for constant.",
         "A value or constant of the chain is written into by another node, or a buffer is updated "
         "by the program. Remove the update, or fold before it is put in (docs/effects.md)."},
    Rule{"counter-dropped", "A batch_norm's counter of batches is no longer updated.",
         "Nothing reads num_batches_tracked, and it went with the batch_norm. The outputs do not "
         "depend on it."},
    Rule{"run-differs", "A run of both programs shows other numbers.",
         "The proof found no counterpart of a value, though nothing was folded: both programs have "
         "the same convolutions, quantizers and constants. On an input drawn from the range of its "
         "quantizer they differ by more than any rounding explains. Look at what was put in, taken "
         "out or moved, and at what writes into a tensor that is read later (docs/effects.md)."},
    Rule{"other-user-changed", "A value that others read is not what it was.",
         "An output that no folded convolution explains has changed: a value that the fold rewrote "
         "has another user, or a constant was changed. Check the users of every value of the "
         "chain."},
    Rule{"quant-fusion-crash", "ExecuTorch's QuantFusion would raise on this program.",
         "The pass looks at arguments that this node does not have. Fold the chain first."},
    Rule{"observed-over-proved", "An executor's outputs are further apart than was proved.",
         "Either the executor computes something else than the arithmetic of the proof, or the "
         "proof is "
         "wrong: please report it, with the report and both programs."},
    Rule{"observed-over-tolerance",
         "Outputs are further apart than is allowed, on inputs that were run.",
         "The proof left this site undecided, and an executor showed a difference over the "
         "tolerance."},
    Rule{"unproved", "It could not be decided whether the fold keeps the numbers.",
         "Neither a proof nor an input that shows a difference was found; the message has the "
         "reason. "
         "This is never counted as a pass."},
    Rule{"waiver-expired", "A waiver of the gate has expired.",
         "What it let pass is to be mended by now. Mend it and remove the waiver, or give it a new "
         "day and say why."},
    Rule{"waiver-exceeded", "What a waiver of the gate is for is more than it lets pass.",
         "The two programs are further apart than its up_to_lsb, so it waives nothing. Mend that, "
         "or raise up_to_lsb and say why."},
    Rule{"waiver-unjudged", "Nothing says whether a waiver of the gate is needed.",
         "A pair that it is for could not be used, or is another shard's. Keep it until that pair "
         "is judged."},
    Rule{"waiver-unused", "Nothing needs a waiver of the gate.",
         "What it was for is gone, or has another name by now. Remove it, so that it hides nothing "
         "later."},
    Rule{"weight-gap", "A weight is not what the fold should have made of it.",
         "The weight after is worth more or less than the weight before times the folded factor, "
         "by more than its own rounding. None of the more precise rules explains it. Look at how "
         "the factor of this channel is computed."},
    Rule{"gamma-sign", "A weight has the other sign than the folded factor gives it.",
         "The batch_norm's weight is negative in this channel, and the fold took its magnitude. "
         "Multiply by the factor with its sign."},
    Rule{"weight-clamp", "A weight's code is clamped: what is needed does not fit.",
         "The folded weight divided by its scale lies beyond the range of its codes, and the code "
         "is the end of that range. Quantize the folded weight with a scale of its own."},
    Rule{"weight-rounding", "A weight's code is not the nearest one.",
         "The folded weight was rounded to another code than the nearest, as truncation or a "
         "rounding to odd does. Round to nearest, ties to even, once."},
    Rule{"accumulator-wrap", "An integer kernel's sum wraps.",
         "The int32 sum of accumulator and bias leaves its range in the kernel that the semantics "
         "name. Use fewer taps, smaller weight codes, or a smaller bias."},
    Rule{"moved-elements", "Elements stand in other places than before.",
         "The numbers are the same, but a transpose, a reshape or the like puts them elsewhere "
         "before the same reader or output. Look at the moves around the fold."},
    Rule{"pass-raises", "The pass raised, or ended with an exit code.",
         "It came to no program. A pass that cannot fold a program has to leave it as it is, and "
         "say so. The case has its traceback."},
    Rule{
        "pass-dies", "The process of the pass died.",
        "A signal ended it, it ended or closed its output without an answer, or it did not come up "
        "when it was started again. Run the pass on the program alone to see why."},
    Rule{"pass-hangs", "The pass gave no answer in time.",
         "Give it more time with --pass-timeout, or look at where it loops."},
    Rule{"pass-prints-rubbish", "What the pass printed is no answer.",
         "A worker's standard output is for answers alone; print anything else to standard error."},
    Rule{"program-unusable", "What the pass wrote is no whole program.",
         "The file is missing, half written, or no program that is read. Save it with "
         "torch.export.save when the pass is done."},
    Rule{"difference", "The two programs differ.",
         "A difference by a rule that has no entry here; the message names it."},
};

}  // namespace

std::span<const Rule> Rules() { return kRules; }

std::size_t RuleIndex(std::string_view id) {
  const auto found = std::ranges::find(kRules, id, &Rule::id);
  const std::size_t index = static_cast<std::size_t>(found - kRules.begin());
  return std::min(index, kRules.size() - 1);
}

}  // namespace foldproof::reports
