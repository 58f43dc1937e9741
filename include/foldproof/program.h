// SPDX-License-Identifier: BSD-3-Clause
//
// A program as torch.export saves it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace foldproof {

class Report;
struct VerifyOptions;

// What cannot be done, in one printable line: "model.pt2: there is no such file".
class Failure : public std::runtime_error {
 public:
  enum class Kind {
    kInput,     // a file that cannot be used as it is
    kUsage,     // options that make no sense, or contradict each other
    kOutput,    // a result that cannot be written
    kInternal,  // a fault of foldproof's own
  };

  Failure(Kind kind, const std::string& line) : std::runtime_error(line), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// What a fold does where it meets a hole of ExecuTorch's own pass (docs/fold.md).
enum class FoldPolicy { kUpstream, kGuarded, kRepair };

// A program of a .pt2 archive, read once: what is judged, and what a report's sha256 is of, are the
// bytes that were read then. It never changes. Its functions throw Failure.
class Program {
 public:
  static Program Read(const std::string& path);
  // Reads an archive's bytes; `name` stands for them in messages and reports.
  static Program Parse(std::string_view bytes, const std::string& name);

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Its Conv-BatchNorm chains folded by foldproof's own engine.
  Program Fold(FoldPolicy policy = FoldPolicy::kRepair) const;

  // Writes it as an archive that torch.export.load reads.
  void Write(const std::string& path) const;

 private:
  struct Body;
  friend Report Verify(const Program& before, const Program& after, const VerifyOptions& options);

  explicit Program(std::unique_ptr<const Body> body);

  std::unique_ptr<const Body> body_;
};

}  // namespace foldproof
