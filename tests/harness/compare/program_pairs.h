// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/judge/prover.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::compare {

inline std::filesystem::path Golden(const std::string& name) {
  return std::filesystem::path(tests::kSourceFolder) / "golden/pt2" / name;
}

// A program and what the prover keeps of it.
struct Loaded {
  explicit Loaded(const std::filesystem::path& path)
      : program(pt2::ReadProgram(path)), side(program) {}
  Loaded(const Loaded&) = delete;
  ir::Program program;
  prove::Side side;
};

struct PairOfFiles {
  std::filesystem::path before;
  std::filesystem::path after;
};

// The pairs X.before.pt2 and X.after.pt2 (X.after_bias.pt2) of a folder, by name.
inline std::vector<PairOfFiles> PairsIn(const std::filesystem::path& folder) {
  std::vector<PairOfFiles> out;
  if (!std::filesystem::is_directory(folder)) return out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const std::size_t at = name.rfind("before.pt2");
    if (at == std::string::npos || at + 10 != name.size()) continue;
    for (const char* end : {"after.pt2", "after_bias.pt2"}) {
      const auto after = folder / (name.substr(0, at) + end);
      if (std::filesystem::exists(after)) out.push_back({entry.path(), after});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& x, const auto& y) { return x.after < y.after; });
  return out;
}

// The libtorch executor, nullptr where this build has none.
inline std::unique_ptr<exec::Executor> TorchOrNull() {
  try {
    return exec::OpenTorchExecutor();
  } catch (const Error&) {
    return nullptr;
  }
}

#define OPEN_TORCH_OR_SKIP(executor)   \
  const auto executor = TorchOrNull(); \
  if (!executor) GTEST_SKIP() << "SKIPPED: this build has no libtorch to run programs with"

// Another executor whose results pass through `change` first.
class ChangedExecutor : public exec::Executor {
 public:
  using Change = std::function<void(const ir::Program&, ir::ValueId, exec::Tensor&)>;

  ChangedExecutor(exec::Executor& inner, Change change)
      : inner_(inner), change_(std::move(change)) {}

  std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program& program,
                                                 const std::set<ir::ValueId>& fed,
                                                 const std::vector<ir::ValueId>& fetch) override {
    return std::make_unique<Changed>(inner_.Prepare(program, fed, fetch), program, change_);
  }
  std::string Describe() const override { return "changed"; }

 private:
  class Changed : public exec::PreparedProgram {
   public:
    Changed(std::unique_ptr<exec::PreparedProgram> inner, const ir::Program& program,
            const Change& change)
        : inner_(std::move(inner)), program_(program), change_(change) {}
    exec::Tensors Run(const exec::Tensors& feeds) override {
      exec::Tensors out = inner_->Run(feeds);
      for (auto& [id, tensor] : out) change_(program_, id, tensor);
      return out;
    }

   private:
    std::unique_ptr<exec::PreparedProgram> inner_;
    const ir::Program& program_;
    const Change& change_;
  };

  exec::Executor& inner_;
  Change change_;
};

}  // namespace foldproof::compare
