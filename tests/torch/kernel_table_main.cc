// SPDX-License-Identifier: BSD-3-Clause
//
// What libtorch's quantized kernels make of the sites of programs, against formulas on the exact
// sum: the rows of golden/kernels.tsv (script/kernels).
//
// usage: kernel_table [PROGRAM.pt2...] [--sum NAME PROGRAM.pt2...]
// Some generated sites come first; NAME.io.npz beside NAME.after.pt2 gives a program's input, else
// it is drawn. What follows --sum makes one row called NAME.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/libtorch/kernel_executor.h"
#include "src/pt2/reader.h"
#include "tests/harness/exec/site_programs.h"
#include "tests/torch/kernel_sites.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using Path = std::filesystem::path;

// Codes of an engine against those of formulas.
struct Row {
  std::int64_t sites = 0, codes = 0;
  std::int64_t differ = 0, largest = 0;  // from `integer`
  std::int64_t from_q31 = 0, from_tosa = 0;
  std::int64_t from_formula = 0;  // of the engine itself
};

std::vector<double> Reals(const Tensor& tensor) {
  if (tensor.dtype == ScalarType::kFloat64) return tensor.Elements<double>();
  if (tensor.dtype == ScalarType::kFloat32) {
    const auto narrow = tensor.Elements<float>();
    return {narrow.begin(), narrow.end()};
  }
  const auto integers = IntegersOf(tensor);
  return {integers.begin(), integers.end()};
}

// code - zero point of codes whose parameters are per tensor, or per index of dimension 0.
std::vector<std::int64_t> Shifted(const DequantizedCodes& of, const Tensors& values,
                                  std::vector<double>* scales) {
  std::vector<std::int64_t> codes = IntegersOf(values.at(of.codes));
  const std::vector<std::int64_t>& sizes = values.at(of.codes).sizes;
  const std::size_t channels = sizes.empty() ? 1 : static_cast<std::size_t>(sizes[0]);
  std::vector<std::int64_t> zero_points(channels, 0);
  if (const auto* all = std::get_if<ir::QuantParams>(&of.params)) {
    scales->assign(channels, static_cast<float>(all->scale));
    zero_points.assign(channels, all->zero_point);
  } else {
    const auto& params = std::get<ir::ChannelQuantParams>(of.params);
    *scales = Reals(values.at(params.scales));
    for (double& scale : *scales) scale = static_cast<float>(scale);
    if (params.zero_points) zero_points = IntegersOf(values.at(*params.zero_points));
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] -= zero_points[i / (codes.size() / channels)];
  }
  return codes;
}

void ReadBias(const QuantizedSite& site, const Tensors& values, SiteNumbers& numbers) {
  numbers.bias.assign(static_cast<std::size_t>(numbers.outputs), 0);
  if (!site.bias) return;
  if (!site.bias_codes) {
    numbers.bias = Reals(values.at(*site.bias));
    return;
  }
  std::vector<double> scales;
  const auto codes = Shifted(*site.bias_codes, values, &scales);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    numbers.bias[i] = static_cast<double>(codes[i]) * scales[i];
  }
}

void ReadConv(const ir::Convolution& conv, const Tensor& input, const Tensor& weight,
              SiteNumbers& numbers) {
  const std::size_t spatial = conv.spatial();
  const auto last = [&](const auto& of, std::size_t d) { return of[of.size() - 1 - d]; };
  numbers.batch = input.sizes[0];
  numbers.channels = input.sizes[1];
  numbers.groups = conv.groups;
  numbers.width = last(input.sizes, 0);
  numbers.kernel_width = last(weight.sizes, 0);
  if (spatial == 2) {
    numbers.height = last(input.sizes, 1);
    numbers.kernel_height = last(weight.sizes, 1);
  }
  const bool same = conv.padding_mode == ir::Convolution::Padding::kSame;
  for (std::size_t d = 0; d < spatial; ++d) {
    numbers.stride[1 - d] = last(conv.stride, d);
    numbers.dilation[1 - d] = last(conv.dilation, d);
    numbers.padding[1 - d] =
        same ? last(conv.dilation, d) * (last(weight.sizes, d) - 1) / 2 : last(conv.padding, d);
  }
}

