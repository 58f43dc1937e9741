// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/constant_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "src/base/error.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using Kind = ir::Constant::Kind;

// A payload configuration as the archive had it; JSON objects forget their order.
struct KeptPayloads {
  Json config = Json::object();
  std::vector<std::string> order;
  std::set<std::string> pickled;  // path names
};

KeptPayloads ReadKept(const std::string& text) {
  KeptPayloads out;
  if (text.empty()) return out;
  out.config = Field(ParseJson(text), "config");  // within the limits: parsed again below
  const auto collect = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 2) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (out.config.contains(name)) out.order.push_back(name);
    }
    return true;
  };
  const Json whole = Json::parse(text, collect);
  FP_CHECK(whole.is_object());
  for (const auto& [name, payload] : out.config.items()) {
    if (AsTruth(Field(payload, "use_pickle"), "use_pickle")) {
      out.pickled.insert(TextField(payload, "path_name"));
    }
  }
  return out;
}

// What a constant is written as, and where.
struct Role {
  bool weights = true;
  bool is_param = false;
};

Role RoleOf(Kind kind, bool persistent) {
  return {kind == Kind::kParameter || (kind == Kind::kBuffer && persistent),
          kind == Kind::kParameter};
}

Role RoleOf(const ir::InputSpec& spec) {
  switch (spec.kind) {
    case ir::InputSpec::Kind::kParameter: return RoleOf(Kind::kParameter, true);
    case ir::InputSpec::Kind::kBuffer: return RoleOf(Kind::kBuffer, spec.persistent);
    case ir::InputSpec::Kind::kTensorConstant: return RoleOf(Kind::kTensorConstant, true);
    case ir::InputSpec::Kind::kUserInput: break;
  }
  FP_CHECK(!"an input that stands for a constant");
  return {};
}

bool IsOfReals(ir::ScalarType type) {
  return ir::IsFloat(type) || type == ir::ScalarType::kComplexHalf ||
         type == ir::ScalarType::kComplexFloat || type == ir::ScalarType::kComplexDouble;
}

class FolderWriter {
 public:
  FolderWriter(const ir::Program& program, KeptPayloads kept, std::string folder,
               std::string prefix)
      : program_(program),
        kept_(std::move(kept)),
        folder_(std::move(folder)),
        prefix_(std::move(prefix)) {}

  const KeptPayloads& kept() const { return kept_; }
  void Take(const std::string& name, bool is_param) {
    if (taken_.emplace(name, is_param).second) order_.push_back(name);
  }

  PayloadFolder Write() {
    std::string text;
    std::set<std::string> written;
    const auto write = [&](const std::string& name) {
      const auto taken = taken_.find(name);
      const bool is_pickled =
          taken == taken_.end() && Pickled(name) && !program_.constants.contains(name);
      if ((taken == taken_.end() && !is_pickled) || !written.insert(name).second) return;
      if (!text.empty()) text += ", ";
      text += Json(name).dump() + ": ";
      text += (is_pickled ? kept_.config[name] : Payload(name, taken->second)).dump();
    };
    for (const std::string& name : kept_.order) write(name);
    for (const std::string& name : order_) write(name);
    out_.configuration = "{\"config\": {" + text + "}}";
    return std::move(out_);
  }

 private:
  bool Pickled(const std::string& name) const {
    const auto payload = kept_.config.find(name);
    return payload != kept_.config.end() && (*payload)["use_pickle"].get<bool>();
  }

  Json Payload(const std::string& name, bool is_param) {
    const ir::Constant& constant = program_.constants.at(name);
    const auto kept = kept_.config.find(name);
    const Json* had =
        kept == kept_.config.end() || Pickled(name) ? nullptr : OptionalField(*kept, "tensor_meta");
    return {{"path_name", PathOf(constant)},
            {"is_param", is_param},
            {"use_pickle", false},
            {"tensor_meta", Meta(constant, had)}};
  }

  // Whether autograd is to follow it is what the archive said of it; a new constant is a constant.
  // Integers have no gradient: torch would not load one that says so.
  static Json Meta(const ir::Constant& constant, const Json* had) {
    const bool learned = had != nullptr && IsOfReals(constant.type.dtype) &&
                         AsTruth(Field(*had, "requires_grad"), "requires_grad");
    Json meta = TensorMetaOf(constant.type, constant.strides, constant.offset, learned);
    if (had != nullptr && had->contains("device")) meta["device"] = (*had)["device"];
    return meta;
  }

  // torch takes the element type of a storage from the first tensor that looks at it, so that one
  // that two types look at is written for each of them.
  std::string PathOf(const ir::Constant& constant) {
    const auto key = std::pair(constant.storage, constant.type.dtype);
    const auto found = paths_.find(key);
    if (found != paths_.end()) return found->second;
    std::string path;
    do {
      path = prefix_ + std::to_string(next_++);
    } while (kept_.pickled.contains(path));
    const ir::Storage& storage = program_.storages.at(constant.storage);
    out_.storages.emplace_back(
        folder_ + path,
        std::string_view(reinterpret_cast<const char*>(storage.data()), storage.size()));
    paths_.emplace(key, path);
    return path;
  }

  const ir::Program& program_;
  KeptPayloads kept_;
  std::string folder_;
  std::string prefix_;
  std::map<std::string, bool> taken_;  // by name: is it a parameter?
  std::vector<std::string> order_;
  std::map<std::pair<std::uint32_t, ir::ScalarType>, std::string> paths_;
  std::size_t next_ = 0;
  PayloadFolder out_;
};

}  // namespace

Payloads WritePayloads(const ir::Program& program, const Remainder& remainder,
                       const KeptModel& kept) {
  FolderWriter weights(program, ReadKept(remainder.weights), "data/weights/", "weight_");
  FolderWriter constants(program, ReadKept(remainder.constants), "data/constants/", "tensor_");
  std::set<std::string> named;
  const auto take = [&](const std::string& name, Role role) {
    if (named.insert(name).second) (role.weights ? weights : constants).Take(name, role.is_param);
  };
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind != ir::InputSpec::Kind::kUserInput) take(spec.target, RoleOf(spec));
  }
  for (const ir::OutputSpec& spec : program.outputs) {
    const auto found = program.constants.find(spec.target);
    if (spec.kind == ir::OutputSpec::Kind::kUserOutput || found == program.constants.end())
      continue;
    take(spec.target, RoleOf(found->second.kind, found->second.persistent));
  }
  for (FolderWriter* folder : {&weights, &constants}) {
    for (const std::string& name : folder->kept().order) {
      // Neither now nor then: torch keeps it for the module, and so does the archive.
      const bool loose = !named.contains(name) && !kept.HasConstant(name);
      if (!loose || !program.constants.contains(name)) continue;
      folder->Take(name, folder->kept().config[name]["is_param"].get<bool>());
    }
  }
  return {weights.Write(), constants.Write()};
}

}  // namespace foldproof::pt2
