// SPDX-License-Identifier: BSD-3-Clause
//
// Which prover this is. An answer is another prover's where anything of this differs.
#pragma once

#include <string>
#include <string_view>

namespace foldproof::prove {

// Made by the build (cmake/ProverIdentity.cmake): hashes of everything that judges, and of how it
// was compiled.
extern const std::string_view kProverSources;
extern const std::string_view kProverBuild;

// Both, and what differs from machine to machine in the functions that the C library computes (exp,
// tanh, erf) in float64: its version, and the instructions that it may use here.
std::string ProverIdentity();

}  // namespace foldproof::prove
