// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <foldproof/program.h>
#include <exception>
#include <utility>

#include "src/base/error.h"

namespace foldproof::api {

inline Failure::Kind KindOf(Error::Code code) {
  switch (code) {
    case Error::Code::kInput: return Failure::Kind::kInput;
    case Error::Code::kUsage: return Failure::Kind::kUsage;
    case Error::Code::kOutput: return Failure::Kind::kOutput;
    case Error::Code::kInternal: return Failure::Kind::kInternal;
  }
  return Failure::Kind::kInternal;
}

// What `body()` returns; whatever it throws leaves as a Failure.
template <typename Body>
auto AsFailure(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw Failure(KindOf(error.code()), error.what());
  } catch (const std::exception& error) {
    throw Failure(Failure::Kind::kInternal, error.what());
  }
}

}  // namespace foldproof::api
