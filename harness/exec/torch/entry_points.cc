// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/torch/module.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/exec/torch/argument_value.h"
#include "harness/exec/torch/boxed_call.h"
#include "harness/exec/torch/lacking.h"
#include "harness/exec/torch/quantized_kernel.h"
#include "harness/exec/torch/translate.h"

namespace foldproof::exec::torch_module {
namespace {

void Write(std::string_view text, FoldproofTorchText* out, bool is_lacking = false) {
  const std::size_t length = std::min(text.size(), sizeof(out->bytes) - 1);
  std::memcpy(out->bytes, text.data(), length);
  out->bytes[length] = '\0';
  out->is_lacking = is_lacking;
}

// Runs `body` with nothing that could leave the module: its exception becomes `why`. The number of
// OpenMP threads belongs to the calling thread, so it is set here and not once.
template <typename Body>
bool Guarded(FoldproofTorchText* why, Body&& body) noexcept {
  try {
    const c10::InferenceMode no_gradients;
    if (at::get_num_threads() != 1) at::set_num_threads(1);
    body();
    return true;
  } catch (const Lacking& error) {
    Write(error.what(), why, true);
  } catch (const c10::Error& error) {
    Write(error.what_without_backtrace(), why);
  } catch (const std::exception& error) {
    Write(error.what(), why);
  } catch (...) {
    Write("an exception of an unknown type", why);
  }
  return false;
}

// What follows `key` in at::show_config(): "1.13.0" after "TORCH_VERSION=".
std::string ConfiguredValue(std::string_view key) {
  const std::string config = at::show_config();
  const std::size_t at = config.find(key);
  if (at == std::string::npos) return "unknown";
  const std::size_t begin = at + key.size();
  return config.substr(begin, config.find_first_of(",\n", begin) - begin);
}

// libtorch 1.13 keeps oneDNN's primitives under a key that leaves out the output's zero point, so a
// kernel may get that of an earlier one (a test of kernel_executor_test.cc holds this). A cache of
// one entry keeps none over; it reads its size when it is first used.
void ForgetPrimitives() {
#if TORCH_VERSION_MAJOR < 2
  ::setenv("LRU_CACHE_CAPACITY", "1", 1);
#endif
}

int Open(FoldproofTorchText* why) {
  return Guarded(why, [] {
    ForgetPrimitives();
    const std::string loaded = ConfiguredValue("TORCH_VERSION=");
    if (loaded != TORCH_VERSION) {
      throw std::runtime_error("libtorch " + loaded +
                               " was loaded, but " TORCH_VERSION
                               " compiled; unset LD_LIBRARY_PATH or build again");
    }
  });
}

void Describe(FoldproofTorchText* version, FoldproofTorchText* capability, std::int32_t* threads) {
  FoldproofTorchText why;
  Guarded(&why, [&] {
    Write(ConfiguredValue("TORCH_VERSION="), version);
    Write(ConfiguredValue("CPU capability usage: "), capability);
    *threads = at::get_num_threads();
  });
}

FoldproofTorchTensor* Make(std::int32_t scalar_type, std::size_t rank, const std::int64_t* sizes,
                           const void* bytes, std::size_t byte_count, FoldproofTorchText* why) {
  FoldproofTorchTensor* made = nullptr;
  Guarded(why, [&] {
    const at::IntArrayRef shape(sizes, rank);
    at::Tensor tensor = at::empty(shape, at::TensorOptions(ToC10ScalarType(scalar_type)));
    if (tensor.nbytes() != byte_count) throw std::runtime_error("size and shape do not agree");
    if (bytes != nullptr && byte_count != 0) std::memcpy(tensor.data_ptr(), bytes, byte_count);
    made = new FoldproofTorchTensor{std::move(tensor)};
  });
  return made;
}

int Shape(const FoldproofTorchTensor* tensor, std::int32_t* scalar_type, std::size_t* rank,
          std::int64_t* sizes, std::size_t capacity, FoldproofTorchText* why) {
  return Guarded(why, [&] {
    *scalar_type = FromC10ScalarType(tensor->tensor.scalar_type());
    const at::IntArrayRef shape = tensor->tensor.sizes();
    *rank = shape.size();
    for (std::size_t i = 0; i < std::min(capacity, shape.size()); ++i) sizes[i] = shape[i];
  });
}

int Read(const FoldproofTorchTensor* tensor, void* bytes, std::size_t byte_count,
         FoldproofTorchText* why) {
  return Guarded(why, [&] {
    const at::Tensor dense = tensor->tensor.contiguous();
    if (dense.nbytes() != byte_count) throw std::runtime_error("size and shape do not agree");
    if (byte_count != 0) std::memcpy(bytes, dense.data_ptr(), byte_count);
  });
}

void* Borrow(FoldproofTorchTensor* tensor, FoldproofTorchText* why) {
  void* bytes = nullptr;
  Guarded(why, [&] {
    if (tensor->tensor.is_contiguous()) bytes = tensor->tensor.data_ptr();
  });
  return bytes;
}

void Drop(FoldproofTorchTensor* tensor) { delete tensor; }

FoldproofTorchOperator* Find(const char* name, const char* overload, FoldproofTorchText* why) {
  FoldproofTorchOperator* found = nullptr;
  Guarded(why, [&] { found = new FoldproofTorchOperator(FindOperator(name, overload)); });
  return found;
}

void Release(FoldproofTorchOperator* found) { delete found; }

bool DrawsAtRandom(const c10::OperatorHandle& handle) {
  if (handle.hasTag(at::Tag::nondeterministic_seeded)) return true;
  for (const c10::Argument& argument : handle.schema().arguments()) {
    if (argument.name() == "generator") return true;
  }
  return false;
}

void EffectsOfOperator(const FoldproofTorchOperator* found, const char* const* arguments,
                       std::size_t count, std::uint8_t* writes, std::uint8_t* views,
                       std::uint8_t* random) {
  FoldproofTorchText why;
  Guarded(&why, [&] {
    if (!found->handle) return;
    *random = DrawsAtRandom(*found->handle);
    for (std::size_t i = 0; i < count; ++i) {
      for (const c10::Argument& argument : found->handle->schema().arguments()) {
        if (argument.name() != arguments[i] || argument.alias_info() == nullptr) continue;
        writes[i] = argument.alias_info()->isWrite();
        views[i] = 1;
      }
    }
  });
}

// The items of `value`, appended to the results that the caller has room for.
void Append(const c10::IValue& value, FoldproofTorchResult* results, std::size_t capacity,
            std::size_t* count) {
  if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) Append(item, results, capacity, count);
    return;
  }
  FoldproofTorchResult result{kFoldproofTorchNone, nullptr, 0, 0};
  if (value.isTensor() && value.toTensor().defined()) {
    result.kind = kFoldproofTorchTensor;
    if (*count < capacity) result.tensor = new FoldproofTorchTensor{value.toTensor()};
  } else if (value.isInt()) {
    result.kind = kFoldproofTorchInteger;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    result.kind = kFoldproofTorchReal;
    result.real = value.toDouble();
  } else if (value.isBool()) {
    result.kind = kFoldproofTorchBool;
    result.integer = value.toBool();
  }
  if (*count < capacity) results[*count] = result;
  ++*count;
}

