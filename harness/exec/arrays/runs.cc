// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "src/base/within.h"

namespace foldproof::exec {
namespace {

// The 3 of "x3" and "x3_1"; nothing for any other name.
std::optional<std::size_t> RunOf(std::string_view name) {
  if (!name.starts_with('x')) return std::nullopt;
  name.remove_prefix(1);
  const char* end = name.data() + name.size();
  std::size_t run = 0;
  const auto [stop, status] = std::from_chars(name.data(), end, run);
  if (status != std::errc() || (stop != end && *stop != '_')) return std::nullopt;
  return run;
}

// The outputs that a caller sees, by their index among those; an output that is no tensor is left
// out.
std::vector<std::pair<std::size_t, ir::ValueId>> UserOutputs(const ir::Program& program,
                                                             std::size_t* count) {
  std::vector<std::pair<std::size_t, ir::ValueId>> out;
  *count = 0;
  for (std::size_t i = 0; i < program.graph.outputs().size(); ++i) {
    const bool is_user =
        i >= program.outputs.size() || program.outputs[i].kind == ir::OutputSpec::Kind::kUserOutput;
    if (!is_user) continue;
    if (const auto* id = std::get_if<ir::ValueId>(&program.graph.outputs()[i])) {
      out.emplace_back(*count, *id);
    }
    ++*count;
  }
  return out;
}

constexpr std::string_view kCut = "at_";
constexpr double kMostZeros = 1 << 30;  // bytes; a file can declare any size

Tensor Zeros(const ir::TensorType& type, const std::string& name) {
  const std::vector<std::int64_t> sizes = type.sizes();
  double bytes = static_cast<double>(ir::ElementSize(type.dtype));
  for (const std::int64_t size : sizes) bytes *= static_cast<double>(size);
  if (!(bytes >= 0 && bytes <= kMostZeros))
    throw Error(Error::Code::kInput, Printable(name), "is too large to be taken as zeros");
  return {type.dtype, sizes, std::vector<std::byte>(static_cast<std::size_t>(bytes))};
}

}  // namespace

std::string ArrayName(char kind, std::size_t run, std::size_t item, std::size_t items) {
  return items == 1 ? fmt::format("{}{}", kind, run) : fmt::format("{}{}_{}", kind, run, item);
}

std::size_t CountRuns(const ir::Program& program, const Arrays& arrays) {
  if (program.UserInputs().empty()) return 1;
  std::size_t count = 0;
  std::string beyond;  // of a run that so few arrays cannot reach without a gap
  for (const auto& [name, tensor] : arrays) {
    const auto run = RunOf(name);
    if (run && *run < arrays.size())
      count = std::max(count, *run + 1);
    else if (run)
      beyond = name;
  }
  if (count == 0) {
    const std::string first = ArrayName('x', 0, 0, program.UserInputs().size());
    throw Error(Error::Code::kInput, "", fmt::format("holds no array named {}", first));
  }
  if (!beyond.empty()) {
    throw Error(Error::Code::kInput, Printable(beyond),
                "the arrays of a run before it are missing; name those of the runs x0, x1, x2 and "
                "so on");
  }
  return count;
}

namespace {

// How many arrays there are for run `i`, where that is another number than the program's inputs.
std::string GivenText(const Arrays& arrays, std::size_t i, std::size_t inputs) {
  const auto given = static_cast<std::size_t>(std::ranges::count_if(
      arrays, [&](const auto& array) { return RunOf(array.first) == std::optional(i); }));
  if (given == inputs || given == 0) return {};
  return fmt::format("; the run has {} array{} for {} input{}", given, given == 1 ? "" : "s",
                     inputs, inputs == 1 ? "" : "s");
}

// The inputs of run `i`: moved out of `arrays` unless those are const.
template <typename MaybeConst>
Tensors TakeInputs(const ir::Program& program, MaybeConst& arrays, std::size_t i,
                   TakenFloats taken) {
  const std::vector<ir::ValueId> inputs = program.UserInputs();
  Tensors feeds;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::string name = ArrayName('x', i, k, inputs.size());
    const auto found = arrays.find(name);
    if (found == arrays.end()) {
      const std::string missing =
          fmt::format("the array for input '{}' is missing", program.graph.value(inputs[k]).name);
      throw Error(Error::Code::kInput, name, missing + GivenText(arrays, i, inputs.size()));
    }
    Within(name, [&] { CheckFeed(program.graph.value(inputs[k]), found->second, taken); });
    feeds.emplace(inputs[k], std::move(found->second));
  }
  return feeds;
}

// NaN and infinite numbers among floats whose exponent and fraction are the bits of these two
// masks.
struct Nonfinite {
  std::int64_t nan = 0, infinite = 0;
};

template <typename Bits>
Nonfinite CountNonfinite(const Tensor& tensor, Bits exponent, Bits fraction) {
  Nonfinite out;
  for (const Bits bits : tensor.Elements<Bits>()) {
    if ((bits & exponent) != exponent) continue;
    ++((bits & fraction) != 0 ? out.nan : out.infinite);
  }
  return out;
}

// Of integers, and of floats that no .npz holds, none is.
Nonfinite CountNonfinite(const Tensor& tensor) {
  using Type = ir::ScalarType;
  if (tensor.dtype == Type::kFloat64)
    return CountNonfinite<std::uint64_t>(tensor, 0x7ff0'0000'0000'0000, 0x000f'ffff'ffff'ffff);
  if (tensor.dtype == Type::kFloat32)
    return CountNonfinite<std::uint32_t>(tensor, 0x7f80'0000, 0x007f'ffff);
  if (tensor.dtype == Type::kFloat16) return CountNonfinite<std::uint16_t>(tensor, 0x7c00, 0x03ff);
  if (tensor.dtype == Type::kBFloat16) return CountNonfinite<std::uint16_t>(tensor, 0x7f80, 0x007f);
  return {};
}

}  // namespace

