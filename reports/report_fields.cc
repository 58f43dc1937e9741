// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{256} << 20;
constexpr int kMostDepth = 64;
constexpr std::int64_t kMostValues = 20'000'000;

[[noreturn]] void Unusable(const std::string& why) {
  throw Error(Error::Code::kInput, "", why + "; write the report again, with --json");
}

}  // namespace

Json ParseBounded(std::string_view text) {
  if (text.size() > kMostBytes) Unusable("is larger than 256 MiB");
  std::int64_t values = 0;
  const auto bound = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMostDepth) Unusable("nests more than 64 lists and objects");
    if (++values > kMostValues) Unusable("has more than 20 million values");
    return true;
  };
  try {
    return Json::parse(text, bound);
  } catch (const Json::exception& why) {
    Unusable(std::string("is not JSON: ") + why.what());
  }
}

ReportField ReportField::At(const char* key) const {
  if (!value_.is_object()) Fail("must be an object");
  const auto found = value_.find(key);
  if (found == value_.end()) Fail(std::string("has no field '") + key + "'");
  return {*found, way_.empty() ? key : way_ + "." + key};
}

std::optional<ReportField> ReportField::Find(const char* key) const {
  if (!value_.is_object()) Fail("must be an object");
  const auto found = value_.find(key);
  if (found == value_.end() || found->is_null()) return std::nullopt;
  return At(key);
}

void ReportField::Each(const std::function<void(const ReportField&)>& visit) const {
  if (!value_.is_array()) Fail("must be a list");
  for (std::size_t i = 0; i < value_.size(); ++i) {
    visit({value_[i], way_ + "[" + std::to_string(i) + "]"});
  }
}

const std::string& ReportField::Text() const {
  if (!value_.is_string()) Fail("must be a string");
  return value_.get_ref<const std::string&>();
}

std::string ReportField::TextOrNull() const { return IsNull() ? std::string() : Text(); }

bool ReportField::Truth() const {
  if (!value_.is_boolean()) Fail("must be true or false");
  return value_.get<bool>();
}

std::int64_t ReportField::Integer() const {
  const bool fits = value_.is_number_integer() &&
                    (!value_.is_number_unsigned() ||
                     value_.get<std::uint64_t>() <=
                         static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!fits) Fail("must be an integer of 64 bits");
  return value_.get<std::int64_t>();
}

std::uint64_t ReportField::Count(std::uint64_t most) const {
  const std::int64_t count = Integer();
  if (count < 0 || static_cast<std::uint64_t>(count) > most) {
    Fail("must lie in 0 to " + std::to_string(most));
  }
  return static_cast<std::uint64_t>(count);
}

double ReportField::Number() const {
  if (!value_.is_number()) Fail("must be a number");
  const double number = value_.get<double>();
  if (!std::isfinite(number)) Fail("must be finite");
  return number;
}

double ReportField::Share() const {
  const double share = Number();
  if (share < 0 || share > 1) Fail("must lie in 0 to 1");
  return share;
}

double ReportField::Lsb() const {
  if (IsNull()) return std::numeric_limits<double>::infinity();
  const double lsb = Number();
  if (lsb < 0) Fail("must not be negative");
  return lsb;
}

bool ReportField::IsText() const { return value_.is_string(); }
bool ReportField::IsNull() const { return value_.is_null(); }

const std::string& ReportField::OneOf(const std::vector<std::string_view>& texts) const {
  const std::string& text = Text();
  if (std::ranges::find(texts, text) == texts.end()) {
    std::string all;
    for (const std::string_view one : texts) all += (all.empty() ? "" : ", ") + std::string(one);
    Fail("is '" + text.substr(0, 60) + "', must be one of " + all);
  }
  return text;
}

void ReportField::Fail(const std::string& why) const {
  const std::string which = way_.empty() ? "the report " : "'" + way_ + "' ";
  Unusable(which + why);
}

}  // namespace foldproof::reports
