// SPDX-License-Identifier: BSD-3-Clause
//
// What every target of libFuzzer asks of a reader: any bytes are read, or refused by Error(kInput).
// Anything else ends the program: another exception, a failed check, a sanitizer's fault, a hang.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "src/base/error.h"

namespace foldproof::fuzz {

inline std::string_view TextOf(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// Whether `body()` read what it was given.
template <typename Body>
bool ReadsOrRefuses(Body&& body) {
  try {
    body();
    return true;
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) std::abort();
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
    return false;
  }
}

}  // namespace foldproof::fuzz
