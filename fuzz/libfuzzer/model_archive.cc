// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/libfuzzer/model_archive.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>

#include "src/pt2/limits.h"
#include "src/pt2/zip_writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kStorageBytes = 8 << 10;
constexpr std::uint64_t kTypes = 40;  // more than the schema has

// The member that is there, or null; `object` may be anything.
const Json& MemberOf(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

// An entry for each type of the schema, as tensors of two types may not name one.
std::string EntryOf(const Json& tensor_meta) {
  const Json& dtype = MemberOf(tensor_meta, "dtype");
  const bool is_known = dtype.is_number_unsigned() && dtype.get<std::uint64_t>() < kTypes;
  return "weight_" + std::to_string(is_known ? dtype.get<std::uint64_t>() : 0);
}

// data/weights/model_weights_config.json for `graph_module`'s own signature.
Json WeightsOf(const Json& graph_module) {
  Json config = Json::object();
  const Json& values = MemberOf(MemberOf(graph_module, "graph"), "tensor_values");
  const Json& specs = MemberOf(MemberOf(graph_module, "signature"), "input_specs");
  if (!specs.is_array()) return config;
  for (const Json& spec : specs) {
    for (const std::string kind : {"parameter", "buffer", "tensor_constant"}) {
      const Json& one = MemberOf(spec, kind.c_str());
      const Json& name = MemberOf(one, (kind + "_name").c_str());
      const Json& value = MemberOf(MemberOf(one, "arg"), "name");
      if (!name.is_string() || !value.is_string()) continue;
      const Json& meta = MemberOf(values, value.get_ref<const std::string&>().c_str());
      config[name.get<std::string>()] = {{"path_name", EntryOf(meta)},
                                         {"is_param", kind == "parameter"},
                                         {"use_pickle", false},
                                         {"tensor_meta", meta}};
    }
  }
  return config;
}

}  // namespace

std::string ArchiveAround(std::string_view model) {
  // Without what nests so deep that a copy would exhaust the stack, and nothing where it is no
  // JSON: the reader is to say what is wrong with it.
  const auto is_shallow = [](int depth, Json::parse_event_t, const Json&) {
    return depth <= pt2::kMostJsonDepth;
  };
  const Json json = Json::parse(model, is_shallow, false);
  const Json weights = WeightsOf(MemberOf(json, "graph_module"));
  const auto replace = Json::error_handler_t::replace;
  std::set<std::string> entries{EntryOf({})};
  for (const auto& [name, payload] : weights.items()) entries.insert(payload["path_name"]);
  pt2::ZipWriter zip("model", model.size() + entries.size() * kStorageBytes + (1 << 12));
  zip.Add("archive_format", "pt2");
  zip.Add("archive_version", "0");
  zip.Add("byteorder", "little");
  zip.Add("models/model.json", model);
  for (const std::string& entry : entries)
    zip.Add("data/weights/" + entry, std::string(kStorageBytes, '\1'));
  zip.Add("data/weights/model_weights_config.json",
          Json{{"config", weights}}.dump(-1, ' ', false, replace));
  zip.Add("data/constants/model_constants_config.json", R"({"config": {}})");
  return zip.Finish();
}

}  // namespace foldproof::fuzz
