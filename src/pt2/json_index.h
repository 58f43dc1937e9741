// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/ir/name_index.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// The members of an object that may have thousands, each found at once. Error where two have one
// name.
class JsonIndex {
 public:
  struct Member {
    std::string_view name;
    Json value;
  };

  JsonIndex() = default;
  explicit JsonIndex(JsonObject object);

  std::optional<Json> Find(std::string_view name) const;           // null too
  const std::vector<Member>& members() const { return members_; }  // in the text's order

 private:
  std::vector<Member> members_;
  ir::NameIndex by_name_;
};

}  // namespace foldproof::pt2
