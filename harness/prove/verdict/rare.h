// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>

namespace foldproof::prove {

// A std::optional of what few have: where it is not there, it takes a pointer.
template <typename T>
class Rare {
 public:
  Rare() = default;
  Rare(const Rare& other) : there_(other ? std::make_unique<T>(*other) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(Rare other) noexcept {
    there_ = std::move(other.there_);
    return *this;
  }

  bool has_value() const { return there_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *there_; }
  const T& operator*() const { return *there_; }
  T* operator->() { return there_.get(); }
  const T* operator->() const { return there_.get(); }
  T& emplace() { return *(there_ = std::make_unique<T>()); }

 private:
  std::unique_ptr<T> there_;
};

}  // namespace foldproof::prove