SiteNumbers NumbersOf(const ir::Graph& graph, const QuantizedSite& site, const Tensors& values) {
  SiteNumbers numbers;
  std::vector<double> input_scale;
  const Tensor& input = values.at(site.input.codes);
  const Tensor& weight = values.at(site.weight.codes);
  const auto& params = std::get<ir::QuantParams>(site.input.params);
  numbers.input = IntegersOf(input);
  for (std::int64_t& code : numbers.input) code -= params.zero_point;
  numbers.input_scale = static_cast<float>(params.scale);
  numbers.weight = Shifted(site.weight, values, &numbers.weight_scales);
  numbers.outputs = weight.sizes[0];
  numbers.relu = site.relu.has_value();
  numbers.output = site.output;
  ReadBias(site, values, numbers);
  if (const auto* conv = std::get_if<ir::Convolution>(&graph.node(site.product).op)) {
    ReadConv(*conv, input, weight, numbers);
  } else {
    numbers.channels = input.sizes.back();
    numbers.batch = input.count() / numbers.channels;
  }
  return numbers;
}

// `codes` are the kernel's, [N, O, ...] as the site makes them.
void Compare(const SiteNumbers& site, const std::string& engine,
             const std::vector<std::int64_t>& codes, Row& row) {
  ++row.sites;
  std::size_t i = 0;
  for (std::int64_t n = 0; n < site.batch; ++n) {
    for (std::int64_t o = 0; o < site.outputs; ++o) {
      for (std::int64_t y = 0; y < site.OutputSize(0); ++y) {
        for (std::int64_t x = 0; x < site.OutputSize(1); ++x, ++i) {
          const std::int64_t sum = AccumulatorOf(site, n, o, y, x);
          const std::int64_t apart = std::abs(codes.at(i) - IntegerCode(site, o, sum));
          row.differ += apart != 0;
          row.largest = std::max(row.largest, apart);
          row.from_q31 += codes[i] != KernelCode(site, Kernel::kQ31, o, sum);
          row.from_formula += codes[i] != EngineCode(site, engine, o, sum);
          row.from_tosa += codes[i] != KernelCode(site, Kernel::kTosa, o, sum);
        }
      }
    }
  }
  FP_CHECK(i == codes.size());
  row.codes += static_cast<std::int64_t>(i);
}

// The values that the numbers of a site are read from.
std::vector<ir::ValueId> ReadsOf(const QuantizedSite& site) {
  std::vector<ir::ValueId> reads{site.input.codes, site.weight.codes};
  const auto add = [&](const DequantizedCodes& of) {
    reads.push_back(of.codes);
    const auto* params = std::get_if<ir::ChannelQuantParams>(&of.params);
    if (params == nullptr) return;
    reads.push_back(params->scales);
    if (params->zero_points) reads.push_back(*params->zero_points);
  };
  add(site.weight);
  if (site.bias_codes) add(*site.bias_codes);
  if (site.bias && !site.bias_codes) reads.push_back(*site.bias);
  return reads;
}

// Each site alone, fed the codes that the executor `integer` computes for it from the program's
// inputs: so the rows do not depend on how a libtorch sums floats.
Row RowOf(KernelExecutor& kernels, const ir::Program& program, const Tensors& feeds) {
  const std::string described = kernels.Describe();
  const std::string engine = described.substr(0, described.find(' '));
  Row row;
  for (const auto& found : FindQuantizedSites(FunctionalView(program))) {
    const auto* site = std::get_if<QuantizedSite>(&found);
    if (site == nullptr) continue;
    const Tensors values = IntegerExecutor().Run(program, feeds, ReadsOf(*site));
    const ir::ValueId result = program.graph.node(site->quantize).outputs.front();
    const Tensors out =
        kernels.Run(program, {{site->input.codes, values.at(site->input.codes)}}, {result});
    const auto ran = std::ranges::find(kernels.Products(), site->product, &ProductRun::product);
    if (!ran->why_float.empty()) continue;
    Compare(NumbersOf(program.graph, *site, values), engine, IntegersOf(out.at(result)), row);
  }
  return row;
}

