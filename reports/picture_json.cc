// SPDX-License-Identifier: BSD-3-Clause
#include "reports/picture_json.h"

#include <nlohmann/json.hpp>

#include "reports/json_report.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

Json Numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(Number(value));
  return out;
}

Json CurveJson(const prove::Curve& curve) {
  Json out{{"steps", curve.steps}, {"starts", curve.starts}, {"least", Numbers(curve.least)}};
  if (!curve.most.empty()) out["most"] = Numbers(curve.most);
  return out;
}

Json ChannelPictureJson(const prove::ChannelPicture& channel) {
  Json out{{"channel", channel.channel},
           {"before", CurveJson(channel.before)},
           {"after", CurveJson(channel.after)}};
  // The difference of two exact functions says nothing new.
  if (!channel.before.most.empty() || !channel.after.most.empty()) {
    out["difference"] = CurveJson(channel.difference);
  }
  out["calibrated"] = channel.calibrated.ranges;
  out["undefined"] = channel.undefined.ranges;
  out["clipped_before"] = channel.clipped_before.ranges;
  out["clipped_after"] = channel.clipped_after.ranges;
  out["ranges_left_out"] = channel.calibrated.left_out + channel.undefined.left_out +
                           channel.clipped_before.left_out + channel.clipped_after.left_out;
  return out;
}

Json DifferenceHistogramJson(const std::optional<prove::DifferenceHistogram>& histogram) {
  if (!histogram) return nullptr;
  Json bins = Json::array();
  for (const prove::DifferenceBin& bin : histogram->bins) {
    bins.push_back({bin.bin, bin.reachable, bin.calibrated});
  }
  return {{"bins", std::move(bins)},
          {"infinite", histogram->infinite},
          {"undefined", histogram->undefined}};
}

Json PointsJson(const std::vector<prove::TracePoint>& points) {
  Json out = Json::array();
  for (const prove::TracePoint& point : points) {
    Json one{{"node", point.node}, {"op", point.op}, {"value", Number(point.value)}};
    if (point.range) {
      one["clipped"] = point.clipped;
      one["range"] = {point.range->first, point.range->second};
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Json PictureJson(const prove::TailPicture& picture) {
  Json out{{"bin_lsb", picture.bin_lsb},
           {"histograms", Json::array()},
           {"curves", Json::array()},
           {"trace", nullptr}};
  for (const auto& histogram : picture.histograms) {
    out["histograms"].push_back(DifferenceHistogramJson(histogram));
  }
  for (const prove::ChannelPicture& channel : picture.channels) {
    out["curves"].push_back(ChannelPictureJson(channel));
  }
  if (picture.trace) {
    out["trace"] = {{"channel", picture.trace->channel},
                    {"accumulator", picture.trace->accumulator},
                    {"before", PointsJson(picture.trace->before)},
                    {"after", PointsJson(picture.trace->after)}};
  }
  return out;
}

Json GraphsJson(const verify::Graphs& graphs) {
  const auto listing = [](const verify::GraphListing& graph) {
    Json nodes = Json::array();
    for (const verify::GraphNode& node : graph.nodes) {
      Json one{{"node", node.name},
               {"op", node.op},
               {"inputs", node.inputs},
               {"counterpart", node.counterpart ? Json(*node.counterpart) : Json(nullptr)}};
      if (!node.changed.empty()) one["changed"] = node.changed;
      nodes.push_back(std::move(one));
    }
    return Json{{"nodes", std::move(nodes)}, {"left_out", graph.left_out}};
  };
  return {{"before", listing(graphs.before)}, {"after", listing(graphs.after)}};
}

}  // namespace foldproof::reports
