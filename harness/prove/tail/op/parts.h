// SPDX-License-Identifier: BSD-3-Clause
//
// What every operator of a tail says of itself; tail_operator.h has the list of the operators and
// one function for each part.
//
//   Reads()              which registers it reads (OneInput, TwoOperands)
//   kRole                whether it makes codes of numbers, numbers of codes, moves or computes
//   Build(reader)        the operator that a node of the program is, if it is this one
//   IsBitExact()         whether every kernel and build gives the same bits, given exact operands
//   Evaluate(block)      its float32 results, as PyTorch computes them
//   Direction(known)     +1 rises with A, -1 falls, 0 is constant, nullopt: not monotone
//   Line(known)          about what line of A it is, for a first guess of a search
//   Ideal(known, out)    its results in float64, without rounding
//   Model(known)         over a cell its results, the ideal ones or those in float32, as a
//                        polynomial with a proved remainder; nullopt where it bends or steps
//                        inside of the cell
//   Degree(known)        its degree in A between kinks, kNoPolynomial where it has none
//   FindKinks()          where its ideal bends or steps
//   Deviation(known, to) how far precision alone can move its result from the ideal one
//   AsActivation()       what an integer kernel fuses into its last step, where it is such a thing
//
// A quantizer (Role::kQuantizer) has besides:
//
//   params               its quantization parameters
//   DeviationBeforeRounding(known)
//                        how far from the ideal that is which it rounds
//   OwnDirection(channel, low, high)
//                        the direction of its codes where they do not follow from its input's
//   ExtendedCodes(block, end, codes)
//                        clamp(code, qmin - 1, qmax + 1) of its code before it is clamped, at one
//                        end of its input: one value for all that is clipped at either end
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/exec/quantized/activation.h"
#include "harness/prove/constants/taylor_model.h"
#include "harness/prove/tail/op/operand.h"
#include "src/ir/op.h"

namespace foldproof::prove {

class Degrees;
class Deviations;
class Directions;
class IdealBlock;
class CellModels;
class Lines;
class NodeReader;
class PointBlock;
enum class IntervalEnd;

enum class Role { kQuantizer, kDequantizer, kMove, kComputes };

// +1 or -1 where something is monotone in A over a range, 0 where it is constant there; otherwise
// `why_not` says what breaks it.
struct Direction {
  int sign = 0;
  std::string why_not;
};

// slope * A + offset.
struct LinearForm {
  double slope = 0;
  double offset = 0;
};

// The degree of what stands for "no polynomial of at most the second".
inline constexpr int kNoPolynomial = 3;

// Where the ideal of an operator bends: where a number that it computes from lines meets one of
// `levels`, and where `steps_at_levels` it steps there; where `steps_at_integers`, it steps
// wherever that number meets an integer.
struct Kinks {
  std::vector<double> levels;
  bool steps_at_levels = false;
  bool steps_at_integers = false;
  std::function<double(const IdealBlock&, std::size_t point)> number;

  bool empty() const { return levels.empty() && !steps_at_integers; }
};

}  // namespace foldproof::prove
