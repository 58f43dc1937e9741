// SPDX-License-Identifier: BSD-3-Clause
//
// The executors integer:q31 and integer:tosa against the proof's kernel semantics: on random inputs
// of every site that has a kernel, code for code. The accumulators are summed by themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "harness/exec/integer/integer_kernel_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/prove/conv/conv_accumulators.h"
#include "harness/prove/conv/element_map.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/put_kernel.h"
#include "harness/prove/witness/feed_point.h"
#include "src/pt2/reader.h"
#include "tests/harness/prove/program_files.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

namespace fs = std::filesystem;

struct Count {
  int kernels = 0;
  int without = 0;  // sites that have none, on both sides
  std::int64_t codes = 0;
};

std::mt19937 g_random(20);

exec::Tensor RandomCodes(const ConvSide& conv, const std::vector<std::int64_t>& sizes) {
  exec::Tensor shape{ir::ScalarType::kFloat32, sizes, {}};
  std::vector<float> reals(static_cast<std::size_t>(shape.count()));
  const std::int64_t z = conv.input_params.zero_point;
  std::uniform_int_distribution<std::int64_t> any(
      std::max(ir::LowestOf(conv.input_params.dtype), conv.input_range.low + z),
      std::min(ir::HighestOf(conv.input_params.dtype), conv.input_range.high + z));
  const auto s = static_cast<float>(conv.input_params.scale);
  for (float& x : reals) x = static_cast<float>(any(g_random) - z) * s;
  return CodesOf(exec::Tensor::Of(ir::ScalarType::kFloat32, sizes, reals), conv.input_params);
}

// x_q - z_x as the conv reads them, of the codes that its input was dequantized from.
std::vector<std::int32_t> ShiftedInput(const Side& side, const ConvSide& conv,
                                       const exec::Tensor& codes) {
  const ir::ValueId read = side.view.Read(conv.node, conv.op.input);
  const auto moved = TraceElements(side.view, conv.input_cut, read);
  if (!moved) throw std::runtime_error("the conv's input is no move of its codes");
  const std::vector<std::int64_t> numbers = exec::IntegersOf(codes);
  std::vector<std::int32_t> x;
  for (const std::int64_t from : *moved) {
    const std::int64_t z = conv.input_params.zero_point;
    const std::int64_t q = from < 0 ? z : numbers.at(static_cast<std::size_t>(from));
    x.push_back(static_cast<std::int32_t>(q - z));
  }
  return x;
}

// Where the element of a channel and a batch's position lies in the value of register `reg`.
std::size_t PlaceOf(const Side& side, const SiteSide& site, std::uint32_t reg, std::size_t channel,
                    std::size_t position) {
  const auto sizes = side.view.program().graph.value(site.conv.output).type->sizes();
  std::size_t plane = 1;
  for (std::size_t d = sizes.size() - site.conv.op.spatial(); d < sizes.size(); ++d) {
    plane *= static_cast<std::size_t>(sizes[d]);
  }
  const std::size_t index =
      (position / plane * site.conv.channels + channel) * plane + position % plane;
  const auto at =
      FollowElement(side.view, NodesTo(site.tail, reg), static_cast<std::int64_t>(index));
  if (!at) throw std::runtime_error("an element was not found");
  return static_cast<std::size_t>(*at);
}

