// SPDX-License-Identifier: BSD-3-Clause
//
// The rules on made-up files: each must fire where it should, and only there.
#include "tests/imports/import_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace foldproof::imports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSpdx = "// SPDX-License-Identifier: BSD-3-Clause\n";

struct Edge {
  const char* from;
  const char* to;
};

TEST(ImportTable, AllowsTheOneDirection) {
  const Edge allowed[] = {
      {"src/ir/graph.cc", "src/base/error.h"},
      {"src/ir/graph.cc", "src/ir/op.h"},
      {"src/pt2/read.cc", "src/ir/program.h"},
      {"src/fold/fold_qat_conv_bn.cc", "src/ir/program.h"},
      {"harness/exec/torch/module.cc", "harness/exec/tensor.h"},
      {"harness/prove/tail/tail.cc", "harness/exec/quantized/quantize.h"},
      {"harness/compare/lsb.cc", "harness/prove/verdict/verdict.h"},
      {"harness/passes/built_in.cc", "src/fold/pipelines.h"},
      {"harness/mutants/eps.cc", "src/fold/pipelines.h"},
      {"fuzz/generate.cc", "harness/mutants/mutant.h"},
      {"reports/json.cc", "harness/passes/pass.h"},
      {"cli/main.cc", "reports/json.h"},
      {"cli/main.cc", "src/base/error.h"},
  };
  for (const Edge& edge : allowed) {
    const std::string line = "#include \"" + std::string(edge.to) + "\"\n";
    EXPECT_THAT(IncludeFaults(edge.from, line), IsEmpty()) << edge.from << " includes " << edge.to;
  }
}

TEST(ImportTable, RefusesTheOther) {
  const Edge refused[] = {
      {"src/base/error.cc", "src/ir/graph.h"},
      {"src/ir/graph.cc", "src/pt2/read.h"},
      {"src/ir/graph.cc", "harness/exec/tensor.h"},
      {"src/pt2/read.cc", "src/fold/pipelines.h"},
      {"src/fold/pipelines.cc", "harness/prove/verdict/verdict.h"},
      {"src/fold/pipelines.cc", "harness/exec/quantized/quantize.h"},
      {"harness/exec/quantize.cc", "harness/prove/tail/tail.h"},
      {"harness/prove/tail/tail.cc", "src/fold/pipelines.h"},
      {"harness/prove/tail/tail.cc", "src/pt2/read.h"},
      {"harness/prove/tail/tail.cc", "harness/compare/lsb.h"},
      {"harness/compare/lsb.cc", "src/fold/pipelines.h"},
      {"harness/passes/built_in.cc", "reports/json.h"},
      {"harness/mutants/eps.cc", "harness/passes/built_in.h"},
      {"fuzz/generate.cc", "reports/json.h"},
      {"reports/json.cc", "fuzz/generate.h"},
      {"reports/json.cc", "cli/options.h"},
  };
  for (const Edge& edge : refused) {
    const std::string header = edge.to;
    EXPECT_THAT(IncludeFaults(edge.from, "#include \"" + header + "\"\n"),
                ElementsAre(HasSubstr("must not know")))
        << edge.from << " includes " << edge.to;
    EXPECT_THAT(IncludeFaults(edge.from, "#include <" + header + ">\n"),
                ElementsAre(HasSubstr("must not know")))
        << edge.from << " includes " << edge.to << " in angle brackets";
  }
}

TEST(ImportTable, HoldsTheInnerOrder) {
  const Edge allowed[] = {
      {"harness/prove/judge/prover.cc", "harness/prove/reach/tap_sums.h"},
      {"harness/prove/tail/tail.h", "harness/prove/conv/edge.h"},
      {"harness/prove/tail/op/add.cc", "harness/prove/tail/tail.h"},
      {"harness/prove/reach/tap_sums.h", "harness/exec/quantized/quantize.h"},
      {"harness/exec/arrays/npz.h", "harness/exec/tensor.h"},
      {"harness/exec/open/open_executor.cc", "harness/exec/eigen/eigen_executor.h"},
      {"src/fold/pipeline.cc", "src/fold/upstream/upstream_fold.h"},
  };
  for (const Edge& edge : allowed) {
    const std::string line = "#include \"" + std::string(edge.to) + "\"\n";
    EXPECT_THAT(IncludeFaults(edge.from, line), IsEmpty()) << edge.from << " includes " << edge.to;
  }
  const Edge refused[] = {
      {"harness/prove/reach/tap_sums.h", "harness/prove/conv/conv_side.h"},
      {"harness/prove/tail/tail.h", "harness/prove/sites/site_match.h"},
      {"harness/prove/verdict/proof.h", "harness/prove/judge/prover.h"},
      {"harness/prove/reach/tap_sums.h", "harness/prove/constants/elementwise.h"},
      {"harness/exec/arrays/npz.h", "harness/exec/plan/run_plan.h"},
      {"harness/exec/integer/functions.cc", "harness/exec/eigen/window.h"},
      {"harness/exec/executor.h", "harness/exec/arrays/npz.h"},
      {"src/fold/upstream/upstream_fold.cc", "src/fold/pipeline.h"},
  };
  for (const Edge& edge : refused) {
    const std::string line = "#include \"" + std::string(edge.to) + "\"\n";
    EXPECT_THAT(IncludeFaults(edge.from, line), ElementsAre(HasSubstr("must not know")))
        << edge.from << " includes " << edge.to;
  }
}

