// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/exec/libtorch/portable_module.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "foldproof_torch.so";
constexpr char kInstalledFolder[] = "foldproof";  // in the folder of libraries
constexpr const char* kHowToBuild =
    "install libtorch-dev or set FOLDPROOF_LIBTORCH, then "
    "cmake --preset release -DFOLDPROOF_TORCH=ON && cmake --build --preset release";

[[noreturn]] void UnusableModule(const fs::path& file, const std::string& why) {
  throw Error(Error::Code::kInternal, file.string(), why);
}

[[noreturn]] void RefuseForTorch(const FoldproofTorchText& why) {
  // libtorch's messages run over several lines; the first says what is wrong.
  const std::string_view text(why.bytes);
  const Error error(Error::Code::kInput, "", std::string(text.substr(0, text.find('\n'))));
  throw why.is_lacking != 0 ? error.Undecided() : error;
}

const FoldproofTorchTable* Load(const fs::path& file) {
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) UnusableModule(file, fmt::format("cannot be loaded: {}", ::dlerror()));
  void* symbol = ::dlsym(library, kFoldproofTorchEntry);
  if (symbol == nullptr) UnusableModule(file, "is no module of foldproof; build it again");
  return reinterpret_cast<FoldproofTorchEntry>(symbol)();
}

}  // namespace

OperatorName ParseTarget(std::string_view target) {
  const std::size_t first = target.find('.');
  const std::size_t last = target.rfind('.');
  if (first == std::string_view::npos || first == last) return {std::string(target), ""};
  const std::string_view overload = target.substr(last + 1);
  return {
      fmt::format("{}::{}", target.substr(0, first), target.substr(first + 1, last - first - 1)),
      std::string(overload == "default" ? "" : overload)};
}

fs::path FindTorchModule() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::vector<fs::path> candidates{folder / kFileName,
                                   folder / ".." / "lib" / kInstalledFolder / kFileName};
  // In a program of somebody else's, beside the library that this code is in. A relative path would
  // be one of the working folder, which may be anybody's.
  Dl_info library{};
  if (::dladdr(&kInstalledFolder, &library) != 0 && fs::path(library.dli_fname).is_absolute())
    candidates.push_back(fs::path(library.dli_fname).parent_path() / kInstalledFolder / kFileName);
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate, ignored)) return candidate;
  }
  if (const auto portable = PortableModuleIn(folder)) {
    // The Python package says where its Python has PyTorch.
    const char* pytorch = std::getenv("FOLDPROOF_PYTORCH");
    LoadLibtorchFor(*portable, pytorch == nullptr ? "" : pytorch);
    return *portable;
  }
  UnusableModule(
      folder / kFileName,
      fmt::format("programs cannot be run, this build has no libtorch; {}", kHowToBuild));
}

TorchModule::TorchModule(const fs::path& file) : table_(Load(file)) {
  if (table_->interface != kFoldproofTorchInterface) {
    UnusableModule(file, fmt::format("has interface {}, not {}; build it again", table_->interface,
                                     static_cast<std::uint32_t>(kFoldproofTorchInterface)));
  }
  FoldproofTorchText why;
  if (!table_->open(&why)) UnusableModule(file, why.bytes);
}

std::string TorchModule::Describe() const {
  FoldproofTorchText version, capability;
  std::int32_t threads = 0;
  table_->describe(&version, &capability, &threads);
  return fmt::format("torch {}, {}, {} thread{}", version.bytes, capability.bytes, threads,
                     threads == 1 ? "" : "s");
}

TorchModule::Handle TorchModule::Make(const Tensor& tensor) const {
  FoldproofTorchText why;
  Handle handle(table_->make(static_cast<std::int32_t>(tensor.dtype), tensor.sizes.size(),
                             tensor.sizes.data(), tensor.bytes.data(), tensor.bytes.size(), &why),
                {table_->drop});
  if (!handle) RefuseForTorch(why);
  return handle;
}

TorchModule::Handle TorchModule::MakeUninitialized(ir::ScalarType dtype,
                                                   const std::vector<std::int64_t>& sizes) const {
  std::size_t bytes = ir::ElementSize(dtype);
  for (const std::int64_t size : sizes) bytes *= static_cast<std::size_t>(size);
  FoldproofTorchText why;
  Handle handle(table_->make(static_cast<std::int32_t>(dtype), sizes.size(), sizes.data(), nullptr,
                             bytes, &why),
                {table_->drop});
  if (!handle) RefuseForTorch(why);
  return handle;
}

