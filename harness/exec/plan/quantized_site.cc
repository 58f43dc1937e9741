// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/quantized_site.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace foldproof::exec {
namespace {

using ir::ScalarType;

// Carries the reason why a product is no site out to FindQuantizedSites.
struct Miss {
  std::string why;
};

bool IsRelu(const ir::Node& node) {
  const auto* unary = std::get_if<ir::Unary>(&node.op);
  return unary != nullptr && unary->kind == ir::Unary::Kind::kRelu;
}

// Whether `op` only moves elements of a float32 tensor, or leaves them as they are.
bool IsMove(const ir::Op& op) {
  if (const auto* cast = std::get_if<ir::Cast>(&op)) return cast->dtype == ScalarType::kFloat32;
  return std::holds_alternative<ir::Reshape>(op) || std::holds_alternative<ir::Permute>(op) ||
         std::holds_alternative<ir::Copy>(op);
}

// A clamp between numbers.
bool IsClamp(const ir::Op& op) {
  const auto* clamp = std::get_if<ir::Clamp>(&op);
  return clamp != nullptr && !std::isnan(clamp->low.value_or(0)) &&
         !std::isnan(clamp->high.value_or(0));
}

// What `node` moves where its result is still codes of one meaning, as an executor of codes keeps
// it: zeros that are padded are the zero point.
std::optional<ir::ValueId> MovedCodes(const ir::Node& node) {
  if (const auto* op = std::get_if<ir::Reshape>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Permute>(&node.op)) return op->input;
  if (const auto* op = std::get_if<ir::Copy>(&node.op)) return op->input;
  const auto* pad = std::get_if<ir::Pad>(&node.op);
  if (pad == nullptr) return std::nullopt;
  if (pad->mode == ir::Pad::Mode::kConstant && pad->value != 0) return std::nullopt;
  return pad->input;
}

// Matches around one conv or linear.
class SiteMatch {
 public:
  SiteMatch(const FunctionalView& view, SiteForm form, const ir::Node& product)
      : view_(view), form_(form), product_(product) {}

  std::vector<QuantizedSite> Match() {
    QuantizedSite site;
    site.product = product_.id;
    if (const auto* conv = std::get_if<ir::Convolution>(&product_.op)) {
      if (conv->transposed && form_ == SiteForm::kRelu) throw Miss{"it is transposed"};
      ReadOperands(conv->input, conv->weight, conv->bias, conv->transposed ? 1 : 0, site);
    } else {
      const auto& linear = std::get<ir::Linear>(product_.op);
      ReadOperands(linear.input, linear.weight, linear.bias, 0, site);
    }
    FollowValue(product_.outputs.front(), std::move(site));
    if (!found_.empty()) return std::move(found_);
    if (other_ == nullptr) throw Miss{"its value leaves the program as it is"};
    throw Miss{"its value goes to " + other_->target + ", not into a quantizer"};
  }

 private:
  // The dequantizer that makes `value`, as `node` reads it; nothing where another node makes it.
  std::optional<DequantizedCodes> Dequantized(const ir::Node& node, ir::ValueId value) const {
    const ir::ValueId real = view_.Read(node.id, value);
    const ir::Node* producer = view_.program().graph.ProducerOf(real);
    if (producer == nullptr) return std::nullopt;
    const auto codes = [&](ir::ValueId id) { return view_.Read(producer->id, id); };
    if (const auto* op = std::get_if<ir::DequantizePerTensor>(&producer->op)) {
      return DequantizedCodes{codes(op->input), real, op->params};
    }
    if (const auto* op = std::get_if<ir::DequantizePerChannel>(&producer->op)) {
      ir::ChannelQuantParams params = op->params;
      params.scales = codes(params.scales);
      if (params.zero_points) params.zero_points = codes(*params.zero_points);
      return DequantizedCodes{codes(op->input), real, params};
    }
    return std::nullopt;
  }

