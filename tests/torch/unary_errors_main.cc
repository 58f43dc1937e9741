// SPDX-License-Identifier: BSD-3-Clause
//
// How far libtorch's elementwise functions are from the true ones, over every float32 number or
// every n-th one: what script/unary_errors makes golden/unary_errors.tsv of.
//
// usage: unary_errors FUNCTION contiguous|strided EVERY [FILE...]
// Prints a line for each block of 2^20 neighbouring bit patterns: the block's number, by how many
// float32 steps the kernel's result is below and above the rounded true one at most, the largest
// absolute error, how often one of the two alone is NaN, and a hash of the results. `strided` keeps
// a kernel from its vector body, so that the scalar code for the rest of a vector runs.
// ATEN_CPU_CAPABILITY chooses among the kernels. FILEs are what this program printed of other
// kernels of the function, with the same EVERY: what has the same hash there is not looked at
// again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/exec/libtorch/torch_module.h"
#include "src/base/error.h"
#include "tests/torch/unary_references.h"

namespace foldproof::exec {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{1} << 20;
constexpr std::size_t kMost = std::size_t{1} << 15;  // in one call: what a cache holds

struct Figures {
  std::int64_t below = 0, above = 0;
  double absolute = 0;
  std::int64_t nan = 0;
};

// What was found of blocks whose results have a hash, by block and hash.
using Known = std::map<std::pair<std::uint64_t, std::uint64_t>, Figures>;

// Neighbouring float32 numbers have neighbouring numbers; both zeros have 0.
std::int32_t Rank(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  return bits >= 0 ? bits : std::numeric_limits<std::int32_t>::min() - bits;
}

// Without branches, so that it is vectorised. Floats that are not negative are in the order of
// their bits.
#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
#endif
void Look(const float* made, const double* truth, std::size_t count, Figures& figures) {
  std::int64_t below = 0;
  std::int64_t above = 0;
  std::int64_t absolute = 0;
  std::int64_t nan = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rounded = static_cast<float>(truth[i]);
    const bool is_nan = made[i] != made[i];
    const bool should_be = rounded != rounded;
    nan += is_nan != should_be;
    const bool both = !is_nan & !should_be;
    const std::int64_t steps = std::int64_t{Rank(made[i])} - Rank(rounded);
    const std::int64_t counted = both ? steps : 0;
    below = counted < below ? counted : below;
    above = counted > above ? counted : above;
    const double error = std::abs(static_cast<double>(made[i]) - truth[i]);
    const std::int64_t bits = error != error ? 0 : std::bit_cast<std::int64_t>(error);
    absolute = bits > absolute ? bits : absolute;
  }
  figures.below = std::min(figures.below, below);
  figures.above = std::max(figures.above, above);
  figures.absolute = std::max(figures.absolute, std::bit_cast<double>(absolute));
  figures.nan += nan;
}

std::uint64_t HashOf(std::span<const float> numbers) {
  std::array<std::uint64_t, 8> lanes{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::uint64_t& lane = lanes[i % lanes.size()];
    lane = std::rotl((lane ^ std::bit_cast<std::uint32_t>(numbers[i])) * 0x9e3779b97f4a7c15, 29);
  }
  std::uint64_t out = 0;
  for (const std::uint64_t lane : lanes) {
    out = std::rotl((out ^ lane) * 0xd6e8feb86659fd93, 31);
  }
  return out;
}

class Runner {
 public:
  Runner(const UnaryReference& function, bool strided)
      : module_(FindTorchModule()), function_(function), strided_(strided) {
    found_ = module_.Find({"aten::" + function.op, ""});
  }
  std::string Describe() const { return module_.Describe(); }

