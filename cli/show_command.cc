// SPDX-License-Identifier: BSD-3-Clause
#include "cli/show_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "src/ir/printer.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {

void AddShowCommand(CLI::App& app, ExitCode&) {
  auto file = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("show", "Print a program, its quantization and its conv sites");
  command->add_option("FILE", *file, "A torch.export archive (.pt2)")->required();
  command->footer("\nExample: foldproof show model.pt2\n");
  command->callback([file] {
    const ir::Program program = pt2::ReadProgram(*file);
    std::fputs((ir::Print(program) + "\n" + ir::PrintSites(program)).c_str(), stdout);
  });
}

}  // namespace foldproof::cli
