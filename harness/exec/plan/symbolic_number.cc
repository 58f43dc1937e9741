// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/symbolic_number.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

constexpr std::string_view kModule = "_operator.";

// a // b and a % b as Python has them: rounded to minus infinity, the rest has the sign of b.
std::pair<std::int64_t, std::int64_t> DivideDown(std::int64_t a, std::int64_t b) {
  if (b == 0) Refuse("divides by zero");
  if (b == -1 && a == std::numeric_limits<std::int64_t>::min()) Refuse("overflows 64 bits");
  const std::int64_t quotient = a / b, rest = a % b;
  const bool towards_zero = rest != 0 && (rest < 0) != (b < 0);
  return {quotient - towards_zero, rest + (towards_zero ? b : 0)};
}

std::optional<bool> Compare(std::string_view name, std::int64_t a, std::int64_t b) {
  if (name == "eq") return a == b;
  if (name == "ne") return a != b;
  if (name == "lt") return a < b;
  if (name == "le") return a <= b;
  if (name == "gt") return a > b;
  if (name == "ge") return a >= b;
  return std::nullopt;
}

std::int64_t ComputeSymbolic(std::string_view name, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = false;
  if (name == "add") {
    overflows = __builtin_add_overflow(a, b, &result);
  } else if (name == "sub") {
    overflows = __builtin_sub_overflow(a, b, &result);
  } else if (name == "mul") {
    overflows = __builtin_mul_overflow(a, b, &result);
  } else if (name == "floordiv") {
    result = DivideDown(a, b).first;
  } else if (name == "mod") {
    result = DivideDown(a, b).second;
  } else {
    Refuse("is not run here; add, sub, mul, floordiv, mod, neg and comparisons of integers are");
  }
  if (overflows) Refuse("overflows 64 bits");
  return result;
}

}  // namespace

bool IsSymbolicNumberOp(std::string_view target) { return target.starts_with(kModule); }

std::variant<std::int64_t, bool> RunSymbolicNumberOp(std::string_view target,
                                                     const std::vector<std::int64_t>& operands) {
  const std::string_view name = target.substr(kModule.size());
  if (name == "neg" && operands.size() == 1) return ComputeSymbolic("sub", 0, operands[0]);
  if (operands.size() != 2) Refuse("takes another number of operands");
  if (const auto truth = Compare(name, operands[0], operands[1])) return *truth;
  return ComputeSymbolic(name, operands[0], operands[1]);
}

}  // namespace foldproof::exec
