// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "src/ir/argument.h"

namespace foldproof::prove {

// Appends fixed-width or length-prefixed pieces, so that no two different sequences give one key.
class KeyWriter {
 public:
  void Number(std::uint64_t x) { Append({reinterpret_cast<const char*>(&x), sizeof x}); }
  void Text(std::string_view text) {
    Number(text.size());
    Append(text);
  }
  void Real(double x) { Number(std::bit_cast<std::uint64_t>(x)); }
  // Valid until more is written, or this is gone.
  std::string_view Key() const {
    return long_.empty() ? std::string_view(short_.data(), size_) : std::string_view(long_);
  }
  std::string Take() const { return std::string(Key()); }

 private:
  void Append(std::string_view piece) {
    if (piece.empty()) return;
    if (long_.empty() && piece.size() <= short_.size() - size_) {
      std::memcpy(short_.data() + size_, piece.data(), piece.size());
      size_ += piece.size();
      return;
    }
    if (long_.empty()) long_.assign(short_.data(), size_);
    long_ += piece;
  }

  std::array<char, 512> short_;  // holds a usual node's
  std::size_t size_ = 0;         // of what is in it
  std::string long_;             // all of a longer one
};

// The attributes of an argument; `read` is called for each value that it reads, in order.
template <typename Read>
void WriteArgument(KeyWriter& out, const ir::ArgumentValue& value, Read&& read) {
  out.Number(value.index());
  std::visit(
      [&](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, ir::None>) {
        } else if constexpr (std::is_same_v<T, ir::ValueId>) {
          read(x);
        } else if constexpr (std::is_same_v<T, std::vector<ir::ValueId>>) {
          out.Number(x.size());
          for (const ir::ValueId id : x) read(id);
        } else if constexpr (std::is_same_v<T, std::vector<std::optional<ir::ValueId>>>) {
          out.Number(x.size());
          for (const auto& id : x) {
            out.Number(id.has_value());
            if (id) read(*id);
          }
        } else if constexpr (std::is_same_v<T, std::vector<ir::IntOrValue>>) {
          out.Number(x.size());
          for (const auto& item : x) {
            out.Number(item.index());
            if (const auto* id = std::get_if<ir::ValueId>(&item))
              read(*id);
            else
              out.Number(static_cast<std::uint64_t>(std::get<std::int64_t>(item)));
          }
        } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>) {
          out.Number(static_cast<std::uint64_t>(x));
        } else if constexpr (std::is_same_v<T, double>) {
          out.Real(x);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>> ||
                             std::is_same_v<T, std::vector<bool>>) {
          out.Number(x.size());
          for (const auto item : x) out.Number(static_cast<std::uint64_t>(item));
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          out.Number(x.size());
          for (const double item : x) out.Real(item);
        } else if constexpr (std::is_same_v<T, std::string>) {
          out.Text(x);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          out.Number(x.size());
          for (const std::string& item : x) out.Text(item);
        } else if constexpr (std::is_same_v<T, ir::ScalarType>) {
          out.Number(static_cast<std::uint64_t>(x));
        } else if constexpr (std::is_same_v<T, ir::Layout> || std::is_same_v<T, ir::MemoryFormat>) {
          out.Number(static_cast<std::uint64_t>(x.code));
        } else if constexpr (std::is_same_v<T, ir::Device>) {
          out.Text(x.type);
          out.Number(static_cast<std::uint64_t>(x.index.value_or(-1)));
        } else if constexpr (std::is_same_v<T, ir::Complex>) {
          out.Real(x.real);
          out.Real(x.imag);
        } else {
          static_assert(std::is_same_v<T, ir::Unsupported>);
          out.Text(x.kind);
          out.Text(x.json);
        }
      },
      value);
}

}  // namespace foldproof::prove
