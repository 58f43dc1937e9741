// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/tap_classes.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "harness/prove/conv/admitted_sizes.h"
#include "harness/prove/conv/made_sizes.h"
#include "harness/prove/conv/no_integers.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostKernelSteps = std::int64_t{1}
                                          << 22;           // kernel indices looked at an axis
constexpr std::int64_t kMostSize = std::int64_t{1} << 32;  // so that no output index overflows
constexpr std::size_t kMostOpenClasses = 1024;             // of an input whose sizes are no numbers

// How a convolution walks along one spatial dimension.
struct Walk {
  std::int64_t kernel, stride, padding, both, dilation, output_padding;
  bool transposed;

  std::int64_t span() const { return dilation * (kernel - 1); }
  std::int64_t Outputs(std::int64_t input) const {
    if (transposed) return (input - 1) * stride - both + span() + output_padding + 1;
    return input + both - span() < 1 ? 0 : (input + both - span() - 1) / stride + 1;
  }
  // The input index that kernel index k reads at output index o, -1 for none.
  std::int64_t InputIndex(std::int64_t input, std::int64_t o, std::int64_t k) const {
    if (!transposed) {
      const std::int64_t i = o * stride - padding + k * dilation;
      return i >= 0 && i < input ? i : -1;
    }
    const std::int64_t shifted = o + padding - k * dilation;
    if (shifted < 0 || shifted % stride != 0) return -1;
    return shifted / stride < input ? shifted / stride : -1;
  }
  // Output indices repeat their kernel sets away from the edges; so many at either end meet all.
  std::int64_t Edge() const { return 4 * (kernel * dilation + stride + padding) + 64; }
  // Every kernel set of an input above this size is one of an input that is smaller by a period,
  // too (docs/proof.md, "Sizes that are symbols").
  std::int64_t Settled() const {
    return transposed ? (2 * std::max(span(), padding) + both) / stride + 4 : span() + 2 * stride;
  }
  std::int64_t Period() const { return transposed ? 1 : stride; }
};

// The kernel indices that meet the input, where they do, and whether a call gives such a size.
struct KernelLine {
  std::vector<std::uint32_t> kernel;
  std::int64_t output = 0;
  bool occurs = false;
};

[[noreturn]] void RefuseSymbols() {
  throw NoIntegers{
      "its input's sizes are symbols, and the windows that they may give at its edges are too many "
      "to look at"};
}

class KernelLines {
 public:
  KernelLines(const Walk& walk, bool only_largest) : walk_(walk), only_largest_(only_largest) {}

  // The same as Add, where it is not known how many sizes there are to look at.
  void TryAdd(std::int64_t input, bool occurs) {
    const std::int64_t swept = std::clamp<std::int64_t>(walk_.Outputs(input), 0, 2 * walk_.Edge());
    steps_ += 1 + swept * walk_.kernel;
    if (steps_ > kMostKernelSteps) RefuseSymbols();
    Add(input, occurs);
  }

  // Adds those of an input of this size.
  void Add(std::int64_t input, bool occurs) {
    const std::int64_t outputs = walk_.Outputs(input);
    const std::int64_t edge = walk_.Edge();
    std::map<std::vector<std::uint32_t>, std::vector<std::int64_t>> here;
    auto last = here.end();  // most have the kernel indices of their neighbour
    std::vector<std::uint32_t> kernel;
    for (std::int64_t o = 0; o < outputs; ++o) {
      if (outputs > 2 * edge && o == edge) o = outputs - edge;
      kernel.clear();
      for (std::int64_t k = 0; k < walk_.kernel; ++k) {
        if (walk_.InputIndex(input, o, k) >= 0) kernel.push_back(static_cast<std::uint32_t>(k));
      }
      if (last == here.end() || last->first != kernel) last = here.try_emplace(kernel).first;
      last->second.push_back(o);
    }
    // An output index from the middle of those that share the kernel indices.
    for (const auto& [met, at] : here) {
      KernelLine& line =
          found_.try_emplace(met, KernelLine{met, at[at.size() / 2], false}).first->second;
      if (occurs && !line.occurs) line = {met, at[at.size() / 2], true};
    }
  }

  std::vector<KernelLine> Take() const {
    std::vector<KernelLine> out;
    for (const auto& [kernel, line] : found_) {
      const bool covered =
          only_largest_ && std::any_of(found_.begin(), found_.end(), [&](const auto& f) {
            return f.first.size() > kernel.size() && (f.second.occurs || !line.occurs) &&
                   std::includes(f.first.begin(), f.first.end(), kernel.begin(), kernel.end());
          });
      if (!covered) out.push_back(line);
    }
    std::stable_sort(out.begin(), out.end(), [](const KernelLine& a, const KernelLine& b) {
      return a.kernel.size() > b.kernel.size();
    });
    return out;
  }

 private:
  const Walk& walk_;
  bool only_largest_;
  std::map<std::vector<std::uint32_t>, KernelLine> found_;
  std::int64_t steps_ = 0;
};

Walk WalkOf(const ir::Graph& graph, const ir::Convolution& op, std::size_t d) {
  const auto& weight = graph.value(op.weight).type;
  FP_CHECK(weight && weight->is_static());
  Walk walk{};
  walk.kernel = weight->dims[2 + d].size;
  walk.stride = op.stride[d];
  walk.dilation = op.dilation[d];
  walk.output_padding = op.output_padding[d];
  walk.transposed = op.transposed;
  walk.padding = op.padding[d];
  walk.both = 2 * op.padding[d];
  if (op.padding_mode == ir::Convolution::Padding::kSame) {
    walk.padding = walk.span() / 2;  // PyTorch pads the extra element behind
    walk.both = walk.span();
  }
  return walk;
}

