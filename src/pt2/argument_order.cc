// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/argument_order.h"

#include <set>
#include <string>

#include "src/pt2/edge_arguments.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {
namespace {

constexpr std::string_view kAdvice =
    "let what made the node give its arguments in the operator's order, or by name";

// "aten.relu_.default" -> "aten.relu.default": an in-place operator has the same arguments, or a
// row of its own in the table.
std::string WithoutInPlaceMark(std::string_view target) {
  std::string out(target);
  const std::size_t overload = out.rfind('.');
  if (overload != out.npos && overload > 0 && out[overload - 1] == '_') out.erase(overload - 1, 1);
  return out;
}

}  // namespace

void CheckArgumentOrder(std::string_view target, std::span<const ir::Argument> arguments,
                        std::span<const Given> given) {
  const std::string plain =
      EdgeArgumentName(target, 0) ? std::string(target) : WithoutInPlaceMark(target);
  const bool known = EdgeArgumentName(plain, 0).has_value();
  std::string_view by_name;  // the last argument that was given so
  std::set<std::string_view> seen;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& name = arguments[at].name;
    // Arguments of higher-order operators have no names.
    if (!name.empty() && !seen.insert(name).second) FailField(name, "is given twice", kAdvice);
    if (given[at] == Given::kByName) by_name = name;
    if (given[at] != Given::kByPlace) continue;
    if (!by_name.empty()) {
      FailField(name,
                "is given by its place behind '" + std::string(by_name) +
                    "', which is given by its name: PyTorch does not load that",
                kAdvice);
    }
    const auto place = EdgeArgumentName(plain, at);
    if (!known || place == std::string_view(name)) continue;
    if (!place) {
      FailField(name, "is given by its place, but the operator takes it by its name alone",
                kAdvice);
    }
    FailField(name,
              "is given by its place, but that is the place of '" + std::string(*place) +
                  "', for which PyTorch takes it",
              kAdvice);
  }
}

}  // namespace foldproof::pt2
