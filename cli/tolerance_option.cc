// SPDX-License-Identifier: BSD-3-Clause
#include "cli/tolerance_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/finite_number.h"
#include "src/base/error.h"

namespace foldproof::cli {
namespace {

// A number of LSB >= 0; anything else is an Error(kUsage) that names the option.
double ParseLsb(const std::string& option, const std::string& text) {
  const std::optional<double> value = FiniteNumber(text);
  if (value && *value >= 0) return *value;
  throw Error(Error::Code::kUsage, option,
              "'" + text + "' is no number of LSB; give a finite number >= 0");
}

verify::Tolerance ParseTolerance(const std::string& text) {
  if (text == "derived") return verify::DerivedTolerance{};
  if (text.ends_with(".json")) return verify::FileTolerance{text};
  return verify::LsbTolerance{ParseLsb("--tolerance", text)};
}

}  // namespace

void AddToleranceOption(CLI::App& command, verify::Tolerance& tolerance) {
  command
      .add_option_function<std::string>(
          "--tolerance",
          [&tolerance](const std::string& text) { tolerance = ParseTolerance(text); },
          "Allowed difference: 'derived', a number of LSB, or a file with one for each site "
          "(.json)")
      ->default_str("derived");
}

void AddIdealGapOption(CLI::App& command, std::optional<double>& lsb) {
  command
      .add_option_function<std::string>(
          "--ideal-gap",
          [&lsb](const std::string& text) {
            lsb = text == "off" ? std::nullopt : std::optional(ParseLsb("--ideal-gap", text));
          },
          "Allowed ideal gap above half a bias step in LSB, or 'off'")
      ->default_str(lsb ? fmt::format("{}", *lsb) : "off");
}

}  // namespace foldproof::cli
