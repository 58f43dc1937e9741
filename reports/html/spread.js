// SPDX-License-Identifier: BSD-3-Clause
// How the differences are spread: channel by channel as a heat map, over all channels as a histogram.
"use strict";

const kShareLeft = 86;  // room for "0.0001 %" and the axis's name
const kLevels = 6;  // of the heat map, a factor of ten each

const binsOf = (histogram) => d3.range(0, histogram.bins.length / 3).map((i) => ({
  bin: histogram.bins[3 * i], share: histogram.bins[3 * i + 1], calibrated: histogram.bins[3 * i + 2]}));

function binName(bin, width) {
  if (width === 1) return bin === 0 ? "under \u00bd" : `${bin}`;
  return bin === 0 ? `under ${width / 2}` : `${(bin - 0.5) * width} to ${(bin + 0.5) * width}`;
}

// Bins that any channel has, the infinite one last.
function lastBin(picture) {
  return d3.max(picture.histograms, (one) => (one ? d3.max(binsOf(one), (bin) => bin.bin) : 0)) || 0;
}

const chartWidth = () =>
  Math.max(250, Math.min(540, ((document.querySelector(".spread") || document.body).clientWidth - 8)));

function heatMap(tail, picture) {
  const channels = picture.histograms.length;
  const last = lastBin(picture);
  const infinite = picture.histograms.some((one) => one && one.infinite);
  const columns = last + 1 + (infinite ? 1 : 0);
  const width = chartWidth();
  const rowHeight = Math.max(1, Math.min(16, Math.floor(420 / channels)));
  const height = channels * rowHeight + kMargin.top + kMargin.bottom + 6;
  const x = d3.scaleLinear().domain([-0.5, Math.max(columns, 4) - 0.5]).range([kShareLeft, width - kMargin.right]);
  const cell = x(1) - x(0);
  const paths = Array.from({length: kLevels}, () => []);
  const put = (c, bin, share) => {
    if (share <= 0) return;
    const level = Math.max(0, Math.min(kLevels - 1, kLevels + Math.floor(Math.log10(share) + 1e-9)));
    paths[level].push(`M${x(bin - 0.5).toFixed(1)},${kMargin.top + c * rowHeight}h${Math.max(1, cell - 0.5).toFixed(1)}v${rowHeight}h${(-Math.max(1, cell - 0.5)).toFixed(1)}z`);
  };
  picture.histograms.forEach((histogram, c) => {
    if (!histogram) return;
    for (const {bin, share} of binsOf(histogram)) put(c, bin, share);
    put(c, last + 1, histogram.infinite || 0);
  });
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height)
    .attr("role", "img").attr("class", "heat")
    .attr("aria-label", `Heat map of ${channels} channels by difference; the figures of each channel stand in the table below`);
  paths.forEach((path, level) => svg.append("path").attr("class", `level${level}`).attr("d", path.join("")));
  const bottom = kMargin.top + channels * rowHeight;
  const width1 = picture.bin_lsb;
  const ticks = x.ticks(Math.max(2, width / 90)).filter((bin) => Number.isInteger(bin) && bin <= last);
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${bottom})`).call(d3.axisBottom(x)
    .tickValues(infinite ? [...ticks, last + 1] : ticks)
    .tickFormat((bin) => (bin === last + 1 && infinite ? "\u221e" : numberText(bin * width1))).tickSizeOuter(0));
  const y = d3.scaleLinear().domain([0, channels]).range([kMargin.top, bottom]);
  svg.append("g").attr("class", "axis").attr("transform", `translate(${kShareLeft},0)`).call(d3.axisLeft(y)
    .tickValues(y.ticks(Math.min(6, channels)).filter((c) => Number.isInteger(c) && c < channels)).tickFormat(numberText).tickSizeOuter(0));
  if (tail.tolerance_lsb !== null && tail.tolerance_lsb / width1 < columns) {
    const at = x(tail.tolerance_lsb / width1);
    svg.append("line").attr("class", "tolerance").attr("x1", at).attr("x2", at).attr("y1", kMargin.top).attr("y2", bottom);
  }
  nameAxes(svg, {across: "difference, LSB", up: "channel", left: kShareLeft, width, height});
  const said = el("p", {class: "muted said"}, heatSummary(tail, picture));
  svg.on("pointermove", (event) => {
    const box = svg.node().getBoundingClientRect();
    const scale = width / box.width;
    const c = Math.floor(((event.clientY - box.top) * scale - kMargin.top) / rowHeight);
    const bin = Math.round(x.invert((event.clientX - box.left) * scale));
    said.textContent = c >= 0 && c < channels ? heatText(picture, c, bin) : heatSummary(tail, picture);
  });
  svg.on("pointerleave", () => { said.textContent = heatSummary(tail, picture); });
  return el("figure", {}, el("h4", {}, "Channel \u00d7 difference in LSB"), svg.node(), heatKey(), el("figcaption", {}, said));
}

function heatText(picture, c, bin) {
  const histogram = picture.histograms[c];
  if (!histogram) return `Channel ${c} has no figures.`;
  const found = binsOf(histogram).find((one) => one.bin === bin);
  return `Channel ${c}, ${binName(bin, picture.bin_lsb)} LSB: ${found ? shareText(found.share) : "0 %"} of its accumulators.`;
}

function heatSummary(tail, picture) {
  const over = tail.channels.calibrated.filter((lsb, c) => orInfinite(lsb) > orInfinite(tail.channels.tolerance[c])).length;
  const known = picture.histograms.filter(Boolean).length;
  return `${over} of ${plural(picture.histograms.length, "channel")} ${over === 1 ? "is" : "are"} over the tolerance where calibrated.` +
    (known < picture.histograms.length ? ` ${picture.histograms.length - known} could not be walked.` : "");
}

function heatKey() {
  return el("ul", {class: "legend"}, ["under 0.001 %", "0.001 %", "0.01 %", "0.1 %", "1 %", "10 % and more"].map((text, level) =>
    el("li", {}, el("span", {class: `key level${level}`, "aria-hidden": "true"}), " ", text)), el("li", {}, "of a channel\u2019s accumulators"));
}

// Mean shares over the channels.
function totalsOf(picture) {
  const last = lastBin(picture);
  const totals = d3.range(0, last + 1).map((bin) => ({bin, share: 0, calibrated: 0}));
  const known = picture.histograms.filter(Boolean);
  for (const histogram of known) {
    for (const {bin, share, calibrated} of binsOf(histogram)) {
      totals[bin].share += share / known.length;
      totals[bin].calibrated += calibrated / known.length;
    }
  }
  return {totals, infinite: d3.mean(known, (one) => one.infinite || 0) || 0,
    undefinedShare: d3.mean(known, (one) => one.undefined || 0) || 0};
}

function histogram(tail, picture) {
  const {totals, infinite, undefinedShare} = totalsOf(picture);
  const width = chartWidth(), height = 240;
  const x = d3.scaleLinear().domain([-0.5, Math.max(totals.length, 4) - 0.5]).range([kShareLeft, width - kMargin.right]);
  const least = d3.min(totals.flatMap((one) => [one.share, one.calibrated]).filter((share) => share > 0)) || 0.1;
  const y = d3.scaleLog().domain([Math.max(1e-9, Math.pow(10, Math.floor(Math.log10(least)) - 0.2)), 1]).range([height - kMargin.bottom, kMargin.top]);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height)
    .attr("role", "img").attr("class", "histogram").attr("aria-label", "Histogram of the differences; the same as a table below");
  const cell = x(1) - x(0);
  for (const kind of ["share", "calibrated"]) {
    const inset = kind === "share" ? 0.06 : 0.24;
    svg.append("g").attr("class", kind).selectAll("rect").data(totals.filter((one) => one[kind] > y.domain()[0])).join("rect")
      .attr("x", (one) => x(one.bin - 0.5) + inset * cell).attr("width", Math.max(1, (1 - 2 * inset) * cell))
      .attr("y", (one) => y(one[kind])).attr("height", (one) => Math.max(0, y(y.domain()[0]) - y(one[kind])));
  }
  const ticks = x.ticks(Math.max(2, width / 90)).filter((bin) => Number.isInteger(bin) && bin < totals.length);
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - kMargin.bottom})`)
    .call(d3.axisBottom(x).tickValues(ticks).tickFormat((bin) => numberText(bin * picture.bin_lsb)).tickSizeOuter(0));
  const powers = d3.range(Math.ceil(Math.log10(y.domain()[0])), 1).map((power) => Math.pow(10, power));
  svg.append("g").attr("class", "axis").attr("transform", `translate(${kShareLeft},0)`)
    .call(d3.axisLeft(y).tickValues(powers.filter((_, i) => powers.length < 7 || i % 2 === 0)).tickFormat(shareText).tickSizeOuter(0));
  if (tail.tolerance_lsb !== null && tail.tolerance_lsb / picture.bin_lsb < totals.length) {
    const at = x(tail.tolerance_lsb / picture.bin_lsb);
    svg.append("line").attr("class", "tolerance").attr("x1", at).attr("x2", at).attr("y1", kMargin.top).attr("y2", height - kMargin.bottom);
  }
  nameAxes(svg, {across: "difference, LSB", up: "share of accumulators", left: kShareLeft, width, height});
  const notes = [infinite && `${shareText(infinite)} differ infinitely.`, undefinedShare && `${shareText(undefinedShare)} are undefined.`].filter(Boolean).join(" ");
  return el("figure", {}, el("h4", {}, "Histogram in LSB"), svg.node(),
    el("ul", {class: "legend"}, el("li", {}, el("span", {class: "key share", "aria-hidden": "true"}), " all accumulators"),
      el("li", {}, el("span", {class: "key of-calibrated", "aria-hidden": "true"}), " of them calibrated"),
      el("li", {}, el("span", {class: "key tolerance", "aria-hidden": "true"}), " tolerance")),
    el("figcaption", {}, el("p", {class: "muted"}, `Mean over the channels; the scale is logarithmic. ${notes}`),
      folded("As a table", () => histogramTable(totals, picture.bin_lsb))));
}

function histogramTable(totals, width) {
  return scrolling("Histogram", sortingTable({
    caption: "Mean share of a channel\u2019s accumulators by difference", rows: totals.filter((one) => one.share > 0),
    columns: [{name: "Difference, LSB", cell: (one) => binName(one.bin, width)},
      {name: "All", numeric: true, cell: (one) => shareText(one.share)},
      {name: "Calibrated", numeric: true, cell: (one) => shareText(one.calibrated)}]}).table);
}
