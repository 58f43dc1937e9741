// SPDX-License-Identifier: BSD-3-Clause
//
// Reads a .pt2 file and writes it again, for tests/torch/round_trip.py.
//   test_rewrite IN OUT           with what the archive holds beside the program
//   test_rewrite --bare IN OUT    from the program alone
#include <cstdio>
#include <span>
#include <string_view>

#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

int main(int argc, char** argv) {
  using namespace foldproof;
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const bool bare = argc == 4 && std::string_view(arguments[1]) == "--bare";
  if (argc != 3 && !bare) {
    std::fputs("usage: test_rewrite [--bare] IN OUT\n", stderr);
    return static_cast<int>(ExitCode::kUnusable);
  }
  try {
    const pt2::Archive archive = pt2::ReadArchive(arguments[bare ? 2 : 1]);
    pt2::WriteProgram(archive.program, bare ? pt2::Remainder{} : archive.remainder,
                      arguments.back());
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