ir::TensorType TorchModule::TypeOf(const FoldproofTorchTensor* handle) const {
  constexpr std::size_t kUsualRank = 8;
  FoldproofTorchText why;
  std::int32_t type = 0;
  std::size_t rank = 0;
  std::vector<std::int64_t> sizes(kUsualRank);
  if (!table_->shape(handle, &type, &rank, sizes.data(), sizes.size(), &why)) RefuseForTorch(why);
  const bool is_whole = rank <= sizes.size();
  sizes.resize(rank);
  if (!is_whole && !table_->shape(handle, &type, &rank, sizes.data(), rank, &why))
    RefuseForTorch(why);
  return ir::MakeTensorType(static_cast<ir::ScalarType>(type), sizes);
}

Tensor TorchModule::Read(const FoldproofTorchTensor* handle) const {
  FoldproofTorchText why;
  const ir::TensorType type = TypeOf(handle);
  Tensor tensor{type.dtype, type.sizes(), {}};
  tensor.bytes.resize(static_cast<std::size_t>(tensor.count()) * ir::ElementSize(tensor.dtype));
  if (!table_->read(handle, tensor.bytes.data(), tensor.bytes.size(), &why)) RefuseForTorch(why);
  return tensor;
}

std::byte* TorchModule::Borrow(FoldproofTorchTensor* tensor) const {
  FoldproofTorchText why{};
  return static_cast<std::byte*>(table_->borrow(tensor, &why));
}

TorchModule::Operator TorchModule::Find(const OperatorName& target) const {
  FoldproofTorchText why;
  Operator found(table_->find(target.name.c_str(), target.overload.c_str(), &why),
                 {table_->release});
  if (!found) RefuseForTorch(why);
  return found;
}

std::vector<TorchModule::Result> TorchModule::Call(
    const FoldproofTorchOperator* found, const std::vector<FoldproofTorchArgument>& arguments,
    std::size_t wanted) const {
  std::vector<FoldproofTorchResult> raw(wanted);
  std::size_t count = 0;
  FoldproofTorchText why;
  const bool done =
      table_->call(found, arguments.data(), arguments.size(), raw.data(), raw.size(), &count, &why);
  std::vector<Result> results;
  for (std::size_t i = 0; i < std::min(count, wanted); ++i) {
    switch (raw[i].kind) {
      case kFoldproofTorchTensor:
        results.emplace_back(Handle(raw[i].tensor, {table_->drop}));
        break;
      case kFoldproofTorchInteger: results.emplace_back(raw[i].integer); break;
      case kFoldproofTorchReal: results.emplace_back(raw[i].real); break;
      case kFoldproofTorchBool: results.emplace_back(raw[i].integer != 0); break;
      case kFoldproofTorchNone:
      case kFoldproofTorchTensors:
      case kFoldproofTorchIntegers:
      case kFoldproofTorchReals:
      case kFoldproofTorchBools:
      case kFoldproofTorchString:
      case kFoldproofTorchStrings:
      case kFoldproofTorchScalarType:
      case kFoldproofTorchLayout:
      case kFoldproofTorchMemoryFormat:
      case kFoldproofTorchDevice:
      case kFoldproofTorchComplex: results.emplace_back(std::monostate{}); break;
    }
  }
  if (!done) RefuseForTorch(why);
  return results;
}

Effects TorchModule::EffectsOf(const FoldproofTorchOperator* found,
                               const std::vector<const char*>& arguments) const {
  std::vector<std::uint8_t> writes(arguments.size(), 0), views(arguments.size(), 0);
  std::uint8_t random = 0;
  table_->effects(found, arguments.data(), arguments.size(), writes.data(), views.data(), &random);
  return {{writes.begin(), writes.end()}, {views.begin(), views.end()}, random != 0};
}

bool TorchModule::HasEngine(const std::string& engine) const {
  return table_->has_engine(engine.c_str()) != 0;
}

TorchModule::Kernel TorchModule::Pack(const std::string& engine,
                                      const FoldproofTorchProduct& product) const {
  FoldproofTorchText why;
  Kernel kernel(table_->pack(engine.c_str(), &product, &why), {table_->drop_kernel});
  if (!kernel) RefuseForTorch(why);
  return kernel;
}

TorchModule::Handle TorchModule::RunKernel(const FoldproofTorchKernel* kernel,
                                           const FoldproofTorchTensor* input) const {
  FoldproofTorchText why;
  Handle codes(table_->run_kernel(kernel, input, &why), {table_->drop});
  if (!codes) RefuseForTorch(why);
  return codes;
}

}  // namespace foldproof::exec
