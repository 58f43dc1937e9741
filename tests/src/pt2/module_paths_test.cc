// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/module_paths.h"

#include <gtest/gtest.h>

#include "src/pt2/reader.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {
namespace {

TEST(ModulePaths, TheInnermostOfAStackIsTheModule) {
  // As PyTorch 2.13 writes it of a Sequential in a module.
  EXPECT_EQ(InnermostModule("L__self__L__self__,,__main__.Net;L__self__L__self__features,features,"
                            "torch.nn.modules.container.Sequential;L__self__L__self__features.1,"
                            "features.1,torch.nn.modules.batchnorm.BatchNorm2d"),
            "features.1");
  EXPECT_EQ(InnermostModule("L__self__,,Net"), "");
  EXPECT_EQ(InnermostModule("rubbish"), "");
  EXPECT_EQ(InnermostModule(""), "");
}

TEST(ModulePaths, AConvComesFromTheModuleOfItsWeight) {
  const std::string bytes = FileBytes(Golden("w8a32_conv1d_nobias.before.pt2"));
  auto [program, paths] = ParseNamedProgram(bytes);
  EXPECT_TRUE(paths.empty());  // this file has no metadata
  AddModulesOfWeights(program, paths);
  EXPECT_EQ(paths["conv1d"], "conv");
  paths["conv1d"] = "as the metadata says";
  AddModulesOfWeights(program, paths);
  EXPECT_EQ(paths["conv1d"], "as the metadata says");
}

}  // namespace
}  // namespace foldproof::pt2
