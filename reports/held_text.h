// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/prove/verdict/verdict.h"
#include "reports/report.h"

namespace foldproof::reports {

// The largest difference over everything that an input can produce, of the tails in which that is
// more than the tolerance somewhere; nullopt: it is so nowhere, and the verdict is for every input.
std::optional<double> BeyondTolerance(const prove::Verification& verification);
std::optional<double> BeyondTolerance(const Report& report);

// What a verdict "within" was proved for: "for every input that clipped nothing before the fold; up
// to 190 LSB where something was clipped already". `input_range`: what floats are taken to lie in.
std::string HeldText(std::string_view domain, std::optional<double> beyond_lsb,
                     const std::optional<std::pair<double, double>>& input_range = {});

// What a program without a quantizer is judged by; empty where either is quantized.
std::string UnquantizedText(const prove::Verification& verification);

// What is to be said beside the verdict: that, and what `notes` says of the two programs.
std::vector<std::string> AllNotes(const prove::Verification& verification,
                                  const std::vector<std::string>& notes);

// What a verdict that holds leaves open, a line for people each; empty where `verdict` does not.
std::string ProvisoLines(const prove::Verification& verification, prove::Verdict verdict);

// Lines for people of what is to be said beside a verdict.
std::string NoteLines(const std::vector<std::string>& notes);

// ", where none is NaN" behind the inputs that a verdict holds for, where it is so.
std::string NanClause(const prove::Verification& verification);

}  // namespace foldproof::reports
