// SPDX-License-Identifier: BSD-3-Clause
//
// Where a change is made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/judge/change.h"

namespace foldproof::fuzz {

using Sizes = std::vector<std::int64_t>;

// A value and one of its readers.
struct Spot {
  ir::ValueId value;
  SketchUse use;
  std::size_t at = 0;  // the index of the reader: what is put there comes before it
  std::string reader;  // the reader's name; empty for an output of the program
  ir::TensorType type;
};

using AcceptsType = std::function<bool(const ir::TensorType&)>;
using AcceptsValue = std::function<bool(ir::ValueId)>;

bool IsFloat32(const ir::TensorType& type);
bool IsAnyNumber(const ir::TensorType& type);  // float32 or integer codes, not empty

// Values that depend on the caller's input and are of such a type, each with its readers.
std::vector<ir::ValueId> ActiveValues(const Sketch& sketch, const AcceptsType& accepts);
// One of them with one of its readers, half of the time near an earlier change.
std::optional<Spot> PickSpot(const Sketch& sketch, Chooser& chooser, const AcceptsType& accepts);
// One of `values`, half of the time one near an earlier change where there is one.
std::optional<ir::ValueId> PickValue(const Sketch& sketch, Chooser& chooser,
                                     const std::vector<ir::ValueId>& values);
// A reader of `value`: the index of its node; or the end of the program.
std::optional<Spot> SpotAt(const Sketch& sketch, Chooser& chooser, ir::ValueId value);
// Another value of exactly this type that is made before node `before`, none of them `but`.
std::optional<ir::ValueId> OtherValue(const Sketch& sketch, Chooser& chooser,
                                      const ir::TensorType& type, std::size_t before,
                                      ir::ValueId but);
// Constants of such a type that something reads.
std::vector<ir::ValueId> Constants(const Sketch& sketch, const AcceptsType& accepts);
std::vector<std::size_t> NodesWhere(const Sketch& sketch,
                                    const std::function<bool(const SketchNode&)>& accepts);

// From here on the readers of the spot's value see `to`: this one alone, or all behind it.
void Rewire(Sketch& sketch, const Spot& spot, ir::ValueId to, bool all);

ir::ArgumentValue* FindArgument(SketchNode& node, std::string_view name);
const ir::ArgumentValue* FindArgument(const SketchNode& node, std::string_view name);

ir::TensorType TypeOf(ir::ScalarType dtype, const Sizes& sizes);
Sizes ContiguousStrides(const Sizes& sizes);
std::int64_t CountOf(const Sizes& sizes);
// The pairs of dimensions of one size above 1.
std::vector<std::pair<std::int64_t, std::int64_t>> EqualDims(const Sizes& sizes);

// The elements as bytes.
std::vector<std::byte> BytesOfFloats(const std::vector<float>& elements);
std::vector<std::byte> BytesOfDoubles(const std::vector<double>& elements);

}  // namespace foldproof::fuzz
