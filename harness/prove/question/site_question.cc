// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/site_question.h"

#include <utility>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// Exchanges what `side` is called and `names`, so that a second call undoes the first.
void ExchangeNames(SiteSide& side, SideNames& names) {
  ConvSide& conv = side.conv;
  std::swap(conv.node, names.node);
  std::swap(conv.op.input, names.op_input);
  std::swap(conv.op.weight, names.op_weight);
  if (conv.op.bias) std::swap(*conv.op.bias, names.op_bias);
  if (conv.bias.source) std::swap(*conv.bias.source, names.bias_source);
  std::swap(conv.output, names.output);
  std::swap(conv.input_codes, names.input_codes);
  std::swap(conv.input_cut, names.input_cut);
  std::swap(conv.weight_codes, names.weight_codes);
  Tail& tail = side.tail;
  names.instructions.resize(tail.instructions.size());
  for (std::size_t i = 0; i < tail.instructions.size(); ++i)
    std::swap(tail.instructions[i].node, names.instructions[i]);
  names.registers.resize(tail.values.size());
  tail.values.swap(names.registers);
  names.frontiers.resize(tail.frontiers.size());
  for (std::size_t i = 0; i < tail.frontiers.size(); ++i) {
    std::swap(tail.frontiers[i].edge, names.frontiers[i].edge);
    std::swap(tail.frontiers[i].output, names.frontiers[i].output);
    std::swap(tail.frontiers[i].value, names.frontiers[i].value);
  }
}

}  // namespace

AskedSite::AskedSite(MatchedSite& site, const JudgeOptions& options, Reach reach,
                     const ObservedSite* observed)
    : site_(&site) {
  FP_CHECK(site.before && site.after);
  question_ = {std::move(*site.before),
               std::move(*site.after),
               std::move(site.joint),
               std::move(site.pairs),
               options,
               reach,
               observed};
  ExchangeNames(question_.before, before_names_);
  ExchangeNames(question_.after, after_names_);
}

void AskedSite::PutBack() {
  ExchangeNames(question_.before, before_names_);
  ExchangeNames(question_.after, after_names_);
  *site_->before = std::move(question_.before);
  *site_->after = std::move(question_.after);
  site_->joint = std::move(question_.joint);
  site_->pairs = std::move(question_.pairs);
}

}  // namespace foldproof::prove
