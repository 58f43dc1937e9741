// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuzz/draw.h"
#include "fuzz/graph_writer.h"

namespace foldproof::fuzz {

// What later blocks may share with an earlier one.
struct WrittenBlock {
  ir::ValueId weight;  // dequantized
  GraphWriter::Sizes weight_sizes;
  double weight_scale = 1;
  std::int64_t largest = 0;         // accumulator
  std::optional<ir::ValueId> bias;  // dequantized, or a float
  bool float_bias = false;
  std::size_t outputs = 0;
  std::string norm;  // prefix of batch_norm's constants
};

// A value while it goes through the blocks.
struct Flow {
  ir::ValueId value;  // dequantized where `params` is set
  std::optional<ir::QuantParams> params;
  double unit = 1;  // about the size of the values
};

// Writes one block behind `flow`; `extra` gets values that become outputs besides.
class BlockWriter {
 public:
  BlockWriter(GraphWriter& graph, const Draw& draw, std::size_t index, const WrittenBlock* previous)
      : graph_(graph),
        draw_(draw),
        block_(draw.blocks[index]),
        index_(index),
        previous_(previous) {}

  Flow Write(const Flow& flow, std::vector<ir::ValueId>& extra);
  const WrittenBlock& written() const { return written_; }

 private:
  using Sizes = GraphWriter::Sizes;

  std::string Name(const std::string& what) const {
    return "block" + std::to_string(index_) + "." + what;
  }
  bool Linear() const { return static_cast<Space>(draw_.space) == Space::kLinear; }
  bool Transposed() const {
    return !Linear() && static_cast<ConvOp>(block_.op) == ConvOp::kTransposed;
  }
  std::size_t Spatial() const {
    return Linear() ? 0 : static_cast<Space>(draw_.space) == Space::k2d ? 2 : 1;
  }
  // A batch_norm right behind the product, and nothing of quantization-aware training.
  bool IsDirect() const { return draw_.family == Family::kConvBn; }

  void ChooseShape(const Sizes& input);
  void ChooseLinearShape(const Sizes& input);
  Sizes WeightSizes() const;
  ir::QuantParams WeightParams() const;
  std::vector<std::int64_t> WeightCodes(const ir::QuantParams& params) const;
  ir::ValueId FloatWeight(const Sizes& sizes);
  ir::ValueId QuantizedBefore(ir::ValueId value, std::vector<ir::ValueId>& extra);
  ir::ValueId Weight(const ir::QuantParams& input);
  void NoteLargest(const std::vector<std::int64_t>& codes, const std::vector<std::int64_t>& zeros,
                   const ir::QuantParams& input);
  ir::ArgumentValue BiasOf(const ir::QuantParams& input);
  ir::ValueId Convolve(ir::ValueId input, ir::ValueId weight, const ir::ArgumentValue& bias);
  ir::ValueId ChainBehind(ir::ValueId value, std::vector<ir::ValueId>& extra);
  ir::ValueId Scale(const std::string& norm);
  ir::ValueId Reshaped(ir::ValueId vector, bool other_axis);
  ir::ValueId Divide(ir::ValueId value, ir::ValueId scale);
  ir::ValueId AddOriginal(ir::ValueId value);
  ir::ValueId Normalize(ir::ValueId value, const std::string& norm);
  ir::ValueId BehindOf(ir::ValueId value, const Flow& flow);
  ir::ValueId Call(const std::string& target, GraphWriter::Arguments arguments, ir::ValueId like);
  Sizes Broadcast(ir::ValueId value, ir::ValueId vector) const;

  GraphWriter& graph_;
  const Draw& draw_;
  const BlockDraw& block_;
  std::size_t index_;
  const WrittenBlock* previous_;
  WrittenBlock written_;
  // The convolution's shape.
  std::size_t inputs_ = 0, outputs_ = 0, groups_ = 1;
  bool batched_ = true;
  std::int64_t kernel_ = 1, stride_ = 1, dilation_ = 1, padding_ = 0;
  bool same_ = false;
  Sizes result_;
  std::vector<double> weight_scales_;
  double unit_ = 1;  // the largest value of the convolution without its bias
};

}  // namespace foldproof::fuzz
