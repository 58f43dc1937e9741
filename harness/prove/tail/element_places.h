// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "src/ir/graph.h"

namespace foldproof::prove {

// Which element of a conv's output each element of a tensor is, as a map that two programs can
// compare: per dimension of the tensor a list of digits, each of which walks one axis of the conv's
// output in equal steps. Digits of one dimension are joined where they can be and left out where
// they are of size 1, so equal maps have equal digits (docs/proof.md, "Places"). A map that digits
// cannot write down, [4, 6] transposed and seen as [3, 8], becomes a table, if it has at most
// kMostInTable elements.
class ElementPlaces {
 public:
  static constexpr std::int64_t kMostInTable = std::int64_t{1} << 20;

  // Every element of a tensor of type `type` in its own place.
  explicit ElementPlaces(const ir::TensorType& type);

  // The same elements, row-major, seen as `to`; nullopt where that is not known.
  std::optional<ElementPlaces> Reshaped(const ir::TensorType& to) const;
  // Dimension i of the result is dimension dims[i].
  ElementPlaces Permuted(const std::vector<std::int64_t>& dims) const;
  // The given dimensions run backwards; nullopt where a size is not known.
  std::optional<ElementPlaces> Flipped(const std::vector<std::int64_t>& dims) const;
  // Element i of the result, row-major, is element from[i].
  std::optional<ElementPlaces> Gathered(const std::vector<std::int64_t>& from,
                                        const ir::TensorType& to) const;

  // Sizes and strides are all known.
  bool is_static() const;
  std::int64_t count() const;  // of elements; is_static()
  // The element of the conv's output, row-major, at each element of the tensor; is_static() and at
  // most `most` elements, else nullopt.
  std::optional<std::vector<std::int64_t>> Table(std::int64_t most) const;
  // The element of the conv's output at `index`; is_static().
  std::int64_t At(std::int64_t index) const;
  // Where element `source` of the conv's output is; nullopt where that is not known.
  std::optional<std::int64_t> Find(std::int64_t source) const;

  // The same shape, and the same element at each place.
  friend bool operator==(const ElementPlaces& a, const ElementPlaces& b);
  // The same elements in the same order, of whatever shape; nullopt where that is not known.
  static std::optional<bool> HaveSameOrder(const ElementPlaces& a, const ElementPlaces& b);

 private:
  struct Digit {
    std::uint32_t axis = 0;  // of the conv's output
    std::int64_t step = 1;   // along it; negative where it runs backwards
    ir::Dim size;            // a symbolic one is the whole axis
    friend bool operator==(const Digit& a, const Digit& b) {
      return a.axis == b.axis && a.step == b.step && a.size.is_static() == b.size.is_static() &&
             (!a.size.is_static() || a.size.size == b.size.size);
    }
  };
  using Digits = std::vector<Digit>;

  static Digits Joined(const Digits& digits);
  static std::optional<Digits> Take(const ir::Dim& dim, Digits& from);
  std::optional<ElementPlaces> Tabulated(const ir::TensorType& shape) const;
  std::vector<std::int64_t> Sizes() const;

  std::vector<ir::Dim> axes_;              // of the conv's output
  std::vector<std::int64_t> first_;        // index along each of them of element 0
  std::vector<Digits> dims_;               // of the tensor; empty where there is a table
  std::vector<std::int64_t> table_sizes_;  // the shape, where there is one
  std::shared_ptr<const std::vector<std::int64_t>> table_;
};

}  // namespace foldproof::prove
