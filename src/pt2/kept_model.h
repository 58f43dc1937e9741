// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/ir/program.h"
#include "src/pt2/declarations.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/json_index.h"
#include "src/pt2/signature_reader.h"

namespace foldproof::pt2 {

// A node as the archive had it.
struct KeptNode {
  Json json;
  DeclaredNode declared;
};

// An input as the archive had it.
struct KeptInput {
  Json argument;  // of graph.inputs
  Json spec;      // of signature.input_specs
  SignatureInput meaning;
  std::optional<ir::TensorType> type;
};

// The text of models/NAME.json that a program was read from, by what the program calls its parts.
// Everything is empty where there is none.
class KeptModel {
 public:
  explicit KeptModel(std::string_view text);  // empty: nothing known

  bool known() const { return document_.has_value(); }
  // A field of the model, of its "graph_module" or of that one's "graph".
  std::optional<Json> Top(std::string_view field) const;
  std::optional<Json> Module(std::string_view field) const;
  std::optional<Json> Graph(std::string_view field) const;

  const KeptNode* FindNode(const ir::Node& node) const;  // of that name and target
  // What tensor_values, sym_int_values and so on say of a value.
  std::optional<Json> FindValue(std::string_view table, std::string_view value) const;
  // Whether `value` is an input or a result of the kept graph.
  bool Defines(std::string_view value) const { return defined_.contains(value); }

  const std::vector<KeptInput>& inputs() const { return inputs_; }
  const std::vector<Json>& output_specs() const { return output_specs_; }
  bool HasConstant(std::string_view target) const { return targets_.contains(target); }

  // Whether the user's inputs are those of `program`, in order: by name, and by type too.
  bool HasUserInputs(const ir::Program& program, bool also_types) const;
  std::size_t user_outputs() const;

 private:
  void AddInputs(const Declarations& declarations, Json signature);

  std::optional<JsonDocument> document_;
  Json model_;
  Json module_;
  Json graph_;
  std::map<std::string_view, JsonIndex> tables_;
  std::map<std::string, KeptNode, std::less<>> nodes_;
  std::set<std::string, std::less<>> defined_;
  std::vector<KeptInput> inputs_;
  std::vector<Json> output_specs_;
  std::set<std::string, std::less<>> targets_;
};

}  // namespace foldproof::pt2
