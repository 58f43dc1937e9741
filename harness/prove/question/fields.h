// SPDX-License-Identifier: BSD-3-Clause
//
// The fields of a struct, all of them: whoever adds a field to a struct that has its list here has
// to name it in the list before anything compiles again.
#pragma once

#include <type_traits>
#include <utility>

namespace foldproof::prove {

// T consists of exactly these, a base first: it can be made of them, and of no more.
template <typename T, typename... Parts>
concept ConsistsOf = std::is_aggregate_v<T> && requires {
  T{std::declval<Parts>()...};
} && !requires {
  T{std::declval<Parts>()..., {}};
};

template <typename Member>
struct MemberType;
template <typename T, typename Owner>
struct MemberType<T Owner::*> {
  using Type = T;
};

template <auto kFirst, auto kSecond>
consteval bool AreOneField() {
  if constexpr (std::is_same_v<decltype(kFirst), decltype(kSecond)>)
    return kFirst == kSecond;
  else
    return false;
}

template <auto... kMembers>
struct Distinct {
  static constexpr bool kValue = true;
};
template <auto kFirst, auto... kRest>
struct Distinct<kFirst, kRest...> {
  static constexpr bool kValue =
      (!AreOneField<kFirst, kRest>() && ...) && Distinct<kRest...>::kValue;
};

// `kMembers` are the fields of T in their order. Of a T with a base, AllFieldsBehind.
template <typename T, auto... kMembers>
struct AllFields {
  static_assert(ConsistsOf<T, typename MemberType<decltype(kMembers)>::Type...>,
                "the list has not every field of the struct");
  static_assert(Distinct<kMembers...>::kValue, "the list has a field twice");

  template <typename Object, typename Visit>
  static void ForEach(Object& object, Visit&& visit) {
    (visit(object.*kMembers), ...);
  }
};

template <typename T, typename Base, auto... kMembers>
struct AllFieldsBehind {
  static_assert(ConsistsOf<T, Base, typename MemberType<decltype(kMembers)>::Type...>,
                "the list has not every field of the struct");
  static_assert(Distinct<kMembers...>::kValue, "the list has a field twice");

  template <typename Object, typename Visit>
  static void ForEach(Object& object, Visit&& visit) {
    if constexpr (std::is_const_v<Object>)
      visit(static_cast<const Base&>(object));
    else
      visit(static_cast<Base&>(object));
    (visit(object.*kMembers), ...);
  }
};

// The list of T: one of the two above.
template <typename T>
struct FieldsOf;

template <typename T>
concept HasFields = requires {
  sizeof(FieldsOf<T>);
};

}  // namespace foldproof::prove
