// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/ir/editor.h"

namespace foldproof::ir {

// What a pass did at one place.
struct Rewrite {
  std::string node;    // the node that the pattern is known by, as it was named before
  std::string detail;  // a plain sentence
};

// Where a pass could have done something and did not. `rule` is a stable name (docs/fold.md).
struct Miss {
  std::string rule;
  std::string node;
  std::string detail;
};

struct PassReport {
  std::string pass;
  std::vector<Rewrite> rewritten;
  std::vector<Miss> missed;

  bool changed() const { return !rewritten.empty(); }
};

// A rewriting of a program, in place. A pass that cannot go on throws Error(kInput) that names the
// node; its editor is to be thrown away then.
class Pass {
 public:
  virtual ~Pass() = default;
  virtual std::string_view name() const = 0;
  virtual PassReport Run(Editor& editor) const = 0;
};

}  // namespace foldproof::ir
