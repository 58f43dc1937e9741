// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// JSON while it is written: compact, in the order of the calls. Commas come by themselves; that
// objects have keys and what was begun is ended is the caller's.
class JsonText {
 public:
  JsonText& BeginObject() { return Begin('{'); }
  JsonText& EndObject() { return End('}'); }
  JsonText& BeginList() { return Begin('['); }
  JsonText& EndList() { return End(']'); }
  JsonText& Key(std::string_view name);
  // FP_CHECKs that it is UTF-8, as all JSON is.
  JsonText& String(std::string_view text);
  JsonText& Integer(std::int64_t number);
  // The shortest text that reads back as the same double, which is no integer's; "NaN", "Infinity"
  // and "-Infinity" as AsNumber reads them.
  JsonText& Number(double number);
  JsonText& Truth(bool truth) { return Raw(truth ? "true" : "false"); }
  JsonText& Null() { return Raw("null"); }
  JsonText& Raw(std::string_view json);  // the text of one value
  JsonText& Copy(Json value);
  // A member: what the archive had as `key`, else `otherwise`, which is JSON.
  JsonText& Member(std::string_view key, std::optional<Json> had, std::string_view otherwise);
  // Copies an object. write(key) may write the value of a member instead, and says whether it did.
  template <typename Write>
  JsonText& CopyObject(JsonObject object, Write&& write) {
    BeginObject();
    for (const auto& [key, value] : object) {
      Key(key);
      if (!write(key)) Copy(value);
    }
    return EndObject();
  }

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  JsonText& Begin(char bracket);
  JsonText& End(char bracket);
  void Separate();
  void Quote(std::string_view text);

  std::string text_;
};

}  // namespace foldproof::pt2
