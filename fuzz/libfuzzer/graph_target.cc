// SPDX-License-Identifier: BSD-3-Clause
//
// models/model.json of any text, in an archive that is right otherwise: so mutations reach the
// graph reader and do not end at a checksum of the zip file. The constants are those of
// corpus/graph. A program that is read must be one that can be written, and reads back.
#include <string>

#include "fuzz/libfuzzer/hostile_bytes.h"
#include "fuzz/libfuzzer/model_archive.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

// Error(kOutput): the program holds a symbol whose expression nothing tells.
void MustReadBack(const ir::Program& program) {
  try {
    pt2::ParseProgram(pt2::SerializeProgram(program));
  } catch (const Error& error) {
    if (error.code() != Error::Code::kOutput) throw;
  }
}

}  // namespace
}  // namespace foldproof::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace fp = foldproof;
  const std::string archive = fp::fuzz::ArchiveAround(fp::fuzz::TextOf(bytes, size));
  fp::ir::Program program;
  if (fp::fuzz::ReadsOrRefuses([&] { program = fp::pt2::ParseProgram(archive); })) {
    fp::fuzz::MustReadBack(program);
  }
  return 0;
}
