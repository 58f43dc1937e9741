// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/coded_tensor.h"

#include <cstddef>
#include <cstring>
#include <utility>

namespace foldproof::exec {

std::size_t CountOf(const std::vector<std::int64_t>& sizes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 32;
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || (size > 0 && count > kMost / size)) {
      throw Error(Error::Code::kInput, "", "its result would have more than 2^32 elements");
    }
    count *= size;
  }
  return static_cast<std::size_t>(count);
}

std::shared_ptr<std::byte[]> NewElements(std::size_t bytes) {
  using Unit = std::max_align_t;
  auto units = std::make_shared_for_overwrite<Unit[]>(bytes / sizeof(Unit) + 1);
  auto* start = reinterpret_cast<std::byte*>(units.get());
  return {std::move(units), start};
}

CodedTensor::CodedTensor(ir::ScalarType dtype, std::vector<std::int64_t> sizes, Elements elements)
    : dtype_(dtype),
      sizes_(std::move(sizes)),
      count_(CountOf(sizes_)),
      elements_(std::move(elements)) {}

CodedTensor::CodedTensor(const Tensor& tensor)
    : dtype_(tensor.dtype), sizes_(tensor.sizes), count_(CountOf(sizes_)) {
  auto bytes = NewElements(tensor.bytes.size());
  if (!tensor.bytes.empty()) std::memcpy(bytes.get(), tensor.bytes.data(), tensor.bytes.size());
  elements_ = std::move(bytes);
}

CodedTensor CodedTensor::Dequantized(const CodedTensor& codes,
                                     std::shared_ptr<const CodeMeaning> meaning,
                                     FloatsOf floats_of) {
  CodedTensor out;
  out.sizes_ = codes.sizes_;
  out.count_ = codes.count_;
  out.code_dtype_ = codes.dtype_;
  out.codes_ = codes.elements();
  out.meaning_ = std::move(meaning);
  out.floats_of_ = std::move(floats_of);
  return out;
}

const Elements& CodedTensor::elements() const {
  if (!elements_) elements_ = floats_of_(Codes());
  return elements_;
}

Tensor CodedTensor::ToTensor() const {
  Tensor out{dtype_, sizes_, std::vector<std::byte>(count_ * ir::ElementSize(dtype_))};
  if (!out.bytes.empty()) std::memcpy(out.bytes.data(), elements().get(), out.bytes.size());
  return out;
}

CodedTensor CodedTensor::Codes() const {
  FP_CHECK(meaning_ != nullptr);
  return {code_dtype_, sizes_, codes_};
}

CodedTensor CodedTensor::Reshaped(std::vector<std::int64_t> sizes) const {
  if (meaning_ && meaning_->per_channel()) return {dtype_, std::move(sizes), elements()};
  return WithSizes(std::move(sizes));
}

CodedTensor CodedTensor::WithSizes(std::vector<std::int64_t> sizes) const {
  CodedTensor out = *this;
  out.sizes_ = std::move(sizes);
  FP_CHECK(CountOf(out.sizes_) == count_);
  return out;
}

CodedTensor CodedTensor::WithCodes(const CodedTensor& codes) const {
  FP_CHECK(meaning_ != nullptr && !meaning_->per_channel());
  return Dequantized(codes, meaning_, floats_of_);
}

}  // namespace foldproof::exec