Tensors InputsOf(const ir::Program& program, const Path& file) {
  std::string stem = file.filename().string();
  for (const std::string end : {".after.pt2", "_after.pt2"}) {
    if (stem.ends_with(end)) stem.resize(stem.size() - end.size());
  }
  const Path recorded = file.parent_path() / (stem + ".io.npz");
  if (std::filesystem::exists(recorded)) return InputsOfRun(program, ReadNpz(recorded), 0);
  std::mt19937 random(5);
  std::map<ir::ValueId, Tensor> feeds;
  for (const ir::ValueId id : program.UserInputs()) {
    const std::vector<std::int64_t> sizes = program.graph.value(id).type.value().sizes();
    std::int64_t count = 1;
    for (const std::int64_t size : sizes) count *= size;
    std::vector<float> elements(static_cast<std::size_t>(count));
    for (float& x : elements) {  // the sum of twelve uniform numbers: nearly normal
      double sum = -6;
      for (int k = 0; k < 12; ++k) sum += static_cast<double>(random() & 0xffff) / 65536;
      x = static_cast<float>(sum);
    }
    feeds.emplace(id, FloatTensor(sizes, elements));
  }
  return feeds;
}

// A conv of random codes, most of whose results are inside the output's range. With scales of
// powers of two, many sums are ties of the quantizer.
struct Generated {
  const char* name;
  std::int64_t channels, outputs, size, kernel, groups;
  bool ties = false, relu = false;
  std::int64_t zero_point = -3;  // of the output
  int weight_bits = 8;
};
constexpr Generated kGenerated[] = {
    {"conv 3x3, 16 to 32", 16, 32, 16, 3, 1},
    {"conv 3x3, 16 to 32, relu", 16, 32, 16, 3, 1, false, true},
    {"conv 1x1, 64 to 64", 64, 64, 12, 1, 1},
    {"conv 3x3, depthwise 32", 32, 32, 16, 3, 32},
    {"conv 3x3, depthwise 32, weights of 7 bits", 32, 32, 16, 3, 32, false, false, -3, 7},
    {"conv 3x3, 16 to 32, ties", 16, 32, 16, 3, 1, true},
    {"conv 3x3, 16 to 32, ties, even zero point", 16, 32, 16, 3, 1, true, false, -4},
};

SiteSpec SpecOf(const Generated& g, std::mt19937& random) {
  SiteSpec spec;
  const std::int64_t depth = g.channels / g.groups;
  const double spread = std::sqrt(static_cast<double>(depth * g.kernel * g.kernel)) * 74 * 74;
  spec.input = {g.ties ? 0x1p-5 : 0.0371, 7, -128, 127, ScalarType::kInt8};
  spec.input_sizes = {1, g.channels, g.size, g.size};
  spec.output_sizes = {1, g.outputs, g.size, g.size};
  std::vector<std::int8_t> weight(
      static_cast<std::size_t>(g.outputs * depth * g.kernel * g.kernel));
  for (std::int8_t& w : weight)
    w = static_cast<std::int8_t>(static_cast<std::int8_t>(random() & 0xff) >> (8 - g.weight_bits));
  spec.weight = Tensor::Of(ScalarType::kInt8, {g.outputs, depth, g.kernel, g.kernel}, weight);
  std::vector<float> bias;
  for (std::int64_t c = 0; c < g.outputs; ++c) {
    spec.scales.push_back(g.ties ? 0x1p-6
                                 : static_cast<float>(0.004 + 0.0001 * static_cast<double>(c)));
    bias.push_back(g.ties ? 0.0f : static_cast<float>(c) - 9.7f);
  }
  if (g.ties) spec.scales.resize(1);
  const double step = spec.input.scale * spec.scales.front() * spread / 50;
  spec.output = {g.ties ? std::exp2(std::round(std::log2(step))) : step, g.zero_point, -128, 127,
                 ScalarType::kInt8};
  spec.bias = FloatTensor({g.outputs}, bias);
  spec.more = {{"stride", std::vector<std::int64_t>{1, 1}},
               {"padding", std::vector<std::int64_t>{g.kernel / 2, g.kernel / 2}},
               {"dilation", std::vector<std::int64_t>{1, 1}},
               {"groups", g.groups}};
  if (g.relu) spec.relu = "aten.relu.default";
  return spec;
}

