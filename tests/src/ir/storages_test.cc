// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/storages.h"

#include <gtest/gtest.h>

namespace foldproof::ir {
namespace {

TEST(Storages, CopiesShareBytesUntilOneIsChanged) {
  Storages one;
  EXPECT_EQ(one.Add(Storage(8, std::byte{1})), 0u);
  EXPECT_EQ(one.Add({std::byte{2}}), 1u);
  Storages other = one;
  EXPECT_EQ(&other[0], &one[0]);
  const Storage& seen = one[0];
  other.Change(0)[3] = std::byte{9};
  EXPECT_EQ(seen, Storage(8, std::byte{1}));
  EXPECT_EQ(one[0], Storage(8, std::byte{1}));
  EXPECT_EQ(other[0][3], std::byte{9});
  EXPECT_EQ(&other[1], &one[1]);
  one.Change(1).clear();
  EXPECT_EQ(other[1].size(), 1u);
}

TEST(Storages, EqualOnesOfTwoProgramsAreShared) {
  const auto bytes = [](std::size_t size, int last) {
    Storage out(size, std::byte{1});
    out.back() = static_cast<std::byte>(last);
    return out;
  };
  Storages one, other;
  for (const int last : {1, 2}) one.Add(bytes(5000, last));
  one.Add(bytes(6000, 2));
  for (const int last : {3, 2}) other.Add(bytes(5000, last));
  other.Add(bytes(6000, 2));
  other.Add(bytes(5000, 2));
  other.Share(one);
  EXPECT_EQ(other[0], bytes(5000, 3));
  EXPECT_EQ(&other[1], &one[1]);
  EXPECT_EQ(&other[2], &one[2]);
  EXPECT_EQ(&other[3], &one[1]);
  other.Change(1).clear();
  EXPECT_EQ(one[1], bytes(5000, 2));
  EXPECT_EQ(&other[3], &one[1]);
}

}  // namespace
}  // namespace foldproof::ir
