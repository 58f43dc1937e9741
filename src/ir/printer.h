// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/ir/program.h"

namespace foldproof::ir {

// `program` as text: inputs with what they stand for, one line a node, outputs. Numbers read back,
// names that are not printable are escaped. The same program gives the same text.
std::string Print(const Program& program);

// The convolutions of `program`, one paragraph each: where input, weight and bias come from and how
// they are quantized.
std::string PrintSites(const Program& program);

// The shortest text that reads back as `number`: "0.1", "1.0", "1e-05", "inf", "nan".
std::string PrintNumber(double number);
// An argument of a node of `graph`: "%x", "[1, 2]", "'same'", "int8".
std::string PrintArgument(const Graph& graph, const ArgumentValue& value);
// "%x" for a value.
std::string PrintValue(const Graph& graph, ValueId id);

}  // namespace foldproof::ir
