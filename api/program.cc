// SPDX-License-Identifier: BSD-3-Clause
#include <foldproof/program.h>
#include <utility>

#include "api/bodies.h"
#include "api/failure.h"
#include "harness/verify/sha256.h"
#include "src/fold/pipeline.h"
#include "src/pt2/writer.h"

namespace foldproof {
namespace {

fold::Policy PolicyOf(FoldPolicy policy) {
  switch (policy) {
    case FoldPolicy::kUpstream: return fold::Policy::kUpstream;
    case FoldPolicy::kGuarded: return fold::Policy::kGuarded;
    case FoldPolicy::kRepair: return fold::Policy::kRepair;
  }
  return fold::Policy::kRepair;
}

}  // namespace

Program::Program(std::unique_ptr<const Body> body) : body_(std::move(body)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Program Program::Read(const std::string& path) {
  return api::AsFailure(
      [&] { return Program(std::make_unique<const Body>(Body{verify::ReadArchive(path)})); });
}

Program Program::Parse(std::string_view bytes, const std::string& name) {
  return api::AsFailure([&] {
    return Program(std::make_unique<const Body>(Body{verify::ParseArchive(bytes, name)}));
  });
}

Program Program::Fold(FoldPolicy policy) const {
  return api::AsFailure([&] {
    fold::FoldOptions options;
    options.policy = PolicyOf(policy);
    const verify::SourceProgram& source = body_->archive.source;
    verify::SourceArchive out;
    out.remainder = body_->archive.remainder;
    out.source.program = fold::Fold(source.program, options).program;
    // It stands in no file; its hash is that of the archive as Write would write it.
    out.source.identity = {
        source.identity->file + ", folded in memory",
        verify::Sha256(pt2::SerializeProgram(out.source.program, out.remainder))};
    return Program(std::make_unique<const Body>(Body{std::move(out)}));
  });
}

void Program::Write(const std::string& path) const {
  api::AsFailure(
      [&] { pt2::WriteProgram(body_->archive.source.program, body_->archive.remainder, path); });
}

}  // namespace foldproof
