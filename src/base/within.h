// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <utility>

#include "src/base/error.h"

namespace foldproof {

// What `body()` returns; an Error that leaves it gets `place` put in front of its own.
template <typename Body>
decltype(auto) Within(std::string_view place, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw error.Within(place);
  }
}

}  // namespace foldproof
