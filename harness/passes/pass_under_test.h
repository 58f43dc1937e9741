// SPDX-License-Identifier: BSD-3-Clause
//
// A pass that is judged: one of ours, a faulty one, or somebody else's in a process of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::passes {

// What a pass made of a program.
struct PassAnswer {
  enum class Kind { kFolded, kUnchanged, kRaised };

  Kind kind = Kind::kUnchanged;
  ir::Program program;               // afterwards; as it was where nothing was folded or it raised
  std::vector<ir::Miss> missed;      // what it left, and why, where it says
  std::vector<std::string> folded;   // the batch_norms that are gone, where it says
  std::string raised;                // the exception, or what became of the process
  std::string traceback;             // of the exception, where there is one
  std::string rule = "pass-raises";  // what kRaised is called in a finding (docs/worker.md)
  std::filesystem::path file;        // what an external pass wrote, until its next Run; or empty
};

class PassUnderTest {
 public:
  virtual ~PassUnderTest() = default;

  virtual std::string name() const = 0;
  virtual PassAnswer Run(const ir::Program& program) = 0;
  // The same on the program's other form, brought back to an ExportedProgram; nullopt where the
  // pass knows one form alone.
  virtual std::optional<PassAnswer> RunOnOtherForm(const ir::Program&) { return std::nullopt; }
};

// Makes a pass for one thread.
using MakePass = std::function<std::unique_ptr<PassUnderTest>()>;

}  // namespace foldproof::passes
