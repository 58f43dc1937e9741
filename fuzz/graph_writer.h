// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::fuzz {

// Writes an ExportedProgram node by node, with torch.export's names.
class GraphWriter {
 public:
  using Arguments = std::vector<ir::Argument>;
  using Sizes = std::vector<std::int64_t>;

  ir::ValueId Input(const std::string& name, const Sizes& sizes);

  // Constants of one name are one constant.
  ir::ValueId Floats(const std::string& name, ir::Constant::Kind kind,
                     const std::vector<float>& elements);
  ir::ValueId FloatTensor(const std::string& name, const Sizes& sizes,
                          const std::vector<float>& elements);
  ir::ValueId Codes(const std::string& name, ir::ScalarType dtype, const Sizes& sizes,
                    const std::vector<std::int64_t>& codes);
  ir::ValueId Int64s(const std::string& name, const std::vector<std::int64_t>& elements);

  // A node of `sizes` and `dtype`; its name is the target's, numbered where it is taken.
  ir::ValueId Node(const std::string& target, Arguments arguments, const Sizes& sizes,
                   ir::ScalarType dtype = ir::ScalarType::kFloat32);
  // A node of several results, each of a float32 shape; the first one.
  ir::ValueId Nodes(const std::string& target, Arguments arguments,
                    const std::vector<Sizes>& results);

  ir::ValueId Quantize(ir::ValueId value, const ir::QuantParams& params);
  ir::ValueId Dequantize(ir::ValueId codes, const ir::QuantParams& params);

  Sizes SizesOf(ir::ValueId value) const { return program_.graph.value(value).type->sizes(); }
  ir::Program Return(const std::vector<ir::ValueId>& outputs) &&;

 private:
  ir::ValueId Constant(const std::string& name, ir::Constant::Kind kind, const ir::TensorType& type,
                       std::vector<std::byte> bytes);
  std::string NameOf(const std::string& target);

  ir::Program program_;
  std::map<std::string, int> taken_;
  std::map<std::string, ir::ValueId> constants_;
};

}  // namespace foldproof::fuzz
