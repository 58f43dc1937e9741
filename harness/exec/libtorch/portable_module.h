// SPDX-License-Identifier: BSD-3-Clause
//
// The libtorch module as a wheel has it: without a libtorch, which comes from the user's own
// PyTorch. C++ across libraries is the same of one release of PyTorch alone, so the module's name
// says which one it was compiled for, and it is opened with no other.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace foldproof::exec {

// foldproof_torch-2.13.0.so in `folder`; nothing where there is none.
std::optional<std::filesystem::path> PortableModuleIn(const std::filesystem::path& folder);

// Why the PyTorch whose package is `pytorch` (empty: none is known) cannot be used with `module`;
// empty: it can.
std::string WhyNotWith(const std::filesystem::path& module, const std::filesystem::path& pytorch);

// Loads the libtorch of that PyTorch, which the module is then linked to. Throws Error(kInternal)
// where it cannot be used or loaded.
void LoadLibtorchFor(const std::filesystem::path& module, const std::filesystem::path& pytorch);

}  // namespace foldproof::exec
