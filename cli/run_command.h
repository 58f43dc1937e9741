// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Runs the program `model` on every input x{i} of `inputs` and writes its outputs y{i} to `out`,
// with the executor of that name.
void RunCommand(const std::filesystem::path& model, const std::filesystem::path& inputs,
                const std::filesystem::path& out, const std::string& executor_name);

// foldproof run FILE --inputs X.npz --out Y.npz [--executor NAME]
void AddRunCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
