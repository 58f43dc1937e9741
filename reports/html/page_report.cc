// SPDX-License-Identifier: BSD-3-Clause
#include "reports/html/page_report.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/report_reader.h"
#include "src/base/error.h"
#include "src/json/json_field.h"

namespace foldproof::reports {
namespace {

using SortedJson = nlohmann::json;
using Page = nlohmann::ordered_json;

constexpr std::size_t kMostText = 300;
constexpr std::int64_t kMostBin = 64;
constexpr std::int64_t kMostAccumulator = std::int64_t{1} << 53;  // JavaScript's integers

// In `digits` digits; without a fraction where there is none.
Page Short(double x, int digits = 6) {
  if (x == std::trunc(x) && std::abs(x) < 1e15) return static_cast<std::int64_t>(x);
  return std::strtod(fmt::format("{:.{}g}", x, digits).c_str(), nullptr);
}

// Any part of a report that the page takes as it is.
Page Told(const SortedJson& value) {
  if (value.is_string()) return Printable(value.get_ref<const std::string&>(), kMostText);
  if (value.is_number_float()) return Short(value.get<double>());
  if (value.is_array()) {
    Page out = Page::array();
    for (const SortedJson& one : value) out.push_back(Told(one));
    return out;
  }
  if (!value.is_object()) return Page(value);
  Page out = Page::object();
  for (const auto& [key, one] : value.items()) out[Printable(key, kMostText)] = Told(one);
  return out;
}

// All fields of an object but those that are told in another way.
Page ToldBut(const SortedJson& value, const std::set<std::string>& others) {
  Page out = Page::object();
  for (const auto& [key, one] : value.items()) {
    if (!others.contains(key)) out[Printable(key, kMostText)] = Told(one);
  }
  return out;
}

std::int64_t Accumulator(const JsonField& field) {
  const std::int64_t a = field.Integer();
  if (a > kMostAccumulator || a < -kMostAccumulator) field.Fail("is beyond 2^53");
  return a;
}

std::vector<std::int64_t> Accumulators(const JsonField& field) {
  std::vector<std::int64_t> out;
  field.Each([&](const JsonField& one) { out.push_back(Accumulator(one)); });
  return out;
}

Page ValueOrNull(const JsonField& field) {
  return field.IsNull() ? Page(nullptr) : Short(field.Number());
}

Page AtOrNull(const JsonField& field, const char* key) {
  const auto found = field.Find(key);
  return found ? ValueOrNull(*found) : Page(nullptr);
}

// Figures of each channel, a column a figure.
Page Columns(const JsonField& channels) {
  Page out = Page::object();
  for (const char* column : {"low", "high", "reachable", "reachable_at", "calibrated",
                             "calibrated_at", "undefined", "tolerance", "gap", "unproved"}) {
    out[column] = Page::array();
  }
  const auto put = [&](const char* column, Page value) { out[column].push_back(std::move(value)); };
  channels.Each([&](const JsonField& channel) {
    const auto reach = Accumulators(channel.At("reach"));
    if (reach.size() != 2) channel.At("reach").Fail("must have two entries");
    put("low", reach[0]);
    put("high", reach[1]);
    for (const char* domain : {"reachable", "calibrated"}) {
      const JsonField figures = channel.At(domain);
      put(domain, ValueOrNull(figures.At("lsb")));
      const auto accumulator = figures.Find("accumulator");
      put(fmt::format("{}_at", domain).c_str(),
          accumulator ? Page(Accumulator(*accumulator)) : Page(nullptr));
    }
    put("undefined", channel.At("undefined").Integer());
    put("tolerance", ValueOrNull(channel.At("tolerance_lsb")));
    const auto ideal = channel.Find("ideal");
    put("gap", ideal ? AtOrNull(*ideal, "gap_lsb") : Page(nullptr));
    const auto unproved = channel.Find("unproved");
    put("unproved", unproved ? Page(Printable(unproved->Text(), kMostText)) : Page(nullptr));
  });
  return out;
}

// The starts as differences, and the values likewise where all of them are integers.
Page CurveOf(const JsonField& curve) {
  std::vector<std::int64_t> starts = Accumulators(curve.At("starts"));
  const std::size_t size = starts.size();
  for (std::size_t i = size; i-- > 1;) {
    starts[i] -= starts[i - 1];
    if (starts[i] <= 0) curve.At("starts").Fail("must ascend");
  }
  Page out{{"steps", curve.At("steps").Integer()}, {"starts", starts}};
  for (const char* key : {"least", "most"}) {
    const auto values = curve.Find(key);
    if (!values) continue;
    out[key] = Page::array();
    values->Each([&](const JsonField& one) { out[key].push_back(ValueOrNull(one)); });
    if (out[key].size() != size) values->Fail("must have as many entries as there are starts");
  }
  if (size == 0 || !out.contains("least")) curve.Fail("must have starts and values");
  return out;
}

Page RangesOf(const JsonField& ranges) {
  Page out = Page::array();
  ranges.Each([&](const JsonField& range) {
    const auto ends = Accumulators(range);
    if (ends.size() != 2) range.Fail("must have two entries");
    out.push_back(ends);
  });
  return out;
}

Page ChannelPictureOf(const JsonField& channel, std::size_t channels) {
  if (channels == 0) channel.Fail("is of a tail without channels");
  Page out{{"channel", channel.At("channel").Count(channels - 1)},
           {"before", CurveOf(channel.At("before"))},
           {"after", CurveOf(channel.At("after"))}};
  if (const auto difference = channel.Find("difference")) out["difference"] = CurveOf(*difference);
  for (const char* key : {"calibrated", "undefined", "clipped_before", "clipped_after"}) {
    out[key] = RangesOf(channel.At(key));
  }
  out["ranges_left_out"] = channel.At("ranges_left_out").Integer();
  return out;
}

// Shares of the channel's accumulators: of each bin its number, its share, and that of its part
// that is calibrated.
Page HistogramOf(const JsonField& histogram) {
  std::vector<std::array<std::int64_t, 3>> bins;
  const std::int64_t infinite = histogram.At("infinite").Integer();
  const std::int64_t undefined = histogram.At("undefined").Integer();
  auto total = static_cast<double>(infinite) + static_cast<double>(undefined);
  histogram.At("bins").Each([&](const JsonField& bin) {
    const auto numbers = Accumulators(bin);
    if (numbers.size() != 3 || numbers[0] < 0 || numbers[0] > kMostBin) bin.Fail("is no bin");
    bins.push_back({numbers[0], numbers[1], numbers[2]});
    total += static_cast<double>(numbers[1]);
  });
  const auto share = [&](std::int64_t count) {
    return Short(total > 0 ? static_cast<double>(count) / total : 0, 3);
  };
  Page out{{"bins", Page::array()}};
  for (const auto& [bin, reachable, calibrated] : bins) {
    for (const Page& number : {Page(bin), share(reachable), share(calibrated)}) {
      out["bins"].push_back(number);
    }
  }
  if (infinite != 0) out["infinite"] = share(infinite);
  if (undefined != 0) out["undefined"] = share(undefined);
  return out;
}

std::vector<Page> PointsOf(const JsonField& points) {
  std::vector<Page> out;
  points.Each([&](const JsonField& point) {
    Page one{{"node", Printable(point.At("node").Text(), kMostText)},
             {"op", Printable(point.At("op").Text(), kMostText)},
             {"value", AtOrNull(point, "value")}};
    if (const auto range = point.Find("range")) {
      one["clipped"] = point.At("clipped").Truth();
      one["range"] = Page::array();
      range->Each([&](const JsonField& end) { one["range"].push_back(ValueOrNull(end)); });
      if (one["range"].size() != 2) range->Fail("must have two entries");
    }
    out.push_back(std::move(one));
  });
  return out;
}

Page PictureOf(const JsonField& picture, std::size_t channels) {
  Page out{{"bin_lsb", Short(picture.At("bin_lsb").Number())},
           {"histograms", Page::array()},
           {"curves", Page::array()},
           {"trace", nullptr}};
  picture.At("histograms").Each([&](const JsonField& one) {
    out["histograms"].push_back(one.IsNull() ? Page(nullptr) : HistogramOf(one));
  });
  if (out["histograms"].size() != channels) {
    picture.At("histograms").Fail("must have as many entries as there are channels");
  }
  picture.At("curves").Each(
      [&](const JsonField& one) { out["curves"].push_back(ChannelPictureOf(one, channels)); });
  if (const auto trace = picture.Find("trace")) {
    out["trace"] = {{"channel", trace->At("channel").Integer()},
                    {"accumulator", Accumulator(trace->At("accumulator"))},
                    {"before", PointsOf(trace->At("before"))},
                    {"after", PointsOf(trace->At("after"))}};
  }
  return out;
}

Page TailPage(const JsonField& field, const SortedJson& tail) {
  Page out = ToldBut(tail, {"channels", "picture"});
  const JsonField channels = field.At("channels");
  out["channels"] = Columns(channels);
  std::size_t count = 0;
  channels.Each([&](const JsonField&) { ++count; });
  if (const auto picture = field.Find("picture")) out["picture"] = PictureOf(*picture, count);
  return out;
}

Page SitesOf(const SortedJson& sites, const JsonField& field) {
  Page out = Page::array();
  std::size_t s = 0;
  field.Each([&](const JsonField& site) {
    const SortedJson& json = sites[s++];
    Page one = ToldBut(json, {"tails", "observed_accumulators"});
    one["tails"] = Page::array();
    std::size_t t = 0;
    site.At("tails").Each(
        [&](const JsonField& tail) { one["tails"].push_back(TailPage(tail, json["tails"][t++])); });
    out.push_back(std::move(one));
  });
  return out;
}

void CheckGraph(const JsonField& graph) {
  graph.At("left_out").Integer();
  graph.At("nodes").Each([](const JsonField& node) {
    node.At("node").Text();
    node.At("op").Text();
    node.At("inputs").Each([](const JsonField& input) { input.Text(); });
    node.At("counterpart").TextOrNull();
    if (const auto changed = node.Find("changed")) {
      changed->Each([](const JsonField& argument) { argument.Text(); });
    }
  });
}

// A report of verify or compare.
Page JudgedOf(const SortedJson& report, const JsonField& root) {
  ReadReportAt(root);
  Page out = ToldBut(report, {"sites"});
  out["sites"] = SitesOf(report["sites"], root.At("sites"));
  if (const auto graphs = root.Find("graphs")) {
    CheckGraph(graphs->At("before"));
    CheckGraph(graphs->At("after"));
  }
  return out;
}

// A gate's own page has its pairs without their reports, which become pages of their own.
std::vector<Page> GateOf(const SortedJson& gate, const JsonField& root) {
  std::vector<Page> out;
  out.push_back(ToldBut(gate, {"pairs"}));
  out[0]["pairs"] = Page::array();
  std::size_t p = 0;
  root.At("pairs").Each([&](const JsonField& pair) {
    const SortedJson& json = gate["pairs"][p++];
    Page own = ToldBut(json, {"report"});
    if (const auto report = pair.Find("report")) {
      own["verdict"] = report->At("verdict").Text();
      out.push_back(JudgedOf(json["report"], *report));
      out.back()["pair"] = Printable(pair.At("name").Text(), kMostText);
    }
    out[0]["pairs"].push_back(std::move(own));
  });
  return out;
}

}  // namespace

std::vector<std::string> ParsePageReports(std::string_view text, const std::string& file) {
  return WithReportRemedy([&] { return PageReports(ParseJson(text), file); });
}

std::vector<std::string> PageReports(const SortedJson& report, const std::string& file) {
  const JsonField root(report);
  const std::string& kind = root.At("report").Text();
  FailIfRefused(root);
  std::vector<Page> pages;
  if (kind == "gate")
    pages = GateOf(report, root);
  else if (kind == "verify" || kind == "compare")
    pages.push_back(JudgedOf(report, root));
  else
    pages.push_back(Told(report));
  std::vector<std::string> out;
  for (Page& page : pages) {
    page["read_from"] = Printable(file, kMostText);
    out.push_back(page.dump(-1, ' ', true));
  }
  return out;
}

std::string UnusableReport(const std::string& file, const std::string& why) {
  const Page out{{"report", "unusable"},
                 {"read_from", Printable(file, kMostText)},
                 {"why", Printable(why, 2 * kMostText)}};
  return out.dump(-1, ' ', true);
}

}  // namespace foldproof::reports