TEST(ImportTable, FindsCyclesOverHeadersAndSources) {
  const std::string b = "#include \"x/b.h\"\n";
  const std::string a = "#include \"x/a.h\"\n";
  EXPECT_THAT(IncludeCycles({{"x/a.h", ""}, {"x/a.cc", a + b}, {"x/b.h", ""}, {"x/b.cc", b}}),
              IsEmpty());
  EXPECT_THAT(IncludeCycles({{"x/a.h", ""}, {"x/a.cc", b}, {"x/b.h", a}}),
              ElementsAre("x/a -> x/b -> x/a"));
  EXPECT_THAT(IncludeCycles(
                  {{"x/a.h", b}, {"x/b.h", ""}, {"x/b.cc", "#include \"x/c.h\"\n"}, {"x/c.h", b}}),
              ElementsAre("x/b -> x/c -> x/b"));
}

TEST(ImportTable, NamesThePlaceOfAFault) {
  EXPECT_THAT(
      IncludeFaults("src/base/a.cc", kSpdx + "#include <string>\n#include \"src/ir/b.h\"\n"),
      ElementsAre("src/base/a.cc:3: src/ir/b.h: src/base must not know src/ir"));
}

TEST(ImportTable, WantsNamesFromTheRoot) {
  EXPECT_THAT(IncludeFaults("src/ir/graph.cc", "#include \"graph.h\"\n"),
              ElementsAre(HasSubstr("from the repository's root")));
  EXPECT_THAT(IncludeFaults("src/ir/graph.cc", "#include \"src/irrelevant/graph.h\"\n"),
              ElementsAre(HasSubstr("from the repository's root")));
  EXPECT_THAT(IncludeFaults("src/extra/graph.cc", "#include \"src/ir/graph.h\"\n"),
              ElementsAre(HasSubstr("no folder of the import table")));
}

TEST(ImportTable, SeesEverySpellingOfAnInclude) {
  for (const std::string line : {"  #include \"src/ir/b.h\"", "#\tinclude\"src/ir/b.h\"  // why",
                                 "# import <src/ir/b.h>", "#include_next \"src/ir/b.h\""}) {
    EXPECT_EQ(IncludeFaults("src/base/a.cc", line).size(), 1u) << line;
  }
  EXPECT_THAT(IncludeFaults("src/base/a.cc", "#include HEADER\n"),
              ElementsAre(HasSubstr("must name its file")));
  EXPECT_THAT(IncludeFaults("src/base/a.cc", "// #include \"src/ir/b.h\"\n"), IsEmpty());
  EXPECT_THAT(IncludeFaults("src/base/a.cc", "const char* includes = \"src/ir/b.h\";\n"),
              IsEmpty());
}

TEST(ImportTable, KeepsLibtorchInItsFolder) {
  for (const std::string header :
       {"torch/torch.h", "ATen/ATen.h", "c10/core/Device.h", "caffe2/core/macros.h"}) {
    const std::string line = "#include <" + header + ">\n";
    EXPECT_THAT(IncludeFaults("harness/exec/torch/module.cc", line), IsEmpty()) << header;
    EXPECT_THAT(IncludeFaults("harness/exec/torch/boxed_call.h", line), IsEmpty()) << header;
    EXPECT_EQ(IncludeFaults("harness/exec/torch/module.h", line).size(), 1u) << header;
    EXPECT_EQ(IncludeFaults("harness/exec/tensor.cc", line).size(), 1u) << header;
    EXPECT_EQ(IncludeFaults("cli/main.cc", "#include \"" + header + "\"\n").size(), 1u) << header;
  }
}

TEST(ImportTable, ShowsOnlyTheInterfaceOfTheTorchModule) {
  const std::string interface = "#include \"harness/exec/torch/module.h\"\n";
  const std::string inner = "#include \"harness/exec/torch/boxed_call.h\"\n";
  EXPECT_THAT(IncludeFaults("harness/exec/torch/module.cc", interface + inner), IsEmpty());
  EXPECT_THAT(IncludeFaults("harness/exec/libtorch/torch_module.cc", interface), IsEmpty());
  EXPECT_THAT(IncludeFaults("harness/exec/libtorch/torch_module.cc", inner),
              ElementsAre(HasSubstr("from outside")));
  EXPECT_THAT(IncludeFaults("cli/run.cc", inner), ElementsAre(HasSubstr("from outside")));
}