  // The same of the product's input, through moves where the form allows them; `inner` gets the
  // values on the way.
  std::optional<DequantizedCodes> DequantizedInput(ir::ValueId value,
                                                   std::vector<ir::ValueId>& inner) const {
    const ir::Node* reader = &product_;
    const ir::ValueId read = view_.Read(reader->id, value);
    for (;;) {
      inner.push_back(view_.Read(reader->id, value));
      if (auto found = Dequantized(*reader, value)) {
        found->real = read;
        return found;
      }
      const ir::Node* producer = view_.program().graph.ProducerOf(inner.back());
      if (producer == nullptr || form_ == SiteForm::kRelu) return std::nullopt;
      const auto moved = MovedCodes(*producer);
      if (!moved) return std::nullopt;
      reader = producer;
      value = *moved;
    }
  }

  void ReadOperands(ir::ValueId input, ir::ValueId weight, std::optional<ir::ValueId> bias,
                    std::int64_t output_axis, QuantizedSite& site) const {
    const auto x = DequantizedInput(input, site.inner);
    if (!x) throw Miss{"its input is no dequantized codes"};
    if (!std::holds_alternative<ir::QuantParams>(x->params)) {
      throw Miss{"its input is dequantized per channel"};
    }
    const auto w = Dequantized(product_, weight);
    if (!w) throw Miss{"its weight is no dequantized codes"};
    const auto* channels = std::get_if<ir::ChannelQuantParams>(&w->params);
    if (channels != nullptr && channels->axis != output_axis) {
      throw Miss{"its weight's scales are not those of its output channels"};
    }
    site.input = *x;
    site.weight = *w;
    site.inner.push_back(w->real);
    if (!bias) return;
    site.bias = view_.Read(product_.id, *bias);
    site.bias_codes = Dequantized(product_, *bias);
    if (site.bias_codes) site.inner.push_back(site.bias_codes->real);
  }

  // Whether a kernel can do `node` as a part of its last step; notes it.
  bool IsPart(const ir::Node& node, QuantizedSite& site) const {
    const bool is_relu = IsRelu(node);
    const bool is_part = form_ == SiteForm::kRelu ? is_relu && !site.relu
                                                  : is_relu || IsClamp(node.op) || IsMove(node.op);
    if (!is_part) return false;
    if (is_relu) site.relu = node.id;
    site.between.push_back(node.id);
    return true;
  }

  // From the product's value on to the quantizers that read it.
  void FollowValue(ir::ValueId value, QuantizedSite site) {
    site.inner.push_back(value);
    for (const ir::Use& use : view_.Users(value)) {
      if (!use.node) continue;
      const ir::Node& user = view_.program().graph.node(*use.node);
      QuantizedSite next = site;
      if (const auto* op = std::get_if<ir::QuantizePerTensor>(&user.op)) {
        next.quantize = user.id;
        next.output = op->params;
        if (found_.empty() || form_ == SiteForm::kActivations) found_.push_back(std::move(next));
      } else if (IsPart(user, next)) {
        FollowValue(user.outputs.front(), std::move(next));
      } else if (other_ == nullptr) {
        other_ = &user;
      }
    }
  }

  const FunctionalView& view_;
  const SiteForm form_;
  const ir::Node& product_;
  std::vector<QuantizedSite> found_;
  const ir::Node* other_ = nullptr;  // the first that reads the value and is no part of a site
};

}  // namespace

std::vector<std::variant<QuantizedSite, NoSite>> FindQuantizedSites(const FunctionalView& view,
                                                                    SiteForm form) {
  std::vector<std::variant<QuantizedSite, NoSite>> found;
  for (const ir::Node& node : view.program().graph.nodes()) {
    const bool is_product = std::holds_alternative<ir::Convolution>(node.op) ||
                            std::holds_alternative<ir::Linear>(node.op);
    if (!is_product || !view.IsLive(node.id)) continue;
    try {
      for (QuantizedSite& site : SiteMatch(view, form, node).Match()) {
        found.emplace_back(std::move(site));
      }
    } catch (const Miss& miss) {
      found.emplace_back(NoSite{node.id, miss.why});
    }
  }
  return found;
}

bool IsCut(const QuantizedSite& site, const std::set<ir::ValueId>& fed) {
  return std::ranges::any_of(site.inner, [&](ir::ValueId id) { return fed.contains(id); });
}

}  // namespace foldproof::exec
