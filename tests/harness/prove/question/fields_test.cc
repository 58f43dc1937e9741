// SPDX-License-Identifier: BSD-3-Clause
//
// A list of fields compiles where it has every field, and nowhere else.
#include "harness/prove/question/fields.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace foldproof::prove::fields_test {
namespace {

struct Base {
  int base = 0;
};
struct Plain {
  int first = 0;
  double second = 0;
  bool third = false;  // where padding would hide it from sizeof
};
struct Derived : Base {
  std::vector<int> own;
};
struct Optional {
  std::optional<std::string> maybe;
};
struct Empty : Base {};

static_assert(ConsistsOf<Plain, int, double, bool>);
static_assert(!ConsistsOf<Plain, int, double>, "one is missing at the end");
static_assert(!ConsistsOf<Plain, int, double, bool, int>, "one is too many");
static_assert(!ConsistsOf<Plain, std::string, double, bool>, "one is another type");
static_assert(ConsistsOf<Derived, Base, std::vector<int>>);
static_assert(!ConsistsOf<Derived, Base>, "its own field is missing");
static_assert(ConsistsOf<Empty, Base>);
static_assert(ConsistsOf<Optional, std::optional<std::string>>);
static_assert(!ConsistsOf<Optional>, "its field is missing");

static_assert(Distinct<&Plain::first, &Plain::second, &Plain::third>::kValue);
static_assert(!Distinct<&Plain::first, &Plain::second, &Plain::first>::kValue);

TEST(Fields, AreVisitedInTheirOrderABaseFirst) {
  using PlainFields = AllFields<Plain, &Plain::first, &Plain::second, &Plain::third>;
  const Plain plain{3, 0.5, true};
  std::vector<double> seen;
  PlainFields::ForEach(plain, [&](const auto& field) { seen.push_back(field); });
  EXPECT_EQ(seen, (std::vector<double>{3, 0.5, 1}));

  using DerivedFields = AllFieldsBehind<Derived, Base, &Derived::own>;
  Derived derived{{7}, {1, 2}};
  std::string order;
  DerivedFields::ForEach(derived, [&](auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, Base>) {
      field.base = 8;
      order += "base ";
    } else {
      field.clear();
      order += "own ";
    }
  });
  EXPECT_EQ(order, "base own ");
  EXPECT_EQ(derived.base, 8);
  EXPECT_TRUE(derived.own.empty());
}

}  // namespace
}  // namespace foldproof::prove::fields_test