TEST(ImportTable, KeepsHeavyHeadersOutOfOurs) {
  const std::string json = "#include <nlohmann/json.hpp>\n";
  const std::string eigen = "#include <Eigen/Dense>\n";
  const std::string cli11 = "#include <CLI/CLI.hpp>\n";
  EXPECT_THAT(IncludeFaults("reports/json.cc", json + eigen), IsEmpty());
  EXPECT_EQ(IncludeFaults("reports/json.h", json + eigen).size(), 2u);
  EXPECT_THAT(IncludeFaults("reports/json.h", "#include <nlohmann/json_fwd.hpp>\n"), IsEmpty());
  EXPECT_EQ(IncludeFaults("src/pt2/reader.h", "#include <simdjson.h>\n").size(), 1u);
  EXPECT_THAT(IncludeFaults("src/pt2/json_fields.h", "#include <simdjson.h>\n"), IsEmpty());
  EXPECT_THAT(IncludeFaults("cli/main.cc", cli11), IsEmpty());
  EXPECT_EQ(IncludeFaults("cli/options.h", cli11).size(), 1u);
  EXPECT_EQ(IncludeFaults("reports/json.cc", cli11).size(), 1u);
  EXPECT_EQ(IncludeFaults("reports/json.cc", "#include <toml++/toml.h>\n").size(), 1u);
}

TEST(ImportTable, PublicHeadersIncludeTheStandardLibraryAndTheirLikeAlone) {
  const auto faults = [](const std::string& line) {
    return IncludeFaults("include/foldproof/verify.h", line + "\n");
  };
  EXPECT_THAT(faults("#include <foldproof/report.h>"), IsEmpty());
  EXPECT_THAT(faults("#include <optional>"), IsEmpty());
  EXPECT_EQ(faults("#include <fmt/format.h>").size(), 1u);
  EXPECT_EQ(faults("#include <simdjson.h>").size(), 1u);
  EXPECT_EQ(faults("#include \"src/base/error.h\"").size(), 1u);
}

TEST(Form, AcceptsAPlainFile) {
  EXPECT_THAT(FormFaults("src/ir/graph.h", kSpdx + "#pragma once\n"), IsEmpty());
  EXPECT_THAT(FormFaults("src/ir/graph.cc", kSpdx + std::string(100, 'x') + "\n"), IsEmpty());
}

TEST(Form, WantsTheSpdxLineFirst) {
  EXPECT_THAT(FormFaults("src/ir/a.cc", ""), ElementsAre(HasSubstr("SPDX")));
  EXPECT_THAT(FormFaults("src/ir/a.cc", "\n" + kSpdx), ElementsAre(HasSubstr("SPDX")));
  EXPECT_THAT(FormFaults("src/ir/a.cc", "// SPDX-License-Identifier: MIT\n"),
              ElementsAre(HasSubstr("SPDX")));
}

TEST(Form, CountsLinesAndColumns) {
  std::string long_text = kSpdx;
  for (int line = 2; line <= 400; ++line) long_text += "\n";
  EXPECT_THAT(FormFaults("src/ir/a.cc", long_text), IsEmpty());
  EXPECT_THAT(FormFaults("src/ir/a.cc", long_text + "\n"), ElementsAre(HasSubstr("401 lines")));
  EXPECT_THAT(FormFaults("src/ir/a.cc", kSpdx + std::string(101, 'x') + "\n"),
              ElementsAre(HasSubstr("a.cc:2: wider than 100")));
  std::string wide_letters;  // 100 letters of two bytes each
  for (int i = 0; i < 100; ++i) wide_letters += "\u03b3";
  EXPECT_THAT(FormFaults("src/ir/a.cc", kSpdx + wide_letters + "\n"), IsEmpty());
}

TEST(Form, WantsPragmaOnce) {
  EXPECT_THAT(FormFaults("src/ir/a.h", kSpdx), ElementsAre(HasSubstr("#pragma once")));
}

TEST(Form, RefusesNamesOfRoles) {
  for (const std::string path :
       {"src/ir/graph_util.cc", "src/utils/a.cc", "src/ir/helper.cc", "src/ir/pass_manager.cc",
        "src/ir/data.cc", "src/ir/node_info.cc", "src/ir/process_node.cc", "src/ir/do_fold.cc"}) {
    EXPECT_THAT(FormFaults(path, kSpdx), ElementsAre(HasSubstr("says a role"))) << path;
  }
  EXPECT_THAT(FormFaults("src/ir/dataflow.cc", kSpdx), IsEmpty());  // a whole word, not a part
}

TEST(Form, WantsItsTwoSuffixes) {
  EXPECT_THAT(FormFaults("src/ir/graph.cpp", kSpdx), ElementsAre(HasSubstr(".h or .cc")));
}

}  // namespace
}  // namespace foldproof::imports