Tensors InputsOfRun(const ir::Program& program, const Arrays& arrays, std::size_t i) {
  return TakeInputs(program, arrays, i, TakenFloats::kAsDeclared);
}

std::vector<Tensors> InputsOfAllRuns(const ir::Program& program, Arrays arrays, TakenFloats taken) {
  std::vector<Tensors> runs;
  const std::size_t count = CountRuns(program, arrays);
  for (std::size_t i = 0; i < count; ++i) runs.push_back(TakeInputs(program, arrays, i, taken));
  return runs;
}

std::vector<std::string> NonfiniteInputs(const Arrays& arrays) {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : arrays) {
    if (!RunOf(name) && !name.starts_with(kCut)) continue;
    const Nonfinite found = CountNonfinite(tensor);
    if (found.nan + found.infinite == 0) continue;
    std::string what;
    if (found.nan > 0) what = fmt::format("{} NaN", found.nan);
    if (found.infinite > 0)
      what += fmt::format("{}{} infinite", what.empty() ? "" : " and ", found.infinite);
    out.push_back(fmt::format("{} holds {} of {} numbers", Printable(name), what, tensor.count()));
  }
  return out;
}

std::string CutName(const std::string& value) { return std::string(kCut) + value; }

std::optional<Tensors> InputsOfCut(const ir::Program& program, const Arrays& arrays) {
  const auto is_cut = [](const auto& array) { return array.first.starts_with(kCut); };
  const auto cut = std::ranges::find_if(arrays, is_cut);
  if (cut == arrays.end()) return std::nullopt;
  const std::vector<ir::Value>& values = program.graph.values();
  const auto value = std::ranges::find(values, cut->first.substr(kCut.size()), &ir::Value::name);
  if (value == values.end()) {
    throw Error(Error::Code::kInput, Printable(cut->first),
                "the program has no value of that name; the witness may be of another one");
  }
  Tensors feeds;
  for (const ir::ValueId id : program.UserInputs()) {
    const auto& type = program.graph.value(id).type;
    if (!type || !type->is_static()) {
      throw Error(Error::Code::kInput, Printable(program.graph.value(id).name),
                  "the size of this input is not known, so it cannot be taken as zeros");
    }
    feeds.emplace(id, Zeros(*type, program.graph.value(id).name));
  }
  feeds.insert_or_assign(ir::ValueId{static_cast<std::uint32_t>(value - values.begin())},
                         cut->second);
  return feeds;
}

Arrays RunAll(Executor& executor, const ir::Program& program, const std::vector<Tensors>& runs) {
  std::size_t output_count = 0;
  const auto outputs = UserOutputs(program, &output_count);
  std::vector<ir::ValueId> fetch;
  for (const auto& [k, id] : outputs) fetch.push_back(id);
  Arrays out;
  if (runs.empty()) return out;
  std::set<ir::ValueId> fed;
  for (const auto& [id, tensor] : runs.front()) fed.insert(id);
  const auto prepared = executor.Prepare(program, fed, fetch);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Tensors values = prepared->Run(runs[i]);
    for (const auto& [k, id] : outputs) {
      out.emplace(ArrayName('y', i, k, output_count), values.at(id));
    }
  }
  return out;
}

}  // namespace foldproof::exec
