// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"
#include "harness/prove/constants/digest.h"
#include "harness/prove/constants/memory_order.h"
#include "harness/prove/conv/conv_side.h"
#include "harness/prove/conv/edge.h"
#include "harness/prove/sites/number_key.h"

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
  std::optional<ValueNumber> plain_;
  std::deque<std::vector<std::byte>> gathered_;
  std::unordered_multimap<std::size_t, Content> constants_;  // by a hash of their first bytes
  ValueNumber next_ = 0;
};

// The value numbers of one program, given in the order of execution. An edge may be told to read
// another number than that of its value: behind a pair of frontiers the values count as equal.
class Numbering {
 public:
  Numbering(const FunctionalView& view, const ConstantValues& constants, NumberTable& table);

  // Numbers the results of `node`; all earlier nodes have been numbered.
  void Visit(const ir::Node& node);
  void Override(Edge edge, ValueNumbers numbers) { overrides_[edge] = numbers; }

  ValueNumber Of(ir::ValueId value) const { return numbers_[value.index].value; }
  // What `node` reads as its argument `operand`: the override of that edge, or the value's numbers.
  ValueNumbers ReadAt(const ir::Node& node, ir::ValueId operand) const;
  // What is read at `edge`: its override, or the numbers of `value`.
  ValueNumbers At(Edge edge, ir::ValueId value) const;
  // The same as `node` reads it there: a half constant beside a float32 tensor counts as the
  // float32 numbers that PyTorch computes with.
  ValueNumbers AsRead(const ir::Node& node, Edge edge, ir::ValueId value) const;
  // Everything of `node` but its tensor operands: target and attributes; of a convolution its typed
  // attributes, so that a bias that is there or not, and a default that is spelt out, change
  // nothing.
  static std::string Attributes(const ir::Node& node);
  // Equal for two arguments or outputs only where they are the same: numbers and words bit for bit,
  // values by their numbers.
  std::string KeyOf(const ir::ArgumentValue& argument) const;
  ValueNumber LayoutOf(ir::ValueId value) const { return numbers_[value.index].layout; }
  // What makes a conv a site: target, attributes, input and weight, but not its bias.
  std::string SiteKey(const ir::Node& node, const ConvSide& side);

 private:
  enum class Reads { kValues, kLayouts };  // kLayouts: and values

  void WriteKey(const ir::Node& node, Reads reads, KeyWriter& out) const;
  bool NumberConstant(ir::ValueId value);
  ValueNumber StateNumber(const std::string& name);
  ValueNumber LayoutAsStored(ir::ValueId value, const ir::Constant& stored);
  ValueNumber LayoutWritten(const ir::Node& node, ir::ValueId like) const;
  ValueNumber LayoutBehind(const ir::Node& node, ir::ValueId made);

  const FunctionalView* view_;
  const ConstantValues* constants_;
  NumberTable* table_;
  std::vector<MemoryOrder> memory_orders_;  // by value
  std::vector<ValueNumbers> numbers_;
  std::map<Edge, ValueNumbers> overrides_;
};

}  // namespace foldproof::prove
