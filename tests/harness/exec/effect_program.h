// SPDX-License-Identifier: BSD-3-Clause
//
// Drawn programs of views and of nodes that write into them: float32 alone, and operators whose
// bits every executor agrees on.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {

class EffectProgram {
 public:
  explicit EffectProgram(std::uint64_t seed) : draw_(seed) {
    std::vector<float> elements;
    for (int i = 0; i < 12; ++i) elements.push_back(static_cast<float>(i) - 4.5f);
    Know(made_.Buffer("b", FloatTensor({2, 3, 2}, elements)), {2, 3, 2});
    input_ = made_.Input("x", FloatType({2, 3, 2}));
    Know(input_, {2, 3, 2});
    const int nodes = 4 + Below(9);
    for (int i = 0; i < nodes; ++i) Grow();
    std::vector<ir::ValueId> outputs;
    for (int i = 0; i < 3; ++i) outputs.push_back(known_[Pick()].id);
    made_.Returning(outputs);
    outputs_ = outputs;
  }

  const ir::Program& program() const { return made_.program(); }
  ir::ValueId input() const { return input_; }
  const std::vector<ir::ValueId>& outputs() const { return outputs_; }

 private:
  using Sizes = std::vector<std::int64_t>;
  struct Known {
    ir::ValueId id;
    Sizes sizes;
  };

  int Below(int n) { return static_cast<int>(draw_() % static_cast<std::uint64_t>(n)); }
  // The latest values are drawn more often, so that views of views come about.
  std::size_t Pick() {
    const auto n = static_cast<int>(known_.size());
    return static_cast<std::size_t>(Below(2) == 0 ? Below(n) : n - 1 - Below(std::min(n, 4)));
  }
  void Know(ir::ValueId id, Sizes sizes) { known_.push_back({id, std::move(sizes)}); }

  void Call(const std::string& target, std::vector<ir::Argument> arguments, Sizes sizes) {
    const std::string name = "n" + std::to_string(next_++);
    Know(made_.Node(name, target, std::move(arguments), FloatType(sizes)), sizes);
  }

  void Grow() {
    switch (Below(5)) {
      case 0: return Compute();
      case 1:
      case 2: return View();
      default: return Write();
    }
  }

  const Known* Fellow(const Known& of) {
    std::vector<const Known*> fellows;
    for (const Known& other : known_) {
      if (other.sizes == of.sizes) fellows.push_back(&other);
    }
    return fellows[static_cast<std::size_t>(Below(static_cast<int>(fellows.size())))];
  }

  void Compute() {
    const Known x = known_[Pick()];
    switch (Below(4)) {
      case 0: return Call("aten.neg.default", {{"self", x.id}}, x.sizes);
      case 1: return Call("aten.clone.default", {{"self", x.id}}, x.sizes);
      case 2: return Call("aten.add.Tensor", {{"self", x.id}, {"other", Fellow(x)->id}}, x.sizes);
      default: return Call("aten.mul.Tensor", {{"self", x.id}, {"other", 2.0}}, x.sizes);
    }
  }

  void Write() {
    const Known x = known_[Pick()];
    switch (Below(7)) {
      case 0: return Call("aten.neg_.default", {{"self", x.id}}, x.sizes);
      case 1: return Call("aten.relu_.default", {{"self", x.id}}, x.sizes);
      case 2: return Call("aten.zero_.default", {{"self", x.id}}, x.sizes);
      case 3: return Call("aten.fill_.Scalar", {{"self", x.id}, {"value", 1.5}}, x.sizes);
      case 4: return Call("aten.copy_.default", {{"self", x.id}, {"src", Fellow(x)->id}}, x.sizes);
      case 5: return Call("aten.add_.Tensor", {{"self", x.id}, {"other", Fellow(x)->id}}, x.sizes);
      default: return Call("aten.mul_.Tensor", {{"self", x.id}, {"other", -2.0}}, x.sizes);
    }
  }

  static std::int64_t Count(const Sizes& sizes) {
    std::int64_t count = 1;
    for (const std::int64_t size : sizes) count *= size;
    return count;
  }

  void View() {
    const Known x = known_[Pick()];
    const auto rank = static_cast<int>(x.sizes.size());
    if (rank == 0) return;
    const int dim = Below(rank);
    const auto d = static_cast<std::size_t>(dim);
    const std::int64_t size = x.sizes[d];
    Sizes sizes = x.sizes;
    switch (Below(8)) {
      case 0: {
        const std::int64_t index = Below(static_cast<int>(size));
        sizes.erase(sizes.begin() + dim);
        return Call("aten.select.int",
                    {{"self", x.id}, {"dim", std::int64_t{dim}}, {"index", index}}, sizes);
      }
      case 1: {
        const std::int64_t start = Below(static_cast<int>(size));
        const std::int64_t step = 1 + Below(2);
        sizes[d] = (size - start - 1) / step + 1;
        return Call("aten.slice.Tensor",
                    {{"self", x.id},
                     {"dim", std::int64_t{dim}},
                     {"start", start},
                     {"end", size},
                     {"step", step}},
                    sizes);
      }
      case 2: {
        std::swap(sizes[0], sizes[d]);
        return Call("aten.transpose.int",
                    {{"self", x.id}, {"dim0", std::int64_t{0}}, {"dim1", std::int64_t{dim}}},
                    sizes);
      }
      case 3:
      case 4: {
        const bool copies = Below(2) == 0;
        sizes = {Count(x.sizes)};
        return Call(copies ? "aten.reshape.default" : "aten.view.default",
                    {{"self", x.id}, {copies ? "shape" : "size", sizes}}, sizes);
      }
      case 5: {
        sizes.insert(sizes.begin() + dim, 1);
        return Call("aten.unsqueeze.default", {{"self", x.id}, {"dim", std::int64_t{dim}}}, sizes);
      }
      case 6: return Split(x, dim);
      default: return Call("aten.detach.default", {{"self", x.id}}, x.sizes);
    }
  }

  void Split(const Known& x, int dim) {
    const auto d = static_cast<std::size_t>(dim);
    std::vector<std::pair<std::string, std::optional<ir::TensorType>>> results;
    std::vector<Sizes> pieces;
    const std::string name = "n" + std::to_string(next_++);
    for (std::int64_t i = 0; i < x.sizes[d]; ++i) {
      pieces.push_back(x.sizes);
      pieces.back()[d] = 1;
      results.emplace_back(name + "_" + std::to_string(i), FloatType(pieces.back()));
    }
    const ir::NodeId node = made_.Graph().Append(
        name, "aten.split.Tensor",
        {{"self", x.id}, {"split_size", std::int64_t{1}}, {"dim", std::int64_t{dim}}}, results);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      Know(made_.Graph().node(node).outputs[i], pieces[i]);
    }
  }

  std::mt19937_64 draw_;
  SmallProgram made_;
  std::vector<Known> known_;
  ir::ValueId input_;
  std::vector<ir::ValueId> outputs_;
  int next_ = 0;
};

}  // namespace foldproof::exec
