// SPDX-License-Identifier: BSD-3-Clause
//
// The ways in which the lie detector makes another program of a program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/judge/sketch.h"

namespace foldproof::fuzz {

// A change as it was drawn: its kind, and what its choices are made of. Numbers of 0 make the
// plainest of its kind.
struct ChangeDraw {
  std::uint16_t kind = 0;  // index into ChangeKinds()
  std::array<std::uint16_t, 10> numbers{};
  friend auto operator<=>(const ChangeDraw&, const ChangeDraw&) = default;
};

// Makes choices of a change's numbers, one after the other; behind the last they are all 0.
class Chooser {
 public:
  explicit Chooser(std::span<const std::uint16_t> numbers) : numbers_(numbers) {}

  // One of 0 to n - 1; n > 0.
  std::size_t Below(std::size_t n) { return at_ < numbers_.size() ? numbers_[at_++] % n : 0; }
  bool Flip() { return Below(2) == 1; }
  template <typename T>
  const T& Of(const std::vector<T>& items) {
    return items[Below(items.size())];
  }
  double Of(std::initializer_list<double> items) { return items.begin()[Below(items.size())]; }

 private:
  std::span<const std::uint16_t> numbers_;
  std::size_t at_ = 0;
};

struct ChangeKind {
  std::string_view name;    // "write-through-view"; stable
  std::string_view family;  // the kind of hole that it looks for (docs/fuzzing.md)
  std::string_view does;    // a plain sentence
  // Changes the sketch; false where it has no place for this change.
  bool (*apply)(Sketch&, Chooser&);
  std::uint32_t weight = 4;  // how often it is drawn, against the others
  bool prepares = false;     // is also put into both programs, for another change to meet
};

// All kinds, in an order that is never changed: new ones come last.
std::span<const ChangeKind> ChangeKinds();

// False where the sketch has no place for it.
bool ApplyChange(const ChangeDraw& change, Sketch& sketch);

// The kinds of each file.
std::vector<ChangeKind> MoveChanges();
std::vector<ChangeKind> LayoutChanges();
std::vector<ChangeKind> WriteChanges();
std::vector<ChangeKind> InterfaceChanges();
std::vector<ChangeKind> StateChanges();
std::vector<ChangeKind> RandomChanges();
std::vector<ChangeKind> NumberChanges();
std::vector<ChangeKind> ConstantChanges();
std::vector<ChangeKind> OperatorChanges();
std::vector<ChangeKind> QuantizerChanges();

}  // namespace foldproof::fuzz
