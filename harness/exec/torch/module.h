// SPDX-License-Identifier: BSD-3-Clause
//
// The C interface of the module foldproof_torch, the only code that includes libtorch. It is opened
// with dlopen when a program is to be run, because loading libtorch takes longer than a proof. No
// exception crosses it: a function that can fail returns 0 or nullptr and writes a reason.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Raised with every change of this file; both sides must have been built from the same one.
enum : std::uint32_t { kFoldproofTorchInterface = 3 };

// Text of a bounded length, cut where it is longer; always ends with a zero.
struct FoldproofTorchText {
  char bytes[1024];
  // Of a reason: 1 where this libtorch lacks the operator, an argument of it or an element type, so
  // that nothing is wrong with the program; else 0.
  std::uint8_t is_lacking;
};

struct FoldproofTorchTensor;    // an at::Tensor
struct FoldproofTorchOperator;  // an operator that was looked up, whether libtorch has it or not

enum FoldproofTorchKind : std::int32_t {
  kFoldproofTorchNone,
  kFoldproofTorchTensor,   // tensors[0]
  kFoldproofTorchTensors,  // nullptr: None
  kFoldproofTorchInteger,  // integers[0]
  kFoldproofTorchIntegers,
  kFoldproofTorchReal,  // reals[0]
  kFoldproofTorchReals,
  kFoldproofTorchBool,  // integers[0], 0 or 1
  kFoldproofTorchBools,
  kFoldproofTorchString,  // texts[0]
  kFoldproofTorchStrings,
  kFoldproofTorchScalarType,    // integers[0]: as ir::ScalarType counts
  kFoldproofTorchLayout,        // integers[0]: as ir::Layout
  kFoldproofTorchMemoryFormat,  // integers[0]: as ir::MemoryFormat
  kFoldproofTorchDevice,        // texts[0]: "cpu"
  kFoldproofTorchComplex,       // reals[0], reals[1]
};

// One argument of a call, under its name in the operator's schema.
struct FoldproofTorchArgument {
  const char* name;
  FoldproofTorchKind kind;
  std::size_t count;
  const std::int64_t* integers;
  const double* reals;
  const char* const* texts;
  FoldproofTorchTensor* const* tensors;
};

// One result: a tensor (the caller's, to be dropped), a number or nothing. A list is given as its
// items.
struct FoldproofTorchResult {
  FoldproofTorchKind kind;
  FoldproofTorchTensor* tensor;
  std::int64_t integer;
  double real;
};

struct FoldproofTorchKernel;  // a quantized kernel with its weights packed

// A convolution or linear on codes, quantized again: x and the result are uint8 or int8 codes,
// int8 being run as uint8 with code and zero point raised by 128; so are uint8 weights lowered.
struct FoldproofTorchProduct {
  std::int32_t spatial;         // 2: conv2d, 1: conv1d, 0: linear, which ignores the next four
  const std::int64_t* stride;   // one entry a spatial dimension, as padding and dilation
  const std::int64_t* padding;  // of zeros on both sides
  const std::int64_t* dilation;
  std::int64_t groups;
  const FoldproofTorchTensor* weight;  // codes [O, C / groups, kernel...] or [O, K]
  std::size_t weight_channels;         // of the next two: 1 for all of the weight, else O
  const double* weight_scales;
  const std::int64_t* weight_zero_points;
  const FoldproofTorchTensor* bias;  // float32 [O], or nullptr
  std::int32_t relu;                 // 1: the result is not below zero
  double input_scale;
  std::int64_t input_zero_point;
  std::int32_t output_type;  // as ir::ScalarType counts
  double output_scale;
  std::int64_t output_zero_point;
  std::int64_t output_min, output_max;  // codes are clamped to these
};

struct FoldproofTorchTable {
  std::uint32_t interface;
  // Checks that the loaded libtorch is the one whose headers were compiled.
  int (*open)(FoldproofTorchText* why);
  void (*describe)(FoldproofTorchText* version, FoldproofTorchText* capability,
                   std::int32_t* threads);
  // Copies `byte_count` bytes, row-major; with `bytes` nullptr the elements are left to be filled.
  FoldproofTorchTensor* (*make)(std::int32_t scalar_type, std::size_t rank,
                                const std::int64_t* sizes, const void* bytes,
                                std::size_t byte_count, FoldproofTorchText* why);
  // Type and rank; then, by a second call with the rank as capacity, the sizes.
  int (*shape)(const FoldproofTorchTensor* tensor, std::int32_t* scalar_type, std::size_t* rank,
               std::int64_t* sizes, std::size_t capacity, FoldproofTorchText* why);
  // The elements, row-major; `byte_count` must be their exact size.
  int (*read)(const FoldproofTorchTensor* tensor, void* bytes, std::size_t byte_count,
              FoldproofTorchText* why);
  // The tensor's own elements, borrowed as long as it lives; nullptr where they are not row-major
  // without gaps.
  void* (*borrow)(FoldproofTorchTensor* tensor, FoldproofTorchText* why);
  void (*drop)(FoldproofTorchTensor* tensor);
  // The operator `name` ("aten::add_") of that overload; nullptr where memory is out.
  FoldproofTorchOperator* (*find)(const char* name, const char* overload, FoldproofTorchText* why);
  void (*release)(FoldproofTorchOperator* found);
  // Which of the named arguments the operator writes to, of which a result may be a view, and
  // whether its result is drawn at random. Nothing of that where libtorch has no such operator.
  void (*effects)(const FoldproofTorchOperator* found, const char* const* arguments,
                  std::size_t count, std::uint8_t* writes, std::uint8_t* views,
                  std::uint8_t* random);
  // Calls an operator. Sets result_count to what it returns, also where that is above `capacity`
  // (then the rest is dropped).
  int (*call)(const FoldproofTorchOperator* found, const FoldproofTorchArgument* arguments,
              std::size_t count, FoldproofTorchResult* results, std::size_t capacity,
              std::size_t* result_count, FoldproofTorchText* why);
  // Whether this libtorch, on this machine, has the quantized engine ("qnnpack").
  int (*has_engine)(const char* engine);
  // The product as a kernel of that engine; nullptr where it takes no such one.
  FoldproofTorchKernel* (*pack)(const char* engine, const FoldproofTorchProduct* product,
                                FoldproofTorchText* why);
  // The codes that it makes of the codes `input`.
  FoldproofTorchTensor* (*run_kernel)(const FoldproofTorchKernel* kernel,
                                      const FoldproofTorchTensor* input, FoldproofTorchText* why);
  void (*drop_kernel)(FoldproofTorchKernel* kernel);
};

// The one exported symbol.
using FoldproofTorchEntry = const FoldproofTorchTable* (*)();
inline constexpr char kFoldproofTorchEntry[] = "foldproof_torch_table";

}  // extern "C"
