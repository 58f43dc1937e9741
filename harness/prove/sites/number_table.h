// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/prove/constants/digest.h"
#include "src/ir/tensor_type.h"

namespace foldproof::prove {

// A number that two values share only where they are equal: equal operator, equal attributes, equal
// operands; constants by content; the program's inputs by position.
using ValueNumber = std::uint32_t;

// `value` as above. Two values of equal shape and equal `layout` lie alike in memory: their strides
// are the same, and so is what else their storages hold, if anything. What follows strides
// (follows_strides.h) is equal only where both numbers of what it reads are.
struct ValueNumbers {
  ValueNumber value = 0;
  ValueNumber layout = 0;
};

// The numbers handed out so far, shared by the two programs that are compared.
class NumberTable {
 public:
  // The number of whatever `key` describes.
  ValueNumber Of(std::string_view key);
  // The same of a layout that an operator chose for its result: dense, so that an elementwise
  // operator keeps it.
  ValueNumber OfNewTensor(std::string_view key);
  bool IsOfNewTensor(ValueNumber layout) const { return new_tensors_.contains(layout); }
  // The same of one that has the strides of a memory format: contiguous, or channels_last of a
  // tensor with a batch in front.
  ValueNumber OfFormat(std::string_view key);
  bool IsOfFormat(ValueNumber layout) const { return formats_.contains(layout); }
  // The layout of what lies as a new tensor does: row-major, over all of its storage.
  ValueNumber OfPlainTensor();
  // A number that nothing else has, of what is equal to nothing.
  ValueNumber Unlike() { return next_++; }
  // The number of a constant by content: dtype, sizes and bytes. `bytes` must live as long as this.
  ValueNumber OfConstant(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                         std::span<const std::byte> bytes);
  // The same of bytes that nobody keeps: `pieces`, one behind the other, are told by their digest
  // where they are many.
  using Pieces = std::initializer_list<std::span<const std::byte>>;
  ValueNumber OfPassing(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                        Pieces pieces);

 private:
  struct Content {
    ir::ScalarType dtype;
    std::vector<std::int64_t> sizes;
    std::size_t size;                                 // in bytes
    std::optional<std::span<const std::byte>> bytes;  // where they are kept
    std::optional<Digest> digest;                     // there where they are not
    ValueNumber number = 0;

    bool IsSame(Content& other);
  };
  ValueNumber OfContent(Content content, std::span<const std::byte> beginning);
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  std::unordered_map<std::string, ValueNumber, KeyHash, std::equal_to<>> by_key_;
  std::set<ValueNumber> new_tensors_;
  std::set<ValueNumber> formats_;  // of them
  std::optional<ValueNumber> plain_;
  std::deque<std::vector<std::byte>> gathered_;
  std::unordered_multimap<std::size_t, Content> constants_;  // by a hash of their first bytes
  ValueNumber next_ = 0;
};

}  // namespace foldproof::prove