void Print(const std::string& engine, const std::string& version, const std::string& program,
           const Row& row) {
  if (row.sites == 0) return;
  fmt::print("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", engine, version, program, row.sites,
             row.codes, row.differ, row.largest, row.from_q31, row.from_tosa, row.from_formula);
  std::cout.flush();
}

void Add(const Row& from, Row& to) {
  to.sites += from.sites;
  to.codes += from.codes;
  to.differ += from.differ;
  to.largest = std::max(to.largest, from.largest);
  to.from_q31 += from.from_q31;
  to.from_tosa += from.from_tosa;
  to.from_formula += from.from_formula;
}

void PrintGenerated(KernelExecutor& kernels, const std::string& engine,
                    const std::string& version) {
  for (const Generated& generated : kGenerated) {
    std::mt19937 random(11);
    const SiteSpec spec = SpecOf(generated, random);
    const SiteProgram site(spec);
    std::vector<std::int8_t> codes(
        static_cast<std::size_t>(generated.channels * generated.size * generated.size));
    for (std::int8_t& code : codes) code = static_cast<std::int8_t>(random() & 0xff);
    const Tensors feeds{{site.codes, Tensor::Of(ScalarType::kInt8, spec.input_sizes, codes)}};
    Print(engine, version, generated.name, RowOf(kernels, site.program(), feeds));
  }
}

// "1.13.0" of "qnnpack of torch 1.13.0, AVX2, 1 thread".
std::string VersionIn(const std::string& described) {
  const std::size_t at = described.find("torch ") + 6;
  return described.substr(at, described.find_first_of(",+", at) - at);
}

// A program that the executor `integer` does not run, or whose inputs are no floats, is told and
// left out.
Row RowOfFile(KernelExecutor& kernels, const Path& file) {
  try {
    const ir::Program program = pt2::ReadProgram(file);
    return RowOf(kernels, program, InputsOf(program, file));
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    std::cerr << "left out: " << file.filename().string() << ": " << error.what() << "\n";
    return {};
  }
}

void PrintRows(const std::string& engine, const std::vector<std::string>& arguments) {
  std::unique_ptr<KernelExecutor> kernels;
  try {
    kernels = std::make_unique<KernelExecutor>(FindTorchModule(), engine);
  } catch (const Error& error) {
    std::cerr << "SKIPPED: " << error.what() << "\n";
    return;
  }
  const std::string version = VersionIn(kernels->Describe());
  PrintGenerated(*kernels, engine, version);
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i] != "--sum"; ++i) {
    const Path file = arguments[i];
    Print(engine, version, file.filename().string(), RowOfFile(*kernels, file));
  }
  if (i + 1 >= arguments.size()) return;
  Row sum;
  const std::string name = arguments[i + 1];
  for (i += 2; i < arguments.size(); ++i) Add(RowOfFile(*kernels, arguments[i]), sum);
  Print(engine, version, name, sum);
}

}  // namespace
}  // namespace foldproof::exec

int main(int count, char** arguments) {
  try {
    const std::vector<std::string> all(arguments + 1, arguments + count);
    for (const char* engine : {"qnnpack", "onednn", "fbgemm", "x86"}) {
      foldproof::exec::PrintRows(engine, all);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
