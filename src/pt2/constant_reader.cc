// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/constant_reader.h"

#include <bit>
#include <map>
#include <utility>

#include "src/base/error.h"
#include "src/base/within.h"
#include "src/ir/checker.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/json_index.h"
#include "src/pt2/limits.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using Kind = ir::Constant::Kind;

// Where one of the two kinds of payload lies.
struct Folder {
  std::string path;           // "data/weights/"
  std::string configuration;  // "data/weights/model_weights_config.json"
  bool weights;
};

std::vector<std::int64_t> Numbers(Json list, std::string_view what) {
  std::vector<std::int64_t> out;
  for (const Json item : AsList(list, what)) {
    const std::int64_t number = IntegerField(item, "as_int");
    if (number < 0) FailField(what, "has the negative entry " + std::to_string(number));
    out.push_back(number);
  }
  return out;
}

class ConstantReader {
 public:
  ConstantReader(const ZipArchive& archive, ir::Program& program)
      : archive_(archive), program_(program) {
    for (const ir::InputSpec& spec : program.inputs) {
      if (spec.kind != ir::InputSpec::Kind::kUserInput) needed_.emplace(spec.target, &spec);
    }
  }

  void ReadFolder(const Folder& folder) {
    Within(folder.configuration, [&] {
      const JsonDocument json(archive_.ReadText(folder.configuration, kMostJsonBytes));
      const JsonIndex payloads(AsObject(Field(json.root(), "config"), "config"));
      for (const auto& [key, payload] : payloads.members()) {
        const std::string name(key);
        Within("'" + name + "'", [&] { ReadPayload(folder, name, payload); });
      }
    });
  }

  void CheckAllRead(const std::string& model) const {
    for (const auto& [name, spec] : needed_) {
      if (!program_.constants.contains(name)) {
        throw Error(Error::Code::kInput, "'" + name + "'",
                    "the signature needs it, but neither " + model + "_weights_config.json nor " +
                        model + "_constants_config.json has it; save the program again");
      }
    }
  }

 private:
  void ReadPayload(const Folder& folder, const std::string& name, Json payload) {
    const auto need = needed_.find(name);
    if (AsTruth(Field(payload, "use_pickle"), "use_pickle")) {
      if (need == needed_.end()) return;
      FailField(name, "is pickled, and nothing is unpickled here; make it a plain tensor");
    }
    const Json meta = Field(payload, "tensor_meta");
    ir::Constant constant;
    constant.name = name;
    constant.type = TensorTypeOf(meta);
    if (!constant.type.is_static()) FailField("sizes", "of a constant must be numbers");
    constant.strides = Numbers(Field(meta, "strides"), "strides");
    constant.offset = IntegerField(Field(meta, "storage_offset"), "as_int");
    if (constant.offset < 0) FailField("storage_offset", "is negative");
    if (constant.strides.size() != constant.type.rank()) {
      FailField("strides", "has another length than 'sizes'");
    }
    const bool is_param = AsTruth(Field(payload, "is_param"), "is_param");
    constant.kind = is_param         ? Kind::kParameter
                    : folder.weights ? Kind::kBuffer
                                     : Kind::kTensorConstant;
    if (need != needed_.end()) {
      CheckRole(*need->second, is_param);
      Adopt(*need->second, constant);
    }
    constant.storage =
        StorageAt(folder.path + std::string(TextField(payload, "path_name")), constant.type.dtype);
    ir::CheckConstant(constant, program_.storages[constant.storage].size());
    if (!program_.constants.emplace(name, std::move(constant)).second) {
      FailField(name, "is both a weight and a constant");
    }
  }

  // In PyTorch a buffer that is said to be a parameter is none of the loaded module's buffers.
  static void CheckRole(const ir::InputSpec& spec, bool is_param) {
    const bool wants = spec.kind == ir::InputSpec::Kind::kParameter;
    if (spec.kind == ir::InputSpec::Kind::kTensorConstant || wants == is_param) return;
    FailField("is_param", std::string("says that it is ") + (is_param ? "a" : "no") +
                              " parameter, which the signature contradicts");
  }

  // The signature knows better than the payload what a constant is.
  static void Adopt(const ir::InputSpec& spec, ir::Constant& constant) {
    constant.persistent = spec.persistent;
    constant.kind = spec.kind == ir::InputSpec::Kind::kParameter ? Kind::kParameter
                    : spec.kind == ir::InputSpec::Kind::kBuffer  ? Kind::kBuffer
                                                                 : Kind::kTensorConstant;
  }

  // torch.export.load makes one tensor of an entry, with the type of the first that names it, and
  // gives a view of it to all others: one of another type would hold other numbers there than here.
  std::uint32_t StorageAt(const std::string& path, ir::ScalarType type) {
    const auto [found, added] = storages_.emplace(
        path, FirstUse{static_cast<std::uint32_t>(program_.storages.size()), type});
    if (added) program_.storages.Add(archive_.ReadBytes(path));
    if (found->second.type != type) {
      FailField("path_name", "names the bytes of a tensor of another type (" +
                                 std::string(ir::Name(found->second.type)) + ", here " +
                                 std::string(ir::Name(type)) +
                                 "), whose type torch.export.load would give to this one too");
    }
    return found->second.index;
  }

  struct FirstUse {
    std::uint32_t index;
    ir::ScalarType type;
  };

  const ZipArchive& archive_;
  ir::Program& program_;
  std::map<std::string, const ir::InputSpec*> needed_;
  std::map<std::string, FirstUse> storages_;  // by entry
};

// torch writes "little" or "big", and torch.export.load reads the bytes as they stand whatever it
// says. Elements of the other order would be other numbers in PyTorch than those that were saved.
void CheckByteOrder(const ZipArchive& archive) {
  constexpr std::string_view kEntry = "byteorder";
  constexpr std::string_view kNative =
      std::endian::native == std::endian::little ? "little" : "big";
  const std::string order = archive.Contains(kEntry) ? archive.ReadText(kEntry, 64) : "little";
  if (order == kNative) return;
  throw Error(Error::Code::kInput, std::string(kEntry),
              "says '" + order + "' where '" + std::string(kNative) +
                  "' is read: torch.export.load does not swap the bytes of the other order; save "
                  "the program again on a " +
                  std::string(kNative) + "-endian machine");
}

}  // namespace

void ReadConstants(const ZipArchive& archive, const std::string& model, ir::Program& program) {
  CheckByteOrder(archive);
  for (const char* folder : {"data/weights/", "data/constants/"}) {
    if (archive.Contains(folder + model + ".pt")) {
      throw Error(Error::Code::kInput, folder + model + ".pt",
                  "is pickled, as older versions of PyTorch did it, and nothing is unpickled here; "
                  "save the program again with PyTorch 2.13");
    }
  }
  ConstantReader reader(archive, program);
  reader.ReadFolder({"data/weights/", "data/weights/" + model + "_weights_config.json", true});
  reader.ReadFolder(
      {"data/constants/", "data/constants/" + model + "_constants_config.json", false});
  reader.CheckAllRead(model);
}

}  // namespace foldproof::pt2
