// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_keeper.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "fuzz/case_files.h"
#include "fuzz/draw_json.h"
#include "harness/exec/integer/integer_executor.h"
#include "src/base/error.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {
namespace {

using nlohmann::json;

// Writes the outcome of a draw into a folder; what came in the way of a file, else nothing.
class OutcomeWriter {
 public:
  explicit OutcomeWriter(const passes::MakePass& make_pass) : pass_(make_pass()) {}

  std::string Write(std::string_view request) {
    const json from = json::parse(request);
    try {
      WriteOutcome(DrawOf(JsonField(from["draw"])), *pass_, executor_,
                   from["folder"].get<std::string>());
    } catch (const Error& error) {
      if (error.code() == Error::Code::kUsage) return {};  // the pass did not start this time
      if (error.code() != Error::Code::kOutput) throw;
      return error.what();
    } catch (const passes::CutShort&) {  // the case has the program before, and what it failed by
    }
    return {};
  }

 private:
  std::unique_ptr<passes::PassUnderTest> pass_;
  exec::IntegerExecutor executor_;
};

IsolatedWork::MakeWork MakeWriter(const passes::MakePass& make_pass) {
  return [&make_pass]() -> IsolatedWork::Work {
    return [writer = std::make_shared<OutcomeWriter>(make_pass)](std::string_view request) {
      return writer->Write(request);
    };
  };
}

}  // namespace

CaseKeeper::CaseKeeper(const passes::MakePass& make_pass, std::uint64_t seed, std::string pass,
                       unsigned seconds, passes::IsOver is_over)
    : seed_(seed),
      pass_(std::move(pass)),
      process_(MakeWriter(make_pass), seconds, std::move(is_over)) {}

std::optional<Finding> CaseKeeper::Keep(const Failure& failure,
                                        const std::filesystem::path& folder) {
  WriteCase(failure, seed_, pass_, folder);
  const json request{{"draw", JsonOf(failure.draw)}, {"folder", folder.string()}};
  IsolatedWork::Answer answer = process_.Ask(request.dump());
  if (answer.whole && !answer.text.empty()) {
    throw Error(Error::Code::kOutput, folder.string(), answer.text);
  }
  if (answer.whole || answer.is_cut || failure.finding.rule == kInternalError) return std::nullopt;
  return Finding{kInternalError, "", "while the case was kept: " + answer.text};
}

}  // namespace foldproof::fuzz