// One site on random codes: every kernel of its tail, some forty positions of each channel.
void ExpectTheProversCodes(const Side& side, const SiteSide& site, exec::Executor& executor,
                           Count& count, const std::string& where) {
  const ir::Program& program = side.view.program();
  const ConvSide& conv = site.conv;
  const auto& type = program.graph.value(conv.input_codes).type;
  ASSERT_TRUE(type && type->is_static()) << where;
  const exec::Tensor codes = RandomCodes(conv, type->sizes());
  const std::vector<std::int32_t> x = ShiftedInput(side, conv, codes);
  const ir::ValueId read = side.view.Read(conv.node, conv.op.input);
  const ConvAccumulators sums(program.graph, conv, program.graph.value(read).type->sizes());
  for (std::uint32_t reg = 1; reg <= site.tail.instructions.size(); ++reg) {
    const auto* kernel = std::get_if<tail_op::Requantize>(&site.tail.instructions[reg - 1].op);
    if (kernel == nullptr) continue;
    const ir::ValueId value = site.tail.values[reg];
    const auto got =
        exec::IntegersOf(executor.Run(program, {{conv.input_codes, codes}}, {value}).at(value));
    ++count.kernels;
    for (std::size_t c = 0; c < conv.channels; ++c) {
      const std::vector<std::int64_t> a = sums.Of(c, x);
      for (std::size_t k = 0; k < a.size(); k += 1 + a.size() / 40) {
        const std::int64_t want = std::clamp(kernel->UnclampedCode(c, a[k]),
                                             kernel->params.quant_min, kernel->params.quant_max);
        ASSERT_EQ(got.at(PlaceOf(side, site, reg, c, k)), want)
            << where << ", channel " << c << ", accumulator " << a[k];
        ++count.codes;
      }
    }
  }
}

void Check(const fs::path& file, exec::Kernel kernel, Count& count) {
  const ir::Program program = pt2::ReadProgram(file.string());
  const Side side(program);
  exec::IntegerKernelExecutor executor(kernel);
  const auto inputs = program.UserInputs();
  std::vector<ir::ValueId> outputs;
  for (std::size_t i = 0; i < program.graph.outputs().size(); ++i) {
    if (const auto* id = std::get_if<ir::ValueId>(&program.graph.outputs()[i])) {
      outputs.push_back(*id);
    }
  }
  executor.Prepare(program, {inputs.begin(), inputs.end()}, outputs);
  const std::vector<exec::ProductRun> products = executor.Products();
  for (const ir::Node& node : program.graph.nodes()) {
    if (!std::holds_alternative<ir::Convolution>(node.op) || !side.view.IsLive(node.id)) continue;
    const std::string where = file.filename().string() + ": " + node.name;
    ConvSideOrReason read = ReadConvSide(side.view, side.constants, node);
    if (!read.side) continue;
    SiteSide site =
        MakeSiteSide(side.view, side.constants, std::move(*read.side), BatchNormVariant::kFma);
    if (PutKernel(side.view, kernel, site).empty()) {
      EXPECT_EQ(std::ranges::count(products, node.id, &exec::ProductRun::product),
                std::ranges::count_if(site.tail.instructions,
                                      [](const TailInstruction& instruction) {
                                        return std::holds_alternative<tail_op::Requantize>(
                                            instruction.op);
                                      }))
          << where;
      for (const exec::ProductRun& run : products) {
        EXPECT_TRUE(run.product != node.id || run.why_float.empty())
            << where << ": " << run.why_float;
      }
      ExpectTheProversCodes(side, site, executor, count, where);
    } else {
      ++count.without;
    }
  }
}

Count CheckAll(const fs::path& folder, std::uintmax_t most_bytes) {
  Count count;
  for (const fs::path& file : ProgramsIn(folder)) {
    if (!file.filename().string().ends_with("after.pt2") || fs::file_size(file) > most_bytes)
      continue;
    for (const exec::Kernel kernel : {exec::Kernel::kQ31, exec::Kernel::kTosa}) {
      Check(file, kernel, count);
    }
  }
  std::cout << count.kernels << " kernels, " << count.codes << " codes; " << count.without
            << " sites without a kernel\n";
  return count;
}

TEST(KernelExecutorAgreement, GoldenProgramsCodeForCode) {
  const Count count = CheckAll(fs::path(tests::kSourceFolder) / "golden/pt2", UINTMAX_MAX);
  EXPECT_GE(count.kernels, 20);
}

TEST(KernelExecutorAgreement, CorpusProgramsCodeForCode) {
  const fs::path corpus = fs::path(tests::kSourceFolder) / "../shared/corpus";
  if (!fs::is_directory(corpus)) GTEST_SKIP() << "SKIPPED: " << corpus << " is not there";
  const Count count = CheckAll(corpus, std::uintmax_t{4} << 20);
  EXPECT_GE(count.kernels, 100);
}

}  // namespace
}  // namespace foldproof::prove
