// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/layout.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "harness/exec/integer/numbers.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using Sizes = std::vector<std::int64_t>;

template <typename Work>
void WithWidth(std::size_t width, Work&& work) {
  switch (width) {
    case 1: return work(std::uint8_t{});
    case 2: return work(std::uint16_t{});
    case 4: return work(std::uint32_t{});
    case 8: return work(std::uint64_t{});
    default: Refuse("elements of " + std::to_string(width) + " bytes are not moved here");
  }
}

// Calls visit(output index, multi-index) over a row-major shape, in order.
template <typename Visit>
void ForEachIndex(const Sizes& sizes, Visit&& visit) {
  const std::size_t count = CountOf(sizes);
  Sizes at(sizes.size(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    visit(i, at);
    for (std::size_t d = sizes.size(); d-- > 0;) {
      if (++at[d] < sizes[d]) break;
      at[d] = 0;
    }
  }
}

// Element i of the result is element source(i, its multi-index) of `input`, or `filling` where that
// is negative.
template <typename Source>
CodedTensor Gather(const CodedTensor& input, const Sizes& sizes, std::uint64_t filling,
                   Source&& source) {
  const std::size_t width = ir::ElementSize(input.dtype());
  std::shared_ptr<std::byte[]> out = NewElements(CountOf(sizes) * width);
  WithWidth(width, [&](auto zero) {
    using E = decltype(zero);
    const auto* from = reinterpret_cast<const E*>(input.elements().get());
    auto* to = reinterpret_cast<E*>(out.get());
    ForEachIndex(sizes, [&](std::size_t i, const Sizes& at) {
      const std::int64_t index = source(at);
      to[i] = index < 0 ? static_cast<E>(filling) : from[index];
    });
  });
  return {input.dtype(), sizes, std::move(out)};
}

// The same, of the codes where the tensor is still codes of one meaning. Only for moves that fill
// nothing.
template <typename Source>
CodedTensor Move(const CodedTensor& input, const Sizes& sizes, Source&& source) {
  const CodeMeaning* meaning = input.meaning();
  if (meaning == nullptr || meaning->per_channel()) return Gather(input, sizes, 0, source);
  return input.WithCodes(Gather(input.Codes(), sizes, 0, source));
}

Sizes StridesOf(const Sizes& sizes) {
  Sizes strides(sizes.size(), 1);
  for (std::size_t d = sizes.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  return strides;
}

std::int64_t Offset(const Sizes& a, const Sizes& b) {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

}  // namespace

std::size_t DimensionOf(std::int64_t dim, std::size_t rank) {
  const auto dims = static_cast<std::int64_t>(rank);
  const std::int64_t at = dim < 0 ? dim + dims : dim;
  if (at < 0 || at >= dims) Refuse("dimension " + std::to_string(dim) + " does not exist");
  return static_cast<std::size_t>(at);
}

CodedTensor ComputeReshape(const CodedTensor& input, const ir::TensorType& type) {
  Sizes sizes;
  std::size_t symbolic = type.dims.size(), known = 1;
  for (const ir::Dim& dim : type.dims) {
    if (!dim.is_static()) {
      if (symbolic != type.dims.size()) Refuse("a shape of two unknown sizes is not run here");
      symbolic = sizes.size();
    } else {
      known *= static_cast<std::size_t>(dim.size);
    }
    sizes.push_back(dim.is_static() ? dim.size : 1);
  }
  if (symbolic != type.dims.size() && known > 0) {
    sizes[symbolic] = static_cast<std::int64_t>(input.count() / known);
  }
  if (CountOf(sizes) != input.count()) {
    Refuse("its operand has not as many elements as " + type.ToString());
  }
  return input.Reshaped(std::move(sizes));
}

CodedTensor ComputePick(const CodedTensor& input, const PickedElements& picked) {
  std::size_t i = 0;
  return Move(input, picked.sizes, [&](const Sizes&) { return picked.from[i++]; });
}

CodedTensor ComputePermute(const CodedTensor& input, const Sizes& dims) {
  const Sizes strides = StridesOf(input.sizes());
  Sizes sizes, steps;
  for (const std::int64_t dim : dims) {
    const std::size_t from = DimensionOf(dim, input.rank());
    sizes.push_back(input.sizes()[from]);
    steps.push_back(strides[from]);
  }
  if (sizes.size() != input.rank()) Refuse("its dimensions are not those of its operand");
  return Move(input, sizes, [&](const Sizes& at) { return Offset(at, steps); });
}

CodedTensor ComputeExpand(const CodedTensor& input, const Sizes& wanted) {
  Sizes sizes = wanted;
  const std::size_t added = sizes.size() - std::min(sizes.size(), input.rank());
  if (added + input.rank() != sizes.size()) Refuse("has more dimensions than it is expanded to");
  const Sizes strides = StridesOf(input.sizes());
  Sizes steps(sizes.size(), 0);
  for (std::size_t d = 0; d < input.rank(); ++d) {
    const std::int64_t size = input.sizes()[d];
    if (sizes[added + d] == -1) sizes[added + d] = size;
    if (size != 1 && size != sizes[added + d]) Refuse("a dimension other than 1 is not repeated");
    if (size != 1) steps[added + d] = strides[d];
  }
  return Move(input, sizes, [&](const Sizes& at) { return Offset(at, steps); });
}

namespace {

// Where a padded position lies in the operand; nothing: outside.
std::optional<std::int64_t> Unpadded(std::int64_t at, std::int64_t size, ir::Pad::Mode mode) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case ir::Pad::Mode::kConstant: return std::nullopt;
    case ir::Pad::Mode::kReplicate: return std::clamp<std::int64_t>(at, 0, size - 1);
    case ir::Pad::Mode::kCircular: return (at % size + size) % size;
    case ir::Pad::Mode::kReflect: break;
  }
  return at < 0 ? -at : 2 * (size - 1) - at;
}

}  // namespace

