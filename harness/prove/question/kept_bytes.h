// SPDX-License-Identifier: BSD-3-Clause
//
// Values as bytes and back, by the lists of their fields (fields.h). Whoever reads them has them
// from a file that anybody may have written.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/prove/question/fields.h"
#include "src/base/error.h"

namespace foldproof::prove {

template <typename T>
concept KeptNumber = std::same_as<T, std::int64_t> || std::same_as<T, std::size_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, double>;

// How many values an enum has that is kept: 0 to this, without it.
template <typename T>
inline constexpr int kKeptValues = 0;
template <typename T>
concept KeptMaybe = requires(T maybe) {
  maybe.has_value();
  maybe.emplace();
};
template <typename T>
concept KeptEnum = std::is_enum_v<T> &&(kKeptValues<T> != 0);

class KeptWriter {
 public:
  std::string Take() { return std::move(bytes_); }

  template <KeptNumber T>
  void Put(T x) {
    bytes_.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  template <std::same_as<bool> T>  // and nothing that would become one
  void Put(T x) {
    bytes_ += x ? '\1' : '\0';
  }
  template <KeptEnum T>
  void Put(T x) {
    bytes_ += static_cast<char>(x);
  }
  void Put(const std::string& text) {
    Put(text.size());
    bytes_ += text;
  }
  template <typename T>
  void Put(const std::vector<T>& list) {
    Put(list.size());
    for (const T& each : list) Put(each);
  }
  template <typename K, typename T>
  void Put(const std::map<K, T>& map) {
    Put(map.size());
    for (const auto& [key, value] : map) {
      Put(key);
      Put(value);
    }
  }
  template <typename A, typename B>
  void Put(const std::pair<A, B>& both) {
    Put(both.first);
    Put(both.second);
  }
  template <KeptMaybe T>
  void Put(const T& maybe) {
    Put(maybe.has_value());
    if (maybe) Put(*maybe);
  }
  // What points elsewhere is not kept, and must not be there.
  template <typename T>
  void Put(const T* none) {
    FP_CHECK(none == nullptr);
  }
  template <HasFields T>
  void Put(const T& fields) {
    FieldsOf<T>::ForEach(fields, [&](const auto& each) { Put(each); });
  }

 private:
  std::string bytes_;
};

// Reads what KeptWriter writes. After the first fault nothing more is read.
class KeptReader {
 public:
  explicit KeptReader(std::string_view bytes) : left_(bytes) {}

  // Nothing was wrong, and nothing is left.
  bool is_whole() const { return good_ && left_.empty(); }

  template <KeptNumber T>
  void Get(T& x) {
    if (!Need(sizeof x)) return;
    std::memcpy(&x, left_.data(), sizeof x);
    left_.remove_prefix(sizeof x);
  }
  void Get(bool& x) {
    if (!Need(1)) return;
    good_ = left_[0] == '\0' || left_[0] == '\1';
    x = left_[0] == '\1';
    left_.remove_prefix(1);
  }
  template <KeptEnum T>
  void Get(T& x) {
    if (!Need(1)) return;
    const int value = static_cast<unsigned char>(left_[0]);
    good_ = value < kKeptValues<T>;
    if (good_) x = static_cast<T>(value);
    left_.remove_prefix(1);
  }
  void Get(std::string& text) {
    std::size_t size = 0;
    Get(size);
    if (!Need(size)) return;
    text = left_.substr(0, size);
    left_.remove_prefix(size);
  }
  // A claimed length costs nothing: an element is made only where bytes are left for it.
  template <typename T>
  void Get(std::vector<T>& list) {
    std::size_t size = 0;
    Get(size);
    for (; size > 0 && Need(1); --size) Get(list.emplace_back());
  }
  template <typename K, typename T>
  void Get(std::map<K, T>& map) {
    std::size_t size = 0;
    Get(size);
    for (; size > 0 && Need(1); --size) {
      K key{};
      Get(key);
      if (good_) Get(map[std::move(key)]);
    }
  }
  template <typename A, typename B>
  void Get(std::pair<A, B>& both) {
    Get(both.first);
    if (good_) Get(both.second);
  }
  template <KeptMaybe T>
  void Get(T& maybe) {
    bool is_there = false;
    Get(is_there);
    if (good_ && is_there) Get(maybe.emplace());
  }
  template <typename T>
  void Get(const T*& none) {
    none = nullptr;
  }
  template <HasFields T>
  void Get(T& fields) {
    FieldsOf<T>::ForEach(fields, [&](auto& each) {
      if (good_) Get(each);
    });
  }

 private:
  bool Need(std::size_t size) {
    good_ = good_ && size <= left_.size();
    return good_;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace foldproof::prove
