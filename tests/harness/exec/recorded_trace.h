// SPDX-License-Identifier: BSD-3-Clause
//
// Recorded traces: a program, the input that PyTorch ran it on, and every node's value.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/executor.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::exec {

struct RecordedTrace {
  std::string name;  // "hand_00_base.before"
  ir::Program program;
  Arrays values;   // by node
  Tensors inputs;  // x0

  // What `id` was in the recording; nothing where the program itself has it (a constant).
  std::optional<Tensor> ValueOf(ir::ValueId id) const {
    if (const auto input = inputs.find(id); input != inputs.end()) return input->second;
    const ir::Node* producer = program.graph.ProducerOf(id);
    if (producer == nullptr) return std::nullopt;
    const auto found = values.find(producer->name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }

  // The recorded operands of `node`, by value. Where a pass left a stale type in the program (an
  // int32 bias that is declared float32), the recorded operands of what makes it, which no feed may
  // replace.
  Tensors OperandsOf(const ir::Node& node) const {
    Tensors feeds;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        std::optional<Tensor> value = ValueOf(id);
        if (!value) return;
        const auto& declared = program.graph.value(id).type;
        if (declared && declared->dtype == value->dtype) {
          feeds.insert_or_assign(id, *std::move(value));
        } else {
          feeds.merge(OperandsOf(*program.graph.ProducerOf(id)));
        }
      });
    }
    return feeds;
  }

  // The same, and the constants that `node` reads.
  Tensors OperandsAndConstantsOf(const ir::Node& node) const {
    Tensors operands = OperandsOf(node);
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        const ir::Constant* constant = program.ConstantOf(id);
        if (constant == nullptr) return;
        operands[id] = {constant->type.dtype, constant->type.sizes(), program.BytesOf(*constant)};
      });
    }
    return operands;
  }
};

inline std::filesystem::path GoldenTraces() {
  return std::filesystem::path(tests::kSourceFolder) / "golden" / "trace";
}

// The corpus of real programs; it is not part of the repository.
inline std::filesystem::path Corpus() {
  return std::filesystem::path(tests::kSourceFolder) / ".." / "shared" / "corpus";
}

// NAME.SIDE of `trace_file`, whose program and inputs lie in `folder`: NAME.io.npz, and for
// TorchAO's pair NAME.torchao.io.npz.
inline RecordedTrace ReadTrace(const std::filesystem::path& folder,
                               const std::filesystem::path& trace_file) {
  constexpr std::string_view kSuffix = ".trace.npz";
  std::string name = trace_file.filename().string();
  name.resize(name.size() - kSuffix.size());
  RecordedTrace trace{name, pt2::ReadProgram(folder / (name + ".pt2")), ReadNpz(trace_file), {}};
  std::string stem = name.substr(0, name.rfind('.'));
  if (name.find(".torchao_") != std::string::npos) stem += ".torchao";
  trace.inputs = InputsOfRun(trace.program, ReadNpz(folder / (stem + ".io.npz")), 0);
  return trace;
}

inline std::vector<std::filesystem::path> TraceFiles(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".trace.npz")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace foldproof::exec
