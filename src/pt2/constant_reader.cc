// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/constant_reader.h"

#include <algorithm>
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

void Swap(ir::Storage& storage, std::size_t width) {
  for (std::size_t at = 0; at + width <= storage.size(); at += width) {
    std::reverse(storage.begin() + at, storage.begin() + at + width);
  }
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

  // Byte order is a matter of the elements: a storage that two widths look at has none.
  void SwapBytes() {
    std::map<std::uint32_t, std::size_t> widths;
    for (const auto& [name, constant] : program_.constants) {
      const ir::ScalarType type = constant.type.dtype;
      const bool complex = type == ir::ScalarType::kComplexHalf ||
                           type == ir::ScalarType::kComplexFloat ||
                           type == ir::ScalarType::kComplexDouble;
      const std::size_t width = complex ? ElementSize(type) / 2 : ElementSize(type);
      if (widths.emplace(constant.storage, width).first->second != width) {
        throw Error(Error::Code::kInput, "'" + name + "'",
                    "shares big-endian bytes with a tensor of another width; save the program on "
                    "a little-endian machine");
      }
    }
    for (const auto& [index, width] : widths) Swap(program_.storages[index], width);
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
    constant.storage = StorageAt(folder.path + std::string(TextField(payload, "path_name")));
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

  std::uint32_t StorageAt(const std::string& path) {
    const auto [found, added] =
        storages_.emplace(path, static_cast<std::uint32_t>(program_.storages.size()));
    if (added) program_.storages.push_back(archive_.ReadBytes(path));
    return found->second;
  }

  const ZipArchive& archive_;
  ir::Program& program_;
  std::map<std::string, const ir::InputSpec*> needed_;
  std::map<std::string, std::uint32_t> storages_;
};

// torch writes "little" or "big"; an archive without it is little-endian.
bool IsForeignByteOrder(const ZipArchive& archive) {
  constexpr std::string_view kEntry = "byteorder";
  if (!archive.Contains(kEntry)) return std::endian::native != std::endian::little;
  const std::string order = archive.ReadText(kEntry, 64);
  if (order != "little" && order != "big") {
    throw Error(Error::Code::kInput, std::string(kEntry),
                "must say 'little' or 'big', says '" + order + "'; save the program again");
  }
  return (order == "little") != (std::endian::native == std::endian::little);
}

}  // namespace

void ReadConstants(const ZipArchive& archive, const std::string& model, ir::Program& program) {
  const bool foreign = IsForeignByteOrder(archive);
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
  if (foreign) reader.SwapBytes();
}

}  // namespace foldproof::pt2
