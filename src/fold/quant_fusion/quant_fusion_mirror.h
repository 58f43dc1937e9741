// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion_fx_graph.h"
#include "src/ir/editor.h"

namespace foldproof::fold {

// A program under an editor and its torch.fx graph, edited together. The first is the result; the
// second knows the order that ExecuTorch sees.
class FxMirror {
 public:
  explicit FxMirror(ir::Editor& editor) : editor_(editor), fx_(editor.program(), editor.Order()) {}

  const FxGraph& fx() const { return fx_; }
  bool IsCall(FxId id, std::string_view target) const;
  // args[i] where it is a dequantize_per_tensor.
  std::optional<FxId> Dequantize(FxId id, std::size_t i) const;
  // Where Python raises an exception, so does this.
  [[noreturn]] void Raise(FxId id, const std::string& what) const;

  // get_arg of `node`: as given; Or: or the schema's default.
  ir::ArgumentValue Read(FxId id, std::string_view name) const;
  ir::ArgumentValue ReadOr(FxId id, std::string_view name, ir::ArgumentValue otherwise) const;
  double Real(FxId id, std::string_view name) const;
  std::int64_t Integer(FxId id, std::string_view name) const;
  std::int64_t IntegerOr(FxId id, std::string_view name, std::int64_t otherwise) const;
  FxId NodeOf(FxId id, std::string_view name) const;

  static ir::ArgumentValue AsArgument(FxId id) {
    return ir::ValueId{static_cast<std::uint32_t>(id)};
  }
  // A call, before `place`. The values in `arguments` are FxIds, as Read gives them.
  FxId InsertBefore(FxId place, std::string_view target, std::vector<ir::Argument> arguments,
                    std::optional<ir::TensorType> type);
  // replace_with_op: a call right behind `anchor`, which whoever read `old` reads from now on.
  void Replace(FxId anchor, FxId old, std::string_view target, std::vector<ir::Argument> arguments);
  void EliminateDead();

 private:
  FxNode Call(ir::NodeId before, std::string_view target, std::vector<ir::Argument> arguments,
              std::optional<ir::TensorType> type);
  ir::NodeId NextTo(FxId anchor) const;

  ir::Editor& editor_;
  FxGraph fx_;
};

}  // namespace foldproof::fold
