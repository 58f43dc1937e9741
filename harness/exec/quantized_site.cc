// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized_site.h"

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

// Matches around one conv or linear.
class SiteMatch {
 public:
  SiteMatch(const FunctionalView& view, const ir::Node& product) : view_(view), product_(product) {}

  QuantizedSite Match() {
    QuantizedSite site;
    site.product = product_.id;
    if (const auto* conv = std::get_if<ir::Convolution>(&product_.op)) {
      if (conv->transposed) throw Miss{"it is transposed"};
      ReadOperands(conv->input, conv->weight, conv->bias, site);
    } else {
      const auto& linear = std::get<ir::Linear>(product_.op);
      ReadOperands(linear.input, linear.weight, linear.bias, site);
    }
    FollowValue(product_.outputs.front(), site);
    return site;
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

  void ReadOperands(ir::ValueId input, ir::ValueId weight, std::optional<ir::ValueId> bias,
                    QuantizedSite& site) const {
    const auto x = Dequantized(product_, input);
    if (!x) throw Miss{"its input is no dequantized codes"};
    if (!std::holds_alternative<ir::QuantParams>(x->params)) {
      throw Miss{"its input is dequantized per channel"};
    }
    const auto w = Dequantized(product_, weight);
    if (!w) throw Miss{"its weight is no dequantized codes"};
    const auto* channels = std::get_if<ir::ChannelQuantParams>(&w->params);
    if (channels != nullptr && channels->axis != 0) {
      throw Miss{"its weight's scales are not those of its output channels"};
    }
    site.input = *x;
    site.weight = *w;
    site.inner = {x->real, w->real};
    if (!bias) return;
    site.bias = view_.Read(product_.id, *bias);
    site.bias_codes = Dequantized(product_, *bias);
    if (site.bias_codes) site.inner.push_back(site.bias_codes->real);
  }

  // From the product's value on to the first quantizer that reads it, through one relu at most.
  void FollowValue(ir::ValueId value, QuantizedSite& site) const {
    site.inner.push_back(value);
    const ir::Node* other = nullptr;
    for (const ir::Use& use : view_.Users(value)) {
      if (!use.node) continue;
      const ir::Node& user = view_.program().graph.node(*use.node);
      if (const auto* op = std::get_if<ir::QuantizePerTensor>(&user.op)) {
        site.quantize = user.id;
        site.output = op->params;
        return CheckMemory(site);
      }
      if (IsRelu(user) && !site.relu) {
        site.relu = user.id;
        return FollowValue(user.outputs.front(), site);
      }
      if (other == nullptr) other = &user;
    }
    if (other == nullptr) throw Miss{"its value leaves the program as it is"};
    throw Miss{"its value goes to " + other->target + ", not into a quantizer"};
  }

  void CheckMemory(const QuantizedSite& site) const {
    bool overwritten = view_.IsOverwritten(site.input.codes);
    for (const ir::ValueId value : site.inner) overwritten |= view_.IsOverwritten(value);
    if (overwritten) throw Miss{"a node in place changes a view of one of its values"};
  }

  const FunctionalView& view_;
  const ir::Node& product_;
};

}  // namespace

std::vector<std::variant<QuantizedSite, NoSite>> FindQuantizedSites(const FunctionalView& view) {
  std::vector<std::variant<QuantizedSite, NoSite>> found;
  for (const ir::Node& node : view.program().graph.nodes()) {
    const bool is_product = std::holds_alternative<ir::Convolution>(node.op) ||
                            std::holds_alternative<ir::Linear>(node.op);
    if (!is_product || !view.IsLive(node.id)) continue;
    try {
      found.emplace_back(SiteMatch(view, node).Match());
    } catch (const Miss& miss) {
      found.emplace_back(NoSite{node.id, miss.why});
    }
  }
  return found;
}

}  // namespace foldproof::exec
