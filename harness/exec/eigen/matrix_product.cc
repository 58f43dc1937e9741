// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/matrix_product.h"

#include <Eigen/Core>
#include <utility>

#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::Map<RowMajor>;
using ConstMatrix = Eigen::Map<const RowMajor>;

}  // namespace

RealTensor LinearOf(const RealTensor& input, const RealTensor& weight,
                    const std::optional<RealTensor>& bias) {
  const std::size_t weight_rank = weight.sizes.size();
  if (input.sizes.empty() || weight_rank < 1 || weight_rank > 2 ||
      input.sizes.back() != weight.sizes.back()) {
    Refuse("takes an input [..., K] and a weight [N, K] or [K]");
  }
  const std::int64_t outputs = weight_rank == 2 ? weight.sizes[0] : 1;
  const std::int64_t terms = weight.sizes.back();
  if (bias && static_cast<std::int64_t>(bias->elements.size()) != outputs) {
    Refuse("takes a bias of one number an output");
  }
  RealTensor out{input.sizes, {}};
  out.sizes.pop_back();
  const std::int64_t rows = CheckedCount(out.sizes);
  if (weight_rank == 2) out.sizes.push_back(outputs);
  out.elements.resize(static_cast<std::size_t>(CheckedCount(out.sizes)));
  Matrix product(out.elements.data(), rows, outputs);
  product.noalias() = ConstMatrix(input.elements.data(), rows, terms) *
                      ConstMatrix(weight.elements.data(), outputs, terms).transpose();
  if (bias) product.rowwise() += ConstMatrix(bias->elements.data(), 1, outputs).row(0);
  return out;
}

RealTensor MatrixProduct(const RealTensor& left, const RealTensor& right) {
  if (left.sizes.empty() || right.sizes.empty()) Refuse("takes no tensor without dimensions");
  Sizes a = left.sizes, b = right.sizes;
  const bool left_is_row = a.size() == 1, right_is_column = b.size() == 1;
  if (left_is_row) a.insert(a.begin(), 1);
  if (right_is_column) b.push_back(1);
  const std::int64_t rows = a[a.size() - 2], terms = a.back(), columns = b.back();
  if (b[b.size() - 2] != terms) Refuse("takes matrices [M, K] and [K, N]");
  const Sizes a_batch(a.begin(), a.end() - 2), b_batch(b.begin(), b.end() - 2);
  RealTensor out{BroadcastSizes(a_batch, b_batch), {}};
  const BroadcastIndex a_index(a_batch, out.sizes), b_index(b_batch, out.sizes);
  const std::int64_t batches = CheckedCount(out.sizes);
  out.elements.resize(static_cast<std::size_t>(CheckedCount({batches, rows, columns})));
  for (std::int64_t i = 0; i < batches; ++i) {
    const double* from_left =
        left.elements.data() + a_index.At(i) * static_cast<std::size_t>(rows * terms);
    const double* from_right =
        right.elements.data() + b_index.At(i) * static_cast<std::size_t>(terms * columns);
    Matrix(out.elements.data() + i * rows * columns, rows, columns).noalias() =
        ConstMatrix(from_left, rows, terms) * ConstMatrix(from_right, terms, columns);
  }
  if (!left_is_row) out.sizes.push_back(rows);
  if (!right_is_column) out.sizes.push_back(columns);
  return out;
}

}  // namespace foldproof::exec::real
