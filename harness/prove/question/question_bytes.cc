// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/question_bytes.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/prove/question/judged_fields.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

template <typename T>
concept GraphId = std::same_as<T, ir::NodeId> || std::same_as<T, ir::ValueId>;
template <typename T>
concept PlainScalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Writes values so that they could be read back by their type: every length stands before what it
// is the length of, every choice before what is chosen. What has another form does not compile.
class QuestionWriter {
 public:
  std::string Take() { return std::move(bytes_); }

  template <PlainScalar T>
  void Put(T x) {
    bytes_.append(reinterpret_cast<const char*>(&x), sizeof x);
  }

  // What is called by a number in its program has no number here.
  template <GraphId T>
  void Put(T id) {
    FP_CHECK(id == T{});
  }

  template <typename T>
  void Put(const std::vector<T>& list) {
    Put(list.size());
    if constexpr (PlainScalar<T>) {
      bytes_.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(T));
    } else {
      for (const T& each : list) Put(each);
    }
  }

  template <typename T, std::size_t kSize>
  void Put(const std::array<T, kSize>& list) {
    for (const T& each : list) Put(each);
  }

  template <typename T>
  void Put(const std::optional<T>& maybe) {
    Put(maybe.has_value());
    if (maybe) Put(*maybe);
  }

  template <typename T>
  void Put(const T* maybe) {
    Put(maybe != nullptr);
    if (maybe != nullptr) Put(*maybe);
  }

  template <typename A, typename B>
  void Put(const std::pair<A, B>& both) {
    Put(both.first);
    Put(both.second);
  }

  template <typename... T>
  void Put(const std::variant<T...>& choice) {
    Put(choice.index());
    std::visit([&](const auto& chosen) { Put(chosen); }, choice);
  }

  void Put(const exec::Requantizer& requantizer) {
    std::apply([&](const auto&... part) { (Put(part), ...); }, requantizer.All());
  }

  void Put(const SteppedCode& code) {
    const auto& [place, changed] = code;
    Put(place);
    Put(changed);
  }

  // The second side's bytes are those of the first nearly always, and are not written again then.
  void Put(const WeightCodes& codes) {
    // `owned` is where `bytes` may lie.
    const auto& [dtype, bytes, owned, difference, stepped] = codes;
    Put(dtype);
    Put(difference);
    Put(stepped);
    const bool again = last_weights_ && std::ranges::equal(*last_weights_, bytes);
    Put(again);
    if (again) return;
    Put(bytes.size());
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    last_weights_ = bytes;
  }

  template <HasFields T>
  void Put(const T& fields) {
    FieldsOf<T>::ForEach(fields, [&](const auto& each) { Put(each); });
  }

 private:
  std::string bytes_;
  std::optional<std::span<const std::byte>> last_weights_;
};

}  // namespace

std::string QuestionBytes(const SiteQuestion& question) {
  QuestionWriter writer;
  writer.Put(question);
  return writer.Take();
}

}  // namespace foldproof::prove
