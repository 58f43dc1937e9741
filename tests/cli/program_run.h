// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the built program as a shell would, but without one: arguments reach it byte by byte.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/paths.h"

namespace foldproof::cli {

// A folder of this test's own, removed with it.
class Scratch {
 public:
  Scratch() {
    std::string name = testing::TempDir() + "/foldproof_cli_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }
  std::size_t count() const {
    using Each = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Each(folder_), Each()));
  }

 private:
  std::filesystem::path folder_;
};

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Ran {
  int code = -1;  // the exit code; -1 where a signal ended the program
  std::string out;
  std::string err;
};

// Runs `foldproof arguments...` in the repository's root. Standard output goes to `out_path` where
// one is given, and `out` stays empty. `in_child` is called last before the program starts;
// `program`: another copy of it.
inline Ran RunFoldproof(
    const std::vector<std::string>& arguments, const std::string& out_path = {},
    const std::function<void()>& in_child = [] {}, const std::string& program = tests::kProgram) {
  const Scratch scratch;
  const std::string out = out_path.empty() ? scratch / "out" : out_path;
  const std::string err = scratch / "err";
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT, 0600);
    const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT, 0600);
    if (out_file < 0 || err_file < 0 || ::dup2(out_file, 1) < 0 || ::dup2(err_file, 2) < 0 ||
        ::chdir(tests::kSourceFolder) != 0) {
      ::_exit(126);
    }
    in_child();
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out_path.empty() ? ReadText(out) : "",
          ReadText(err)};
}

// One line on standard error that starts with the program's name, nothing on standard output, and
// no control character that a terminal would obey.
inline void ExpectOneLineError(const Ran& ran, int code) {
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_TRUE(ran.out.empty());
  EXPECT_TRUE(ran.err.starts_with("foldproof: "));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_EQ(ran.err.back(), '\n');
  EXPECT_TRUE(std::none_of(ran.err.begin(), ran.err.end() - 1, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  })) << ran.err;
}

inline bool HasTorch() {
  return std::filesystem::exists(std::filesystem::path(tests::kProgram).parent_path() /
                                 "foldproof_torch.so");
}

#define SKIP_WITHOUT_TORCH() \
  if (!HasTorch()) GTEST_SKIP() << "SKIPPED: this build has no libtorch to run programs with"

}  // namespace foldproof::cli