  void Run(std::span<const float> in, std::span<float> out) const {
    std::vector<std::int64_t> sizes{static_cast<std::int64_t>(in.size())};
    if (strided_) sizes.push_back(2);
    auto input = module_.MakeUninitialized(ir::ScalarType::kFloat32, sizes);
    auto* to = reinterpret_cast<float*>(module_.Borrow(input.get()));
    if (strided_) {
      for (std::size_t i = 0; i < in.size(); ++i) to[2 * i] = to[2 * i + 1] = in[i];
      input = First(input.get());
    } else {
      std::memcpy(to, in.data(), in.size_bytes());
    }
    FoldproofTorchTensor* self = input.get();
    std::vector<FoldproofTorchArgument> arguments{
        {"self", kFoldproofTorchTensor, 1, nullptr, nullptr, nullptr, &self}};
    for (const auto& [name, value] : function_.numbers) {
      arguments.push_back(
          {name.c_str(), kFoldproofTorchReal, 1, nullptr, &value, nullptr, nullptr});
    }
    const char* text = function_.approximate.c_str();
    if (!function_.approximate.empty()) {
      arguments.push_back(
          {"approximate", kFoldproofTorchString, 1, nullptr, nullptr, &text, nullptr});
    }
    const auto results = module_.Call(found_.get(), arguments, 1);
    const Tensor made = module_.Read(std::get<TorchModule::Handle>(results.at(0)).get());
    FP_CHECK(made.bytes.size() == out.size_bytes());
    std::memcpy(out.data(), made.bytes.data(), out.size_bytes());
  }

 private:
  // Column 0 of a matrix of two columns.
  TorchModule::Handle First(FoldproofTorchTensor* matrix) const {
    const std::int64_t one = 1;
    const std::int64_t zero = 0;
    FoldproofTorchTensor* self = matrix;
    auto out =
        module_.Call({"aten::select", "int"},
                     {{"self", kFoldproofTorchTensor, 1, nullptr, nullptr, nullptr, &self},
                      {"dim", kFoldproofTorchInteger, 1, &one, nullptr, nullptr, nullptr},
                      {"index", kFoldproofTorchInteger, 1, &zero, nullptr, nullptr, nullptr}},
                     1);
    return std::move(std::get<TorchModule::Handle>(out.at(0)));
  }

  TorchModule module_;
  const UnaryReference& function_;
  bool strided_;
  TorchModule::Operator found_;
};

// Calls visit(first, count) for parts of [0, count) that a cache holds.
template <typename Visit>
void InParts(std::size_t count, Visit visit) {
  for (std::size_t at = 0; at < count; at += kMost) visit(at, std::min(kMost, count - at));
}

Figures Compare(const UnaryReference& function, std::span<const float> in,
                std::span<const float> made) {
  Figures out;
  std::vector<double> truth(kMost);
  InParts(in.size(), [&](std::size_t at, std::size_t count) {
    function.evaluate(in.data() + at, truth.data(), count);
    Look(made.data() + at, truth.data(), count, out);
  });
  return out;
}

Known Read(std::span<char*> files) {
  Known out;
  for (const char* file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::istringstream fields(line);
      std::uint64_t block = 0;
      std::uint64_t hash = 0;
      Figures figures;
      std::string absolute;  // may be "inf"
      if (!(fields >> block >> figures.below >> figures.above >> absolute >> figures.nan >> hash))
        continue;
      figures.absolute = std::strtod(absolute.c_str(), nullptr);
      out[{block, hash}] = figures;
    }
  }
  return out;
}

int Main(const std::string& name, bool strided, std::uint64_t every, const Known& known) {
  const UnaryReference* function = FindUnaryReference(name);
  if (function == nullptr) {
    std::cerr << "unary_errors: no function is called " << name << "\n";
    return 3;
  }
  const Runner runner(*function, strided);
  std::cout << "# " << runner.Describe() << "\n";
  std::vector<float> in;
  std::vector<float> made;
  for (std::uint64_t block = 0; block < (std::uint64_t{1} << 32) / kBlock; ++block) {
    in.clear();
    for (std::uint64_t bits = block * kBlock; bits < (block + 1) * kBlock; bits += every) {
      in.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    made.resize(in.size());
    InParts(in.size(), [&](std::size_t at, std::size_t count) {
      runner.Run(std::span(in).subspan(at, count), std::span(made).subspan(at, count));
    });
    const std::uint64_t hash = HashOf(made);
    const auto found = known.find({block, hash});
    const Figures figures = found != known.end() ? found->second : Compare(*function, in, made);
    std::cout << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", block, figures.below, figures.above,
                             figures.absolute, figures.nan, hash);
  }
  return 0;
}

}  // namespace
}  // namespace foldproof::exec

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: unary_errors FUNCTION contiguous|strided EVERY [FILE...]\n";
    return 3;
  }
  const std::uint64_t every = std::max<std::uint64_t>(1, std::stoull(argv[3]));
  const auto known = foldproof::exec::Read({argv + 4, argv + argc});
  return foldproof::exec::Main(argv[1], std::string(argv[2]) == "strided", every, known);
}
