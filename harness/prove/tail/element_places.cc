// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/element_places.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

std::int64_t Product(const std::vector<std::int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

ElementPlaces::ElementPlaces(const ir::TensorType& type)
    : axes_(type.dims), first_(type.rank(), 0) {
  for (std::uint32_t axis = 0; axis < type.rank(); ++axis) {
    dims_.push_back(Joined({{axis, 1, type.dims[axis]}}));
  }
}

// Without digits of size 1, and with those joined that walk on where the one behind them ends.
ElementPlaces::Digits ElementPlaces::Joined(const Digits& digits) {
  Digits out;
  for (const Digit& digit : digits) {
    if (digit.size.is_static() && digit.size.size == 1) continue;
    const bool joins = !out.empty() && out.back().axis == digit.axis &&
                       out.back().size.is_static() && digit.size.is_static() &&
                       out.back().step == digit.step * digit.size.size;
    if (joins)
      out.back() = {digit.axis, digit.step, ir::Dim{out.back().size.size * digit.size.size, {}}};
    else
      out.push_back(digit);
  }
  return out;
}

// Takes the outermost digits off `from` that make up a dimension of size `dim`, splitting the last.
std::optional<ElementPlaces::Digits> ElementPlaces::Take(const ir::Dim& dim, Digits& from) {
  Digits out;
  if (!dim.is_static()) {
    if (from.empty() || from.front().size != dim) return std::nullopt;
    out.push_back(from.front());
    from.erase(from.begin());
    return out;
  }
  std::int64_t rest = dim.size;
  while (rest > 1) {
    if (from.empty() || !from.front().size.is_static()) return std::nullopt;
    Digit& digit = from.front();
    const std::int64_t size = digit.size.size;
    const std::int64_t part = std::min(size, rest);
    if (size < 1 || size % part != 0 || rest % part != 0) return std::nullopt;
    out.push_back({digit.axis, digit.step * (size / part), ir::Dim{part, {}}});
    rest /= part;
    if (part == size)
      from.erase(from.begin());
    else
      digit.size.size = size / part;
  }
  return out;
}

std::optional<ElementPlaces> ElementPlaces::Reshaped(const ir::TensorType& to) const {
  if (table_ != nullptr) return Tabulated(to);
  Digits digits;
  for (const Digits& dim : dims_) digits.insert(digits.end(), dim.begin(), dim.end());
  ElementPlaces out = *this;
  out.dims_.clear();
  for (const ir::Dim& dim : to.dims) {
    auto taken = Take(dim, digits);
    if (!taken) return Tabulated(to);
    out.dims_.push_back(Joined(*taken));
  }
  if (!digits.empty()) return Tabulated(to);
  return out;
}

std::optional<ElementPlaces> ElementPlaces::Tabulated(const ir::TensorType& shape) const {
  auto table = Table(kMostInTable);
  const auto count = shape.element_count();
  if (!table || !count || *count != static_cast<std::int64_t>(table->size())) return std::nullopt;
  ElementPlaces out = *this;
  out.dims_.clear();
  out.table_sizes_ = shape.sizes();
  out.table_ = std::make_shared<const std::vector<std::int64_t>>(*std::move(table));
  return out;
}

std::optional<ElementPlaces> ElementPlaces::Gathered(const std::vector<std::int64_t>& from,
                                                     const ir::TensorType& to) const {
  const auto count = to.element_count();
  if (!is_static() || !count || *count != static_cast<std::int64_t>(from.size()) ||
      *count > kMostInTable) {
    return std::nullopt;
  }
  std::vector<std::int64_t> table(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) table[i] = At(from[i]);
  ElementPlaces out = *this;
  out.dims_.clear();
  out.table_sizes_ = to.sizes();
  out.table_ = std::make_shared<const std::vector<std::int64_t>>(std::move(table));
  return out;
}

ElementPlaces ElementPlaces::Permuted(const std::vector<std::int64_t>& dims) const {
  ElementPlaces out = *this;
  if (table_ == nullptr) {
    FP_CHECK(dims.size() == dims_.size());
    for (std::size_t i = 0; i < dims.size(); ++i)
      out.dims_[i] = dims_[static_cast<std::size_t>(dims[i])];
    return out;
  }
  FP_CHECK(dims.size() == table_sizes_.size());
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t d = dims.size(); d-- > 1;) strides[d - 1] = strides[d] * table_sizes_[d];
  for (std::size_t i = 0; i < dims.size(); ++i)
    out.table_sizes_[i] = table_sizes_[static_cast<std::size_t>(dims[i])];
  std::vector<std::int64_t> table(table_->size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (std::size_t d = dims.size(); d-- > 0;) {
      from += rest % out.table_sizes_[d] * strides[static_cast<std::size_t>(dims[d])];
      rest /= out.table_sizes_[d];
    }
    table[i] = (*table_)[static_cast<std::size_t>(from)];
  }
  out.table_ = std::make_shared<const std::vector<std::int64_t>>(std::move(table));
  return out;
}

