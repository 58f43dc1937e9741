// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/pt2/json_text.h"
#include "src/pt2/model_parts.h"

namespace foldproof::pt2 {

// An archive's "signature". An output is named as the graph names it, whatever ir::OutputSpec::name
// says.
void WriteSignature(const ModelParts& model, JsonText& out);

}  // namespace foldproof::pt2
