// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include "src/base/error.h"

namespace foldproof {

// An input that cannot be used, to be thrown.
inline Error Unusable(std::string place, std::string why) {
  return Error(Error::Code::kInput, std::move(place), std::move(why));
}

[[noreturn]] inline void Refuse(std::string place, std::string why) {
  throw Unusable(std::move(place), std::move(why));
}

// Refuses an input whose place the caller knows (src/base/within.h).
[[noreturn]] inline void Refuse(std::string why) { Refuse("", std::move(why)); }

}  // namespace foldproof