std::optional<ElementPlaces> ElementPlaces::Flipped(const std::vector<std::int64_t>& dims) const {
  if (!is_static()) return std::nullopt;
  ElementPlaces out = *this;
  if (table_ == nullptr) {
    for (const std::int64_t d : dims) {
      for (Digit& digit : out.dims_[static_cast<std::size_t>(d)]) {
        out.first_[digit.axis] += digit.step * (digit.size.size - 1);
        digit.step = -digit.step;
      }
    }
    return out;
  }
  std::vector<std::int64_t> table(table_->size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    std::int64_t stride = 1;
    for (std::size_t d = table_sizes_.size(); d-- > 0;) {
      const std::int64_t at = rest % table_sizes_[d];
      const bool back = std::ranges::find(dims, static_cast<std::int64_t>(d)) != dims.end();
      from += (back ? table_sizes_[d] - 1 - at : at) * stride;
      stride *= table_sizes_[d];
      rest /= table_sizes_[d];
    }
    table[i] = (*table_)[static_cast<std::size_t>(from)];
  }
  out.table_ = std::make_shared<const std::vector<std::int64_t>>(std::move(table));
  return out;
}

bool ElementPlaces::is_static() const {
  if (!std::ranges::all_of(axes_, [](const ir::Dim& dim) { return dim.is_static(); })) return false;
  return std::ranges::all_of(dims_, [](const Digits& digits) {
    return std::ranges::all_of(digits, [](const Digit& d) { return d.size.is_static(); });
  });
}

std::vector<std::int64_t> ElementPlaces::Sizes() const {
  if (table_ != nullptr) return table_sizes_;
  std::vector<std::int64_t> out;
  for (const Digits& digits : dims_) {
    out.push_back(1);
    for (const Digit& digit : digits) out.back() *= digit.size.size;
  }
  return out;
}

std::int64_t ElementPlaces::count() const { return Product(Sizes()); }

std::int64_t ElementPlaces::At(std::int64_t index) const {
  if (table_ != nullptr) return table_->at(static_cast<std::size_t>(index));
  std::vector<std::int64_t> at = first_;
  for (std::size_t d = dims_.size(); d-- > 0;) {
    for (std::size_t i = dims_[d].size(); i-- > 0;) {
      const Digit& digit = dims_[d][i];
      at[digit.axis] += index % digit.size.size * digit.step;
      index /= digit.size.size;
    }
  }
  std::int64_t linear = 0;
  for (std::size_t a = 0; a < at.size(); ++a) linear = linear * axes_[a].size + at[a];
  return linear;
}

std::optional<std::vector<std::int64_t>> ElementPlaces::Table(std::int64_t most) const {
  if (table_ != nullptr) return *table_;
  if (!is_static() || count() > most) return std::nullopt;
  std::vector<std::int64_t> out(static_cast<std::size_t>(count()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = At(static_cast<std::int64_t>(i));
  return out;
}

std::optional<std::int64_t> ElementPlaces::Find(std::int64_t source) const {
  if (!is_static()) return std::nullopt;
  if (table_ != nullptr) {
    const auto found = std::ranges::find(*table_, source);
    return found == table_->end() ? std::nullopt : std::optional(found - table_->begin());
  }
  // Along its axis a digit's step divides the steps of the digits outside of it, so what it counts
  // can be read off by itself; one that runs backwards counts from the other end.
  std::vector<std::int64_t> at(axes_.size());
  for (std::size_t a = axes_.size(), rest = static_cast<std::size_t>(source); a-- > 0;) {
    at[a] = static_cast<std::int64_t>(rest) % axes_[a].size - first_[a];
    rest /= static_cast<std::size_t>(axes_[a].size);
  }
  const auto for_each = [&](auto visit) {
    for (const Digits& digits : dims_) std::ranges::for_each(digits, visit);
  };
  for_each([&](const Digit& digit) {
    if (digit.step < 0) at[digit.axis] -= digit.step * (digit.size.size - 1);
  });
  std::int64_t index = 0;
  for_each([&](const Digit& digit) {
    const std::int64_t counted = at[digit.axis] / std::abs(digit.step) % digit.size.size;
    index = index * digit.size.size + (digit.step < 0 ? digit.size.size - 1 - counted : counted);
  });
  return index >= 0 && index < count() && At(index) == source ? std::optional(index) : std::nullopt;
}

bool operator==(const ElementPlaces& a, const ElementPlaces& b) {
  if (a.table_ == nullptr && b.table_ == nullptr) return a.first_ == b.first_ && a.dims_ == b.dims_;
  if (!a.is_static() || !b.is_static() || a.Sizes() != b.Sizes()) return false;
  return ElementPlaces::HaveSameOrder(a, b).value_or(false);
}

std::optional<bool> ElementPlaces::HaveSameOrder(const ElementPlaces& a, const ElementPlaces& b) {
  const auto flat = [](const ElementPlaces& places) {
    Digits out;
    for (const Digits& dim : places.dims_) out.insert(out.end(), dim.begin(), dim.end());
    return Joined(out);
  };
  if (a.table_ == nullptr && b.table_ == nullptr) {
    if (a.first_ == b.first_ && flat(a) == flat(b)) return true;
    if (a.is_static() && b.is_static()) return false;
    return std::nullopt;
  }
  const auto left = a.Table(kMostInTable);
  const auto right = b.Table(kMostInTable);
  if (!left || !right) return std::nullopt;
  return *left == *right;
}

}  // namespace foldproof::prove