CodedTensor ComputePad(const ir::Pad& op, const CodedTensor& input) {
  Sizes sizes = input.sizes();
  const std::size_t padded = op.amounts.size() / 2;
  if (padded > sizes.size()) Refuse("pads more dimensions than its operand has");
  Sizes before(sizes.size(), 0);
  for (std::size_t i = 0; i < padded; ++i) {
    const std::size_t d = sizes.size() - 1 - i;
    const std::int64_t low = op.amounts[2 * i], high = op.amounts[2 * i + 1];
    const std::int64_t most = op.mode == ir::Pad::Mode::kReflect ? sizes[d] - 1 : sizes[d];
    const bool fits = op.mode == ir::Pad::Mode::kConstant || (low <= most && high <= most);
    if (!fits || sizes[d] + low + high < 0) Refuse("a padding does not fit its operand");
    before[d] = low;
    sizes[d] += low + high;
  }
  const Sizes strides = StridesOf(input.sizes());
  const auto source = [&](const Sizes& at) {
    std::int64_t index = 0;
    for (std::size_t d = 0; d < at.size(); ++d) {
      const auto from = Unpadded(at[d] - before[d], input.sizes()[d], op.mode);
      if (!from) return std::int64_t{-1};
      index += *from * strides[d];
    }
    return index;
  };
  const CodeMeaning* meaning = input.meaning();
  if (meaning != nullptr && !meaning->per_channel() &&
      (op.mode != ir::Pad::Mode::kConstant || op.value == 0)) {
    // (z - z) * s = 0: the zero point is the code of the padding's zeros.
    const auto zero = static_cast<std::uint64_t>(meaning->zero_points.front());
    return input.WithCodes(Gather(input.Codes(), sizes, zero, source));
  }
  const double value = op.value;
  const CodedTensor one = StoreNumbers<double>(std::span(&value, 1), input.dtype(), {});
  std::uint64_t filling = 0;
  std::memcpy(&filling, one.elements().get(), ir::ElementSize(input.dtype()));
  return Gather(input, sizes, filling, source);
}

CodedTensor ComputeConcatenation(std::span<const CodedTensor* const> inputs, std::int64_t dim) {
  if (inputs.empty()) Refuse("has no operand");
  const std::size_t at = DimensionOf(dim, inputs.front()->rank());
  Sizes sizes = inputs.front()->sizes();
  sizes[at] = 0;
  std::size_t outer = 1;
  for (std::size_t d = 0; d < at; ++d) outer *= static_cast<std::size_t>(sizes[d]);
  for (const CodedTensor* input : inputs) {
    if (input->rank() != sizes.size() || input->dtype() != inputs.front()->dtype()) {
      Refuse("its operands have not the same type and dimensions");
    }
    sizes[at] += input->sizes()[at];
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (d != at && input->sizes()[d] != sizes[d]) Refuse("its operands do not fit together");
    }
  }
  const std::size_t width = ir::ElementSize(inputs.front()->dtype());
  std::shared_ptr<std::byte[]> out = NewElements(CountOf(sizes) * width);
  std::byte* to = out.get();
  for (std::size_t o = 0; o < outer; ++o) {
    for (const CodedTensor* input : inputs) {
      const std::size_t bytes = input->count() / outer * width;
      if (bytes > 0) std::memcpy(to, input->elements().get() + o * bytes, bytes);
      to += bytes;
    }
  }
  return {inputs.front()->dtype(), std::move(sizes), std::move(out)};
}

CodedTensor ComputeSlice(const CodedTensor& input, std::int64_t dim, std::int64_t start,
                         std::int64_t end, std::int64_t step) {
  const std::size_t at = DimensionOf(dim, input.rank());
  if (step < 1) Refuse("a step below 1 is not run");
  const std::int64_t size = input.sizes()[at];
  const auto bound = [size](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size);
  };
  const std::int64_t from = bound(start), to = std::max(from, bound(end));
  Sizes sizes = input.sizes(), steps = StridesOf(input.sizes());
  sizes[at] = (to - from + step - 1) / step;
  const std::int64_t first = from * steps[at];
  steps[at] *= step;
  return Move(input, sizes, [&](const Sizes& index) { return first + Offset(index, steps); });
}

}  // namespace foldproof::exec
