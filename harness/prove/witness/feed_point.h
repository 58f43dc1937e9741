// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/exec/tensor.h"
#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

// Where a site is given its input on both sides: the codes that are dequantized for the conv, where
// both sides dequantize them alike, so that an executor that sums codes still does; else the
// dequantized value.
struct FeedPoint {
  ir::ValueId before;
  ir::ValueId after;
  bool codes = false;
};

// `site` has integers.
FeedPoint FeedPointOf(const Side& before, const Side& after, const MatchedSite& site);

// The codes of a dequantized float32 tensor: x / f32(s) + z, an integer of `dtype` exactly.
exec::Tensor CodesOf(const exec::Tensor& dequantized, const ir::QuantParams& params);

// `tensor` as `value` takes it: in its sizes, where these are known and hold as many elements, and
// float64 numbers in float32 where that is its type.
exec::Tensor AsValue(const ir::Value& value, exec::Tensor tensor);

}  // namespace foldproof::prove
