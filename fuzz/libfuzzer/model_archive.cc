// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/libfuzzer/model_archive.h"

#include <nlohmann/json.hpp>

#include "src/pt2/limits.h"
#include "src/pt2/zip_writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kStorageBytes = 8 << 10;

// The member that is there, or null; `object` may be anything.
const Json& MemberOf(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
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
      config[name.get<std::string>()] = {
          {"path_name", "weight_0"},
          {"is_param", kind == "parameter"},
          {"use_pickle", false},
          {"tensor_meta", MemberOf(values, value.get_ref<const std::string&>().c_str())}};
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
  pt2::ZipWriter zip("model", model.size() + kStorageBytes + (1 << 12));
  zip.Add("archive_format", "pt2");
  zip.Add("archive_version", "0");
  zip.Add("byteorder", "little");
  zip.Add("models/model.json", model);
  zip.Add("data/weights/weight_0", std::string(kStorageBytes, '\1'));
  zip.Add("data/weights/model_weights_config.json",
          Json{{"config", weights}}.dump(-1, ' ', false, replace));
  zip.Add("data/constants/model_constants_config.json", R"({"config": {}})");
  return zip.Finish();
}

}  // namespace foldproof::fuzz
