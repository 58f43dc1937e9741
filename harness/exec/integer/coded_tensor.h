// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec {

// Elements that several tensors may share; never changed once they are filled.
using Elements = std::shared_ptr<const std::byte[]>;

// What integer codes stand for: real = (code - zero_point) * scale.
struct CodeMeaning {
  std::vector<float> scales;              // f32(s): one, or one an index of dimension `axis`
  std::vector<std::int64_t> zero_points;  // as many
  std::size_t axis = 0;
  bool wraps = false;  // code - zero_point is taken in the codes' own type (numerics.md, eq. 4)

  bool per_channel() const { return scales.size() != 1; }
};

// A tensor of the integer executor: row-major, without gaps. One that was just dequantized is kept
// as its codes; its float32 elements are computed when first asked for.
class CodedTensor {
 public:
  CodedTensor(ir::ScalarType dtype, std::vector<std::int64_t> sizes, Elements elements);
  explicit CodedTensor(const Tensor& tensor);

  // A float32 tensor that stands for `codes` (int8 to int32). `floats_of` computes its elements.
  using FloatsOf = std::function<Elements(const CodedTensor& codes)>;
  static CodedTensor Dequantized(const CodedTensor& codes,
                                 std::shared_ptr<const CodeMeaning> meaning, FloatsOf floats_of);

  ir::ScalarType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& sizes() const { return sizes_; }
  std::size_t count() const { return count_; }
  std::size_t rank() const { return sizes_.size(); }

  template <typename T>
  std::span<const T> As() const {
    FP_CHECK(sizeof(T) == ir::ElementSize(dtype_));
    return {reinterpret_cast<const T*>(elements().get()), count_};
  }
  const Elements& elements() const;
  Tensor ToTensor() const;

  // What the codes mean where the tensor was dequantized and only moved since, else nullptr; and
  // those codes, in the same sizes.
  const CodeMeaning* meaning() const { return meaning_.get(); }
  CodedTensor Codes() const;

  // The same elements under another shape of as many; a meaning by channel is lost.
  CodedTensor Reshaped(std::vector<std::int64_t> sizes) const;
  // The same with more dimensions of 1 behind the last one; keeps every meaning.
  CodedTensor WithSizes(std::vector<std::int64_t> sizes) const;
  // The tensor of `codes`, which were moved as this one's elements were. It keeps the meaning,
  // which has to be per tensor.
  CodedTensor WithCodes(const CodedTensor& codes) const;

 private:
  CodedTensor() = default;

  ir::ScalarType dtype_ = ir::ScalarType::kFloat32;
  std::vector<std::int64_t> sizes_;
  std::size_t count_ = 0;
  mutable Elements elements_;  // nullptr: not computed yet
  ir::ScalarType code_dtype_ = ir::ScalarType::kInt8;
  Elements codes_;
  std::shared_ptr<const CodeMeaning> meaning_;
  FloatsOf floats_of_;
};

// Uninitialized, aligned for every element type.
std::shared_ptr<std::byte[]> NewElements(std::size_t bytes);

// Elements to be filled, of `count` T.
template <typename T>
class Filling {
 public:
  explicit Filling(std::size_t count) : bytes_(NewElements(count * sizeof(T))), count_(count) {}

  std::span<T> span() { return {reinterpret_cast<T*>(bytes_.get()), count_}; }
  CodedTensor Finish(ir::ScalarType dtype, std::vector<std::int64_t> sizes) && {
    FP_CHECK(sizeof(T) == ir::ElementSize(dtype));
    return {dtype, std::move(sizes), std::move(bytes_)};
  }
  Elements Finish() && { return std::move(bytes_); }

 private:
  std::shared_ptr<std::byte[]> bytes_;
  std::size_t count_;
};

// Product of sizes. Throws Error(kInput) with an empty place where it is above 2^32, more than a
// program of this executor may hold at once.
std::size_t CountOf(const std::vector<std::int64_t>& sizes);

}  // namespace foldproof::exec
