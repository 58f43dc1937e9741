// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include "src/base/error.h"

namespace foldproof {

// Refuses an input whose place the caller knows (src/base/within.h).
[[noreturn]] inline void Refuse(std::string why) {
  throw Error(Error::Code::kInput, "", std::move(why));
}

}  // namespace foldproof