int Call(const FoldproofTorchOperator* found, const FoldproofTorchArgument* arguments,
         std::size_t count, FoldproofTorchResult* results, std::size_t capacity,
         std::size_t* result_count, FoldproofTorchText* why) {
  *result_count = 0;
  return Guarded(why, [&] {
    for (const c10::IValue& value : CallBoxed(*found, {arguments, count})) {
      Append(value, results, capacity, result_count);
    }
  });
}

int HasEngine(const char* engine) {
  FoldproofTorchText why;
  bool has = false;
  Guarded(&why, [&] { has = FindEngine(engine).has_value(); });
  return has;
}

FoldproofTorchKernel* Pack(const char* engine, const FoldproofTorchProduct* product,
                           FoldproofTorchText* why) {
  FoldproofTorchKernel* kernel = nullptr;
  Guarded(why, [&] { kernel = new FoldproofTorchKernel(PackKernel(engine, *product)); });
  return kernel;
}

FoldproofTorchTensor* RunPacked(const FoldproofTorchKernel* kernel,
                                const FoldproofTorchTensor* input, FoldproofTorchText* why) {
  FoldproofTorchTensor* codes = nullptr;
  Guarded(why, [&] { codes = new FoldproofTorchTensor{RunKernel(*kernel, input->tensor)}; });
  return codes;
}

void DropKernel(FoldproofTorchKernel* kernel) { delete kernel; }

constexpr FoldproofTorchTable kTable{kFoldproofTorchInterface,
                                     Open,
                                     Describe,
                                     Make,
                                     Shape,
                                     Read,
                                     Borrow,
                                     Drop,
                                     Find,
                                     Release,
                                     EffectsOfOperator,
                                     Call,
                                     HasEngine,
                                     Pack,
                                     RunPacked,
                                     DropKernel};

}  // namespace
}  // namespace foldproof::exec::torch_module

extern "C" __attribute__((visibility("default"))) const FoldproofTorchTable*
foldproof_torch_table() {
  return &foldproof::exec::torch_module::kTable;
}
