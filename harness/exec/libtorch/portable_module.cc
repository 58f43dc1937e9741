// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/portable_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <fstream>
#include <string_view>
#include <system_error>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModulePrefix = "foldproof_torch-", kModuleSuffix = ".so";

std::string ReleaseOf(const fs::path& module) {
  const std::string name = module.filename().string();
  return name.substr(kModulePrefix.size(),
                     name.size() - kModulePrefix.size() - kModuleSuffix.size());
}

// The 2.13.0 of `__version__ = '2.13.0+cpu'` in the package's version.py; empty where it is not
// there.
std::string ReleaseOfPackage(const fs::path& pytorch) {
  constexpr std::string_view kKey = "__version__ = '";
  std::ifstream file(pytorch / "version.py");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kKey)) continue;
    return line.substr(kKey.size(), line.find_first_of("+'", kKey.size()) - kKey.size());
  }
  return {};
}

}  // namespace

std::optional<fs::path> PortableModuleIn(const fs::path& folder) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kModulePrefix) && name.ends_with(kModuleSuffix) &&
        name.size() > kModulePrefix.size() + kModuleSuffix.size()) {
      return entry.path();
    }
  }
  return std::nullopt;
}

std::string WhyNotWith(const fs::path& module, const fs::path& pytorch) {
  const std::string needed = ReleaseOf(module);
  if (pytorch.empty()) {
    return fmt::format(
        "programs are run by PyTorch {} here, and this Python has no PyTorch; pip install "
        "torch=={}",
        needed, needed);
  }
  const std::string there = ReleaseOfPackage(pytorch);
  if (there == needed) return {};
  return fmt::format(
      "programs are run by PyTorch {} here, and this Python has {}; pip install torch=={}", needed,
      there.empty() ? "one without a version" : "PyTorch " + Printable(there, 40), needed);
}

void LoadLibtorchFor(const fs::path& module, const fs::path& pytorch) {
  const std::string why = WhyNotWith(module, pytorch);
  if (!why.empty()) throw Error(Error::Code::kInternal, "torch", why);
  const fs::path library = pytorch / "lib" / "libtorch_cpu.so";
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
    throw Error(Error::Code::kInternal, library.string(),
                fmt::format("cannot be loaded: {}", ::dlerror()));
  }
}

}  // namespace foldproof::exec
