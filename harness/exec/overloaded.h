// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace foldproof::exec {

// One function object of several, for std::visit.
template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace foldproof::exec
