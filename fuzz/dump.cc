// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/dump.h"

#include <fmt/format.h>

#include <system_error>

#include "fuzz/generator.h"
#include "fuzz/program_of_draw.h"
#include "src/base/error.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {

std::uint64_t DumpPrograms(std::uint64_t seed, std::uint64_t cases, Family family,
                           const std::filesystem::path& folder, const std::function<bool()>& stop) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder.string(), failed.message());
  std::uint64_t index = 0;
  for (; index < cases && !stop(); ++index) {
    const ir::Program program = ProgramOf(DrawCase(seed, index, family).value());
    pt2::WriteProgram(program, {}, folder / fmt::format("{:06}.pt2", index));
  }
  return index;
}

}  // namespace foldproof::fuzz
