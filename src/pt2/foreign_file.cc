// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/foreign_file.h"

#include <cstdint>

namespace foldproof::pt2 {
namespace {

constexpr char kExport[] =
    "torch.export.save(torch.export.export(model, example_inputs), 'model.pt2') writes what is "
    "read";
constexpr char kSaveBefore[] =
    "save the ExportedProgram that it was made of, before it was lowered, with torch.export.save";

std::string ForeignKind(std::string what, std::string_view how) {
  return what + ", not an exported program; " + std::string(how);
}

// An 8-byte length, little-endian, and a JSON object of that length.
bool IsSafetensors(std::string_view bytes) {
  if (bytes.size() < 10 || !bytes.substr(8).starts_with("{\"")) return false;
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return length >= 2 && length < (std::uint64_t{1} << 32);
}

// ONNX has no mark of its own. A model begins with its version (field 1, a small number), and then
// come texts or the graph (fields 2 to 8).
bool IsOnnx(std::string_view bytes) {
  if (bytes.size() < 16 || bytes[0] != 0x08 || bytes[1] < 1 || bytes[1] > 20) return false;
  const std::uint8_t tag = static_cast<unsigned char>(bytes[2]);
  return (tag & 7) == 2 && tag >> 3 >= 2 && tag >> 3 <= 8 &&
         (bytes.find("onnx") != std::string_view::npos ||
          bytes.find("pytorch") != std::string_view::npos || tag >> 3 == 7);
}

}  // namespace

std::optional<std::string> ForeignFile(std::string_view bytes) {
  const std::string_view mark = bytes.size() >= 8 ? bytes.substr(4, 4) : std::string_view();
  if (mark.starts_with("ET") && mark[2] >= '0' && mark[2] <= '9')
    return ForeignKind("an ExecuTorch program (.pte)", kSaveBefore);
  if (mark == "TFL3") return ForeignKind("a TFLite model", kSaveBefore);
  if (IsSafetensors(bytes))
    return ForeignKind("a file of tensors alone (safetensors)",
                       "load it into its model, and " + std::string(kExport));
  if (bytes.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20"))
    return ForeignKind(
        "a pickle of torch.save in its old format (.pth), which is never unpickled here",
        "load it in PyTorch, and " + std::string(kExport));
  if (bytes.starts_with("\x80") && bytes.size() > 1 && bytes[1] >= 2 && bytes[1] <= 5)
    return ForeignKind("a Python pickle, which is never unpickled here",
                       "load it in PyTorch, and " + std::string(kExport));
  if (bytes.starts_with("{"))
    return ForeignKind("JSON, such as a report", "give the program itself, a .pt2 file");
  if (IsOnnx(bytes))
    return ForeignKind("an ONNX model", "export its PyTorch model: " + std::string(kExport));
  return std::nullopt;
}

std::optional<std::string> ForeignArchive(
    const std::function<bool(std::string_view entry)>& contains) {
  if (contains("serialized_exported_program.json")) {
    return "an archive of torch.export.save of an older PyTorch; load it there, or in 2.13, with "
           "torch.export.load, and save it with torch.export.save of 2.13";
  }
  if (contains("constants.pkl"))
    return ForeignKind("a TorchScript model", "export its PyTorch model: " + std::string(kExport));
  if (contains("data.pkl"))
    return ForeignKind("a file of torch.save (.pth), which is never unpickled here",
                       "load it in PyTorch, and " + std::string(kExport));
  return std::nullopt;
}

}  // namespace foldproof::pt2
