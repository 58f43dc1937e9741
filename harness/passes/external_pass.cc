// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/external_pass.h"

#include <unistd.h>

#include <fstream>
#include <system_error>
#include <utility>
#include <variant>

#include "src/base/error.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

namespace foldproof::passes {
namespace {

namespace fs = std::filesystem;

std::string TypeText(const ir::Graph& graph, ir::ValueId id) {
  const auto& type = graph.value(id).type;
  return type ? type->ToString() : "no tensor";
}

// "float32[1, 3, 8, 8] -> float32[1, 4, 6, 6], float32[2]"
std::string SignatureOf(const ir::Program& program) {
  std::string text, between;
  for (const ir::ValueId id : program.UserInputs()) {
    text += std::exchange(between, ", ") + TypeText(program.graph, id);
  }
  text += " -> ";
  between.clear();
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    if (program.outputs[i].kind != ir::OutputSpec::Kind::kUserOutput) continue;
    const auto* id = std::get_if<ir::ValueId>(&program.graph.outputs().at(i));
    text += std::exchange(between, ", ") + (id != nullptr ? TypeText(program.graph, *id) : "value");
  }
  return text;
}

bool IsSame(const ir::Program& a, const ir::Program& b) {
  if (a.constants.size() != b.constants.size() ||
      a.graph.nodes().size() != b.graph.nodes().size() || ir::Print(a) != ir::Print(b)) {
    return false;
  }
  for (const auto& [name, constant] : a.constants) {
    const auto other = b.constants.find(name);
    if (other == b.constants.end() || a.BytesOf(constant) != b.BytesOf(other->second)) return false;
  }
  return true;
}

// `text` without the names of our temporary files, which are others in each run.
std::string WithoutFolder(std::string text, const fs::path& folder) {
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

// Where nobody else looks before it is whole: without a second name to write it under.
void WriteScratch(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw Error(Error::Code::kOutput, path.string(), "cannot be written; is there room?");
}

}  // namespace

PassAnswer Raised(std::string rule, std::string detail) {
  PassAnswer answer;
  answer.kind = PassAnswer::Kind::kRaised;
  answer.rule = std::move(rule);
  answer.raised = std::move(detail);
  return answer;
}

void CannotStart(const std::string& detail) {
  throw Error(Error::Code::kUsage, "--pass", "cannot be started: " + detail);
}

ExternalPass::ExternalPass(ExternalOptions options, int number) : options_(std::move(options)) {
  if (options_.hurries) {
    options_.is_over = [this, is_over = std::move(options_.is_over)] {
      return (is_over && is_over()) ||
             (options_.now() - asked_ >= kHurriedSeconds && options_.hurries());
    };
  }
  // A copy of this process has the same numbers.
  options_.folder /= std::to_string(::getpid()) + "_" + std::to_string(number);
  std::error_code failed;
  fs::create_directories(options_.folder, failed);
  if (failed) throw Error(Error::Code::kOutput, options_.folder.string(), failed.message());
  in_ = options_.folder / "in.pt2";
  out_ = options_.folder / "out.pt2";
}

ExternalPass::~ExternalPass() {
  std::error_code ignored;
  fs::remove_all(options_.folder, ignored);
}

PassAnswer ExternalPass::Run(const ir::Program& program) {
  WriteScratch(in_, pt2::SerializeProgram(program, {}));
  return RunOnFile(in_, program);
}

PassAnswer ExternalPass::RunOnFile(const fs::path& in, const ir::Program& program) {
  std::error_code failed;
  fs::remove_all(out_, failed);
  if (failed) throw Error(Error::Code::kOutput, out_.string(), failed.message());
  asked_ = options_.now();
  PassAnswer answer = Ask(in);
  if (answer.kind == PassAnswer::Kind::kFolded) {
    if (!fs::exists(out_, failed)) {
      answer = Raised("program-unusable", "it says that it folded, and wrote no file");
    } else {
      try {
        answer.program = pt2::ReadProgram(out_);
      } catch (const Error& error) {
        answer = Raised("program-unusable", error.what());
      }
    }
  }
  if (answer.kind == PassAnswer::Kind::kFolded) {
    const std::string was = SignatureOf(program), is = SignatureOf(answer.program);
    if (was != is) answer = Raised("signature-changed", was + " became " + is);
  }
  if (answer.kind == PassAnswer::Kind::kFolded && IsSame(program, answer.program)) {
    answer.kind = PassAnswer::Kind::kUnchanged;
  }
  if (answer.kind != PassAnswer::Kind::kFolded) answer.program = program;
  if (fs::is_regular_file(out_, failed)) answer.file = out_;
  for (std::string* text : {&answer.raised, &answer.traceback}) {
    *text = WithoutFolder(std::move(*text), options_.folder);
  }
  return answer;
}

}  // namespace foldproof::passes
