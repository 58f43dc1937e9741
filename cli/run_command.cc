// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/choice_option.h"
#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "src/base/error.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

// body(), with `file` in front of the place of its errors.
template <typename Body>
auto Naming(const std::filesystem::path& file, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    if (error.code() == Error::Code::kInternal) throw;
    throw error.Within(file.string());
  }
}

// What fails where there is no libtorch says who needs none.
std::unique_ptr<exec::Executor> OpenNamed(const std::string& name) {
  try {
    return exec::OpenExecutor(name);
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInternal) throw;
    throw Error(error.code(), error.place(),
                error.why() + "; --executor integer runs it without PyTorch");
  }
}

}  // namespace

void RunCommand(const std::filesystem::path& model, const std::filesystem::path& inputs,
                const std::filesystem::path& out, const std::string& executor_name) {
  // Program and inputs first: a fault in them is told before libtorch is loaded.
  const ir::Program program = pt2::ReadProgram(model);
  exec::Arrays arrays = exec::ReadNpz(inputs);
  for (const std::string& found : exec::NonfiniteInputs(arrays)) {
    std::fputs(("foldproof: note: " + Printable(inputs.string()) + ": " + found + "\n").c_str(),
               stderr);
  }
  const auto runs = Naming(inputs, [&] {
    // A witness may be a tensor for what a convolution reads, instead of an input.
    if (auto cut = exec::InputsOfCut(program, arrays)) return std::vector{*std::move(cut)};
    return exec::InputsOfAllRuns(program, std::move(arrays), exec::FloatsTakenBy(executor_name));
  });
  const auto executor = OpenNamed(executor_name);
  exec::WriteNpz(out, Naming(model, [&] { return exec::RunAll(*executor, program, runs); }));
  // What the executor left to libtorch.
  const std::string described = executor->Describe();
  if (described.find("; ") == std::string::npos) return;
  std::fputs(("run by " + Printable(described, 600) + "\n").c_str(), stderr);
}

void AddRunCommand(CLI::App& app, ExitCode&) {
  struct Paths {
    std::string model, inputs, out, executor = "torch";
  };
  auto paths = std::make_shared<Paths>();
  CLI::App* command = app.add_subcommand("run", "Run a program on recorded inputs");
  command->add_option("FILE", paths->model, "A torch.export archive (.pt2)")->required();
  command
      ->add_option("--inputs", paths->inputs,
                   "An .npz with inputs x0, x1, ... (x0_0, x0_1, ...), or a witness")
      ->required();
  command->add_option("--out", paths->out, "The .npz to write outputs y0, y1, ... to")->required();
  command->add_option("--executor", paths->executor, "What runs it")
      ->check(OneOfNames(exec::ExecutorNames()))
      ->capture_default_str();
  command->footer(
      "\nExample: foldproof run model.pt2 --inputs witnesses/site0_tail0.npz --out outputs.npz\n");
  command->callback(
      [paths] { RunCommand(paths->model, paths->inputs, paths->out, paths->executor); });
}

}  // namespace foldproof::cli
