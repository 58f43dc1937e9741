// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/prove/constants/constant_values.h"
#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove {

// Programs of one node on stored constants.
class ConstantNodeTest : public testing::Test {
 protected:
  template <typename T>
  ir::ValueId Stored(ir::ScalarType dtype, std::vector<std::int64_t> sizes,
                     const std::vector<T>& elements) {
    return program_.Stored("c" + std::to_string(next_++), exec::Tensor::Of(dtype, sizes, elements));
  }
  ir::ValueId Floats(const std::vector<float>& elements) {
    return Stored(ir::ScalarType::kFloat32, {static_cast<std::int64_t>(elements.size())}, elements);
  }
  ir::ValueId Int8s(const std::vector<std::int8_t>& elements) {
    return Stored(ir::ScalarType::kInt8, {static_cast<std::int64_t>(elements.size())}, elements);
  }
  ir::ValueId Node(const std::string& target, const ConstantProgram::Arguments& arguments,
                   ir::ScalarType dtype, const std::vector<std::int64_t>& sizes) {
    return program_.Node("n" + std::to_string(next_++), target, arguments, dtype, sizes);
  }
  ir::ValueId FloatNode(const std::string& target, const ConstantProgram::Arguments& arguments,
                        std::int64_t count) {
    return Node(target, arguments, ir::ScalarType::kFloat32, {count});
  }

  const ConstantValue& Find(ir::ValueId value) {
    Evaluate();
    const auto found = values_->Find(functional_->Made(value));
    if (found == nullptr) {
      throw std::runtime_error("not evaluated: " + values_->WhyNot(functional_->Made(value)));
    }
    return *found_.emplace_back(found);
  }
  template <typename T>
  std::vector<T> Elements(ir::ValueId value) {
    return Find(value).value.Elements<T>();
  }
  std::vector<std::uint32_t> Bits(ir::ValueId value) { return Elements<std::uint32_t>(value); }
  std::string WhyNot(ir::ValueId value) {
    Evaluate();
    EXPECT_EQ(values_->Find(functional_->Made(value)), nullptr);
    return values_->WhyNot(functional_->Made(value));
  }
  // The first call: what nodes write into constants is known.
  void Evaluate() {
    values_.reset();
    functional_.emplace(program_.program(), ir::State::kStored);
    values_.emplace(functional_->program());
  }

  ConstantProgram program_;
  std::optional<ir::FunctionalProgram> functional_;
  std::optional<ConstantValues> values_;
  std::deque<std::shared_ptr<const ConstantValue>> found_;
  int next_ = 0;
};

}  // namespace foldproof::prove
