// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/portable_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "src/base/error.h"

namespace foldproof::exec::portable_module_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PortableModule : public testing::Test {
 protected:
  PortableModule() : folder_(testing::TempDir() + "/foldproof_portable_module") {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "torch");
  }
  ~PortableModule() override { fs::remove_all(folder_); }

  // The package of a PyTorch that calls itself so.
  fs::path PyTorch(const std::string& version) const {
    std::ofstream(folder_ / "torch" / "version.py")
        << "from typing import Optional\n__all__ = ['__version__']\n__version__ = '" << version
        << "'\ndebug = False\n";
    return folder_ / "torch";
  }

  fs::path folder_;
  fs::path module_ = "foldproof_torch-2.13.0.so";
};

TEST_F(PortableModule, IsFoundByItsName) {
  EXPECT_FALSE(PortableModuleIn(folder_));
  EXPECT_FALSE(PortableModuleIn(folder_ / "nowhere"));
  std::ofstream(folder_ / "foldproof_torch.so");  // one that knows its libtorch
  EXPECT_FALSE(PortableModuleIn(folder_));
  std::ofstream(folder_ / module_);
  EXPECT_EQ(PortableModuleIn(folder_), folder_ / module_);
}

TEST_F(PortableModule, TakesItsOwnReleaseHoweverItWasBuilt) {
  for (const char* version : {"2.13.0", "2.13.0+cpu", "2.13.0+cu126"})
    EXPECT_EQ(WhyNotWith(module_, PyTorch(version)), "") << version;
}

TEST_F(PortableModule, NamesTheReleaseThatItNeeds) {
  for (const char* version : {"2.9.1+cpu", "2.13.1", "2.13", "2.13.0.1", "12.13.0"}) {
    EXPECT_THAT(WhyNotWith(module_, PyTorch(version)), HasSubstr("pip install torch==2.13.0"))
        << version;
  }
  EXPECT_THAT(WhyNotWith(module_, PyTorch("2.9.1+cpu")),
              HasSubstr("this Python has PyTorch 2.9.1"));
  EXPECT_THAT(WhyNotWith(module_, ""), HasSubstr("has no PyTorch; pip install torch==2.13.0"));
  EXPECT_THAT(WhyNotWith(module_, folder_), HasSubstr("one without a version"));
}

TEST_F(PortableModule, IsNotOpenedWithAnother) {
  const fs::path other = PyTorch("2.9.1");
  EXPECT_THROW(LoadLibtorchFor(module_, other), Error);
  const fs::path broken = PyTorch("2.13.0");  // its library is not there
  EXPECT_THAT(
      [&] { LoadLibtorchFor(module_, broken); },
      testing::Throws<Error>(testing::Property(&Error::what, HasSubstr("libtorch_cpu.so"))));
}

}  // namespace
}  // namespace foldproof::exec::portable_module_test
