// SPDX-License-Identifier: BSD-3-Clause
//
// What an archive says, compared as JSON and bytes; read without the reader.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/pt2/writer.h"
#include "tests/src/pt2/archive_edit.h"

namespace foldproof::pt2 {

struct Contents {
  nlohmann::json model;
  // By folder and name: what the configuration says of a tensor, and its storage's bytes.
  std::map<std::string, nlohmann::json> payloads;
  std::map<std::string, std::string> storages;
  std::map<std::string, std::string> others;  // below the root folder

  friend bool operator==(const Contents&, const Contents&) = default;
};

inline Contents ContentsOf(const std::vector<ZipEntry>& entries) {
  std::map<std::string, std::string> files;
  for (const ZipEntry& entry : entries) {
    files[entry.name.substr(entry.name.find('/') + 1)] = entry.bytes;
  }
  Contents out;
  for (const std::string folder : {"data/weights/", "data/constants/"}) {
    for (const auto& [name, bytes] : files) {
      if (!name.starts_with(folder) || !name.ends_with("_config.json")) continue;
      const nlohmann::json config = nlohmann::json::parse(bytes).at("config");
      for (const auto& [tensor, payload] : config.items()) {
        out.payloads[folder + tensor] = payload;
        out.storages[folder + tensor] =
            files.at(folder + payload.at("path_name").get<std::string>());
      }
    }
  }
  for (const auto& [name, bytes] : files) {
    if (name.starts_with("models/")) {
      out.model = nlohmann::json::parse(bytes);
    } else if (!name.starts_with("data/weights/") && !name.starts_with("data/constants/") &&
               name != ".data/serialization_id") {
      out.others[name] = bytes;
    }
  }
  return out;
}

inline Contents ContentsOf(const std::string& archive) {
  const TemporaryFile file(archive);
  return ContentsOf(EntriesOf(file.path()));
}

inline Contents Written(const ir::Program& program, const Remainder& remainder = {}) {
  return ContentsOf(SerializeProgram(program, remainder));
}

}  // namespace foldproof::pt2