ir::Dim InputDim(const ir::Graph& graph, const ir::Convolution& op, std::size_t d) {
  const auto& input = graph.value(op.input).type;
  const std::size_t rank = input ? input->rank() : 0;
  return rank >= op.spatial() ? input->dims[rank - op.spatial() + d] : ir::Dim{-1, "?"};
}

// Those of axis `d` of the input. Where it is only declared, it can be any; the declared one counts
// as one that occurs, as a difference that it shows is told only when both programs were run on it.
AdmittedSizes InputSizes(const ir::Program& program, const ir::Convolution& op, std::size_t d,
                         bool made) {
  const ir::Dim dim = InputDim(program.graph, op, d);
  AdmittedSizes out = SizesOf(program, dim);
  if (made || !dim.is_static()) return out;
  out.traced = dim.size;
  out.low = 1;
  out.high = std::numeric_limits<std::int64_t>::max();
  out.all_occur = false;
  return out;
}

// `all_occur`: some call gives each of the sizes; else the traced one is the only one of which that
// is known.
std::vector<KernelLine> LinesOf(const Walk& walk, const AdmittedSizes& sizes, bool all_occur,
                                bool only_largest) {
  KernelLines lines(walk, only_largest);
  if (sizes.is_number()) {
    lines.Add(sizes.low, true);
    return lines.Take();
  }
  if (sizes.low > kMostSize) RefuseSymbols();
  if (sizes.traced && *sizes.traced <= kMostSize) lines.TryAdd(*sizes.traced, true);
  const std::int64_t last = std::max(sizes.low, walk.Settled());
  for (std::int64_t size = sizes.low; size <= sizes.high && size - last <= walk.Period(); ++size)
    lines.TryAdd(size, all_occur);
  return lines.Take();
}

}  // namespace

std::optional<std::vector<std::int64_t>> InputPosition(const ir::Graph& graph,
                                                       const ir::Convolution& op,
                                                       std::uint32_t kernel,
                                                       const std::vector<std::int64_t>& position) {
  std::vector<std::int64_t> out(op.spatial());
  std::int64_t rest = kernel;
  for (std::size_t d = op.spatial(); d-- > 0;) {
    const Walk walk = WalkOf(graph, op, d);
    const ir::Dim input = InputDim(graph, op, d);
    FP_CHECK(input.is_static());
    out[d] = walk.InputIndex(input.size, position[d], rest % walk.kernel);
    rest /= walk.kernel;
    if (out[d] < 0) return std::nullopt;
  }
  return out;
}

TapClasses FindTapClasses(const ir::Program& program, const ir::Convolution& op, TapRange x) {
  const bool zero_inside = x.low <= 0 && x.high >= 0;
  std::vector<AdmittedSizes> sizes;
  // Sizes of all axes occur together where every axis is a number, or a symbol of its own that has
  // every value of its range.
  bool all_occur = true, all_numbers = true;
  std::set<std::string> symbols;
  const bool made = SizesAreMade(program.graph, op.input);
  for (std::size_t d = 0; d < op.spatial(); ++d) {
    sizes.push_back(InputSizes(program, op, d, made));
    const bool is_number = sizes[d].is_number();
    all_numbers &= is_number;
    all_occur &= is_number || (sizes[d].all_occur && symbols.insert(sizes[d].symbol).second);
  }
  TapClasses out;
  out.classes.push_back({{0}, {}});
  std::size_t positions = 1;
  for (std::size_t d = 0; d < op.spatial(); ++d) {
    const Walk walk = WalkOf(program.graph, op, d);
    const std::vector<KernelLine> lines = LinesOf(walk, sizes[d], all_occur, zero_inside);
    if (!all_numbers && out.classes.size() * lines.size() > kMostOpenClasses) RefuseSymbols();
    std::vector<TapClass> wider;
    for (const TapClass& outer : out.classes) {
      for (const KernelLine& line : lines) {
        TapClass joined{{}, outer.output_position};
        // One axis that is not known to be so is enough: then the class has no position.
        const bool occurs = line.occurs && outer.output_position.size() == d;
        if (occurs)
          joined.output_position.push_back(line.output);
        else
          joined.output_position.clear();
        for (const std::uint32_t base : outer.kernel_positions) {
          for (const std::uint32_t k : line.kernel)
            joined.kernel_positions.push_back(base * static_cast<std::uint32_t>(walk.kernel) + k);
        }
        wider.push_back(std::move(joined));
      }
    }
    out.classes = std::move(wider);
    positions *= static_cast<std::size_t>(walk.kernel);
  }
  std::stable_sort(out.classes.begin(), out.classes.end(),
                   [](const TapClass& a, const TapClass& b) {
                     return a.kernel_positions.size() > b.kernel_positions.size();
                   });
  // A single class may be a part of the kernel, too: that of an input of one element.
  out.padding_adds_zero =
      !zero_inside && std::ranges::any_of(out.classes, [&](const TapClass& one) {
        return one.kernel_positions.size() != positions;
      });
  return out;
}

}  // namespace foldproof::prove
