// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/change.h"

namespace foldproof::fuzz {

std::span<const ChangeKind> ChangeKinds() {
  static const std::vector<ChangeKind> all = [] {
    std::vector<ChangeKind> kinds;
    for (const auto of_file :
         {MoveChanges, LayoutChanges, WriteChanges, InterfaceChanges, StateChanges, RandomChanges,
          NumberChanges, ConstantChanges, OperatorChanges, QuantizerChanges}) {
      for (const ChangeKind& kind : of_file()) kinds.push_back(kind);
    }
    return kinds;
  }();
  return all;
}

bool ApplyChange(const ChangeDraw& change, Sketch& sketch) {
  const std::span<const ChangeKind> kinds = ChangeKinds();
  Chooser chooser(change.numbers);
  return kinds[change.kind % kinds.size()].apply(sketch, chooser);
}

}  // namespace foldproof::fuzz
