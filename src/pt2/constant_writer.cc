// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/constant_writer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "src/base/error.h"
#include "src/pt2/json_index.h"
#include "src/pt2/json_text.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using Kind = ir::Constant::Kind;

// A payload configuration as the archive had it.
struct KeptPayloads {
  std::optional<JsonDocument> document;
  JsonIndex config;
  std::set<std::string, std::less<>> pickled;  // path names
};

bool IsPickled(Json payload) { return AsTruth(Field(payload, "use_pickle"), "use_pickle"); }

KeptPayloads ReadKept(const std::string& text) {
  KeptPayloads out;
  if (text.empty()) return out;
  out.document.emplace(text);
  out.config = JsonIndex(AsObject(Field(out.document->root(), "config"), "config"));
  for (const auto& [name, payload] : out.config.members()) {
    if (IsPickled(payload)) out.pickled.emplace(TextField(payload, "path_name"));
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
    JsonText text;
    text.BeginObject().Key("config").BeginObject();
    std::set<std::string_view> written;
    for (const auto& [name, payload] : kept_.config.members()) {
      if (const auto taken = taken_.find(name); taken != taken_.end()) {
        written.insert(taken->first);
        WritePayload(taken->first, taken->second, text);
      } else if (IsPickled(payload) && !program_.constants.contains(std::string(name))) {
        text.Key(name).Copy(payload);
      }
    }
    for (const std::string& name : order_) {
      if (!written.contains(name)) WritePayload(name, taken_.at(name), text);
    }
    out_.configuration = text.EndObject().EndObject().Take();
    return std::move(out_);
  }

 private:
  void WritePayload(const std::string& name, bool is_param, JsonText& out) {
    const ir::Constant& constant = program_.constants.at(name);
    out.Key(name).BeginObject().Key("is_param").Truth(is_param);
    out.Key("path_name").String(PathOf(constant)).Key("tensor_meta");
    WriteMeta(constant, FindMeta(name), out);
    out.Key("use_pickle").Truth(false).EndObject();
  }

  std::optional<Json> FindMeta(std::string_view name) const {
    const std::optional<Json> had = kept_.config.Find(name);
    return had && !IsPickled(*had) ? OptionalField(*had, "tensor_meta") : std::nullopt;
  }

  // Whether autograd is to follow it is what the archive said of it; a new constant is a constant.
  // Integers have no gradient: torch would not load one that says so.
  static void WriteMeta(const ir::Constant& constant, std::optional<Json> had, JsonText& out) {
    TensorLayout layout{constant.strides, constant.offset};
    if (had) {
      layout.requires_grad =
          IsOfReals(constant.type.dtype) && AsTruth(Field(*had, "requires_grad"), "requires_grad");
      layout.device = Find(*had, "device");
    }
    WriteTensorMeta(constant.type, layout, out);
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
    const ir::Storage& storage = program_.storages[constant.storage];
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
  std::map<std::string, bool, std::less<>> taken_;  // by name: is it a parameter?
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
    for (const auto& [key, payload] : folder->kept().config.members()) {
      const std::string name(key);
      // Neither now nor then: torch keeps it for the module, and so does the archive.
      const bool loose = !named.contains(name) && !kept.HasConstant(name);
      if (!loose || !program.constants.contains(name)) continue;
      folder->Take(name, AsTruth(Field(payload, "is_param"), "is_param"));
    }
  }
  return {weights.Write(), constants.Write()};
}

}  // namespace foldproof::pt2
