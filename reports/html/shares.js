// SPDX-License-Identifier: BSD-3-Clause
// What the given inputs of `compare` show at the outputs: changed answers, shares over the gate, and how the
// differences are spread.
"use strict";

// Two digits of what it is, or of what is left of 100 %.
function fineShare(share) {
  const least = 100 * Math.min(share, 1 - share);
  const digits = least > 0 ? 1 - Math.floor(Math.log10(least)) : 0;
  return `${(100 * share).toFixed(Math.min(9, Math.max(0, digits)))} %`;
}

const intervalText = (interval) => `${fineShare(interval[0])} to ${fineShare(interval[1])}`;

function sharesSection(report) {
  const shares = report.shares;
  if (!shares) return null;
  const figure = (term, value, note) =>
    el("div", {class: "figure"}, el("dt", {}, term), el("dd", {}, value, el("small", {}, note)));
  const figures = [];
  const lines = [];
  const classes = shares.classes;
  if (classes) {
    figures.push(figure("Changed answers", numberText(classes.changed),
      `of ${numberText(classes.answers)} top-1 answers at output ${classes.output}; ${intervalText(classes.interval)}`));
    lines.push({name: "changed answers", share: classes.share, interval: classes.interval});
  }
  for (const output of shares.outputs) {
    if (output.interval === null) continue;
    figures.push(figure(`Over the gate, output ${output.output}`, numberText(output.inputs_over),
      `of ${plural(shares.inputs, "input")} have more than ${lsbText(output.tolerance_lsb)} LSB; ${intervalText(output.interval)}`));
    lines.push({name: `over the gate, output ${output.output}`, share: output.share_over, interval: output.interval});
  }
  return section("What the given inputs show",
    el("dl", {class: "figures"}, figures), lines.length ? intervalChart(lines) : null,
    el("div", {class: "spread"}, shares.outputs.filter((one) => one.interval !== null || one.lsb !== 0).map(outputHistogram)));
}

// A share and its interval a line, over a logarithmic scale. A share of 0 is the interval alone.
function intervalChart(lines) {
  const width = 720, row = 26, left = 190;
  const height = lines.length * row + kMargin.top + kMargin.bottom;
  const least = d3.min(lines.map((one) => one.interval[0] || one.interval[1] / 20)) || 1e-6;
  const x = d3.scaleLog().domain([Math.max(1e-9, least / 2), 1]).range([left, width - 40]).clamp(true);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height)
    .attr("role", "img").attr("class", "intervals")
    .attr("aria-label", "Shares with their 95 % intervals; the same figures stand above");
  const powers = d3.range(Math.ceil(Math.log10(x.domain()[0])), 1).map((power) => Math.pow(10, power));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - kMargin.bottom})`)
    .call(d3.axisBottom(x).tickValues(powers).tickFormat(shareText).tickSizeOuter(0));
  lines.forEach((one, i) => {
    const y = kMargin.top + (i + 0.5) * row;
    svg.append("text").attr("class", "unit").attr("x", left - 8).attr("y", y + 4).attr("text-anchor", "end").text(one.name);
    svg.append("line").attr("class", "interval").attr("x1", x(one.interval[0] || x.domain()[0])).attr("x2", x(one.interval[1]))
      .attr("y1", y).attr("y2", y);
    if (one.share > 0) svg.append("circle").attr("class", "point").attr("cx", x(one.share)).attr("cy", y).attr("r", 5);
  });
  return el("figure", {}, svg.node(), el("figcaption", {},
    "The 95 % intervals of Clopper and Pearson, for inputs drawn as these were."));
}

// The bins are uneven, so each stands by its name: 0, up to \u00bd, 1, 2, 3, 4, 8, \u2026
function outputHistogram(output) {
  const bins = output.histogram, total = output.elements;
  const title = el("h3", {}, `Differences at output ${output.output}, `, nameOf(output.value, 40));
  if (total === 0) return el("figure", {}, title, el("p", {class: "muted"}, "Nothing was compared."));
  const name = (bin) => (bin.up_to === null ? "\u221e" : bin.up_to === 0 ? "0" : `\u2264 ${lsbText(bin.up_to)}`);
  const width = chartWidth(), height = 220;
  const x = d3.scaleBand().domain(bins.map(name)).range([kShareLeft, width - kMargin.right]).padding(0.2);
  const least = d3.min(bins, (bin) => bin.count / total);
  const y = d3.scaleLog().domain([Math.pow(10, Math.floor(Math.log10(least)) - 0.2), 1]).range([height - kMargin.bottom, kMargin.top]);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height)
    .attr("role", "img").attr("class", "histogram").attr("aria-label", "Histogram of the differences; the same as a table below");
  svg.append("g").attr("class", "calibrated").selectAll("rect").data(bins).join("rect")
    .attr("x", (bin) => x(name(bin))).attr("width", x.bandwidth())
    .attr("y", (bin) => y(bin.count / total)).attr("height", (bin) => y.range()[0] - y(bin.count / total));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - kMargin.bottom})`)
    .call(d3.axisBottom(x).tickSizeOuter(0));
  const powers = d3.range(Math.ceil(Math.log10(y.domain()[0])), 1).map((power) => Math.pow(10, power));
  svg.append("g").attr("class", "axis").attr("transform", `translate(${kShareLeft},0)`)
    .call(d3.axisLeft(y).tickValues(powers).tickFormat(shareText).tickSizeOuter(0));
  return el("figure", {}, title, svg.node(),
    el("figcaption", {}, el("p", {class: "muted"}, `LSB of ${plural(total, "element")}; the scale is logarithmic. At most ${
      lsbText(output.lsb)}, median ${lsbText(output.p50)}, 99 % at most ${lsbText(output.p99)}.`),
    folded("As a table", () => scrolling("Histogram", sortingTable({caption: "Elements by difference", rows: bins,
      columns: [{name: "Difference, LSB", cell: name}, {name: "Elements", numeric: true, cell: (bin) => numberText(bin.count)},
        {name: "Share", numeric: true, cell: (bin) => shareText(bin.count / total)}]}).table))));
}
