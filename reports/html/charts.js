// SPDX-License-Identifier: BSD-3-Clause
// The step functions of one channel, and their difference. d3 draws.
"use strict";

const kMargin = {left: 56, right: 26, top: 10, bottom: 44};

function running(starts) {
  let at = 0;
  return starts.map((step) => (at += step));
}

// A curve as points: from, least, most. `end` is one behind the last accumulator.
function pointsOf(curve, end) {
  const starts = running(curve.starts);
  return {exact: !curve.most, steps: curve.steps, end,
    points: starts.map((from, i) => ({from, least: curve.least[i], most: (curve.most || curve.least)[i]}))};
}

function pointAt(curve, accumulator) {
  const i = d3.bisector((point) => point.from).right(curve.points, accumulator) - 1;
  return curve.points[Math.max(0, i)];
}

// after - before of two exact curves.
function differenceOf(before, after) {
  const starts = [...new Set([...before.points, ...after.points].map((point) => point.from))].sort((a, b) => a - b);
  const points = [];
  for (const from of starts) {
    const b = pointAt(before, from).least, a = pointAt(after, from).least;
    const value = b === null || a === null ? null : a - b;
    if (points.length && points[points.length - 1].least === value) continue;
    points.push({from, least: value, most: value});
  }
  return {exact: true, steps: points.length, end: before.end, points};
}

function chartsOf(report, row) {
  const {tail} = row;
  const picture = tail.picture;
  const place = el("div", {class: "charts"});
  const spread = el("div", {class: "spread"});
  const charts = el("div", {}, el("h4", {}, "Both step functions"));
  if (picture.curves.length === 0) {
    charts.append(el("p", {class: "muted"}, "No quantizer makes steps of this tail, or the report has no curves."));
  } else {
    charts.append(channelChooser(tail, picture, place), place);
  }
  requestAnimationFrame(() => append(spread, [heatMap(tail, picture), histogram(tail, picture)]));
  return el("div", {}, charts, spread);
}

function channelChooser(tail, picture, place) {
  const choice = {channel: 0, zoom: "steps"};
  const draw = () => place.replaceChildren(stepCharts(tail, picture.curves[choice.channel], choice.zoom));
  const channels = el("select", {id: newId("channel")}, picture.curves.map((curve, i) =>
    el("option", {value: i}, `${curve.channel}: ${lsbText(tail.channels.calibrated[curve.channel])} LSB calibrated, ${
      lsbText(tail.channels.reachable[curve.channel])} over all`)));
  channels.addEventListener("change", () => {
    choice.channel = Number(channels.value);
    draw();
  });
  const zooms = [["steps", "where values change"], ["all", "all accumulators"], ["worst", "around the worst"]];
  const zoom = el("select", {id: newId("zoom")}, zooms.map(([value, name]) => el("option", {value}, name)));
  zoom.addEventListener("change", () => {
    choice.zoom = zoom.value;
    draw();
  });
  requestAnimationFrame(draw);
  const count = channelCount(tail);
  return el("div", {class: "choosers"},
    el("div", {}, el("label", {for: channels.id}, "Channel"), channels),
    el("div", {}, el("label", {for: zoom.id}, "Show"), zoom),
    picture.curves.length < count ? el("p", {class: "muted"},
      `The report has the step functions of ${picture.curves.length} of ${count} channels, the worst ones.`) : null);
}

function viewOf(zoom, low, end, curves, worstAt) {
  const inner = curves.flatMap((curve) => curve.points.slice(1).map((point) => point.from));
  if (zoom === "all" || inner.length === 0) return [low, end];
  let [from, to] = d3.extent(inner);
  if (zoom === "worst" && worstAt !== null) {
    const half = Math.max(4, (to - from) / Math.max(1, inner.length) * 12);
    [from, to] = [worstAt - half, worstAt + half];
  } else {
    const beside = Math.max(2, (to - from) * 0.06);
    [from, to] = [from - beside, to + beside];
  }
  return [Math.max(low, Math.floor(from)), Math.min(end, Math.ceil(to))];
}

function stepCharts(tail, picture, zoom) {
  const c = picture.channel;
  const low = tail.channels.low[c];
  const end = tail.channels.high[c] + 1;
  const before = pointsOf(picture.before, end), after = pointsOf(picture.after, end);
  const difference = picture.difference ? pointsOf(picture.difference, end) : differenceOf(before, after);
  const figures = tail.channels.calibrated_at[c] !== null && (tail.channels.calibrated[c] === null || tail.channels.calibrated[c] > 0)
    ? "calibrated_at" : "reachable_at";
  const worstAt = tail.channels[figures][c];
  const view = viewOf(zoom, low, end, [before, after], worstAt);
  const x = d3.scaleLinear().domain(view);
  const witness = tail.witness && tail.witness.channel === c ? tail.witness.accumulator : null;
  const common = {x, picture, end, witness};
  const width = Math.max(260, Math.min(1100, (document.querySelector(".panel") || document.body).clientWidth - 8));
  x.range([kMargin.left, width - kMargin.right]);
  const upper = stepChart({...common, width, height: 230, curves: [["before", before], ["after", after]], unit: "value, LSB",
    label: `Step functions of channel ${c}, before and after the fold`});
  const lower = stepChart({...common, width, height: 180, curves: [["difference", difference]], unit: "after \u2212 before, LSB",
    tolerance: tail.channels.tolerance[c], label: `Difference of the two in channel ${c}`});
  const summary = curveSummary(tail, picture, before, after, view);
  return el("figure", {}, legend(picture, witness), upper.node, lower.node,
    cursor({view, before, after, difference, charts: [upper, lower], start: worstAt === null ? view[0] : worstAt}),
    el("figcaption", {}, summary));
}

function legend(picture, witness) {
  const entry = (kind, text) => el("li", {}, el("span", {class: `key ${kind}`, "aria-hidden": "true"}), " ", text);
  return el("ul", {class: "legend"}, entry("before", "before"), entry("after", "after"),
    entry("calibrated", "calibrated: nothing clips inside of before"), entry("clipped-before", "a quantizer of before is saturated"),
    entry("clipped-after", "one of after is"), picture.undefined.length ? entry("undefined", "undefined") : null,
    entry("tolerance", "tolerance"), entry("over", "over it"), witness !== null ? entry("witness", "witness") : null);
}

// A chart of step functions over the accumulator.
function stepChart({x, picture, end, witness, width, height, curves, unit, tolerance, label}) {
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height)
    .attr("role", "img").attr("aria-label", label).attr("class", "steps");
  const inside = newId("clip");
  const top = kMargin.top, bottom = height - kMargin.bottom;
  svg.append("clipPath").attr("id", inside).append("rect").attr("x", kMargin.left).attr("y", top)
    .attr("width", width - kMargin.left - kMargin.right).attr("height", bottom - top);
  const y = d3.scaleLinear().domain(valuesOf(curves, x.domain(), tolerance)).nice().range([bottom, top]);
  const plot = svg.append("g").attr("clip-path", `url(#${inside})`);
  const band = (ranges, kind, from, to) => plot.append("g").attr("class", kind).selectAll("rect").data(ranges).join("rect")
    .attr("x", (range) => x(range[0])).attr("width", (range) => Math.max(1, x(range[1] + 1) - x(range[0])))
    .attr("y", from).attr("height", to - from);
  band(picture.calibrated, "calibrated", top, bottom);
  band(picture.undefined, "undefined", top, bottom);
  band(picture.clipped_before, "clipped-before", bottom - 12, bottom - 6);
  band(picture.clipped_after, "clipped-after", bottom - 6, bottom);
  axes(svg, x, y, width, height, unit);
  if (tolerance !== undefined) drawOver(svg, plot, curves[0][1], x, y, tolerance);
  for (const [kind, curve] of curves) drawCurve(plot, kind, curve, x, y, end);
  if (witness !== null) {
    plot.append("line").attr("class", "witness").attr("x1", x(witness)).attr("x2", x(witness)).attr("y1", top).attr("y2", bottom);
  }
  const line = plot.append("line").attr("class", "cursor").attr("y1", top).attr("y2", bottom);
  return {node: svg.node(), x, move: (accumulator) => line.attr("x1", x(accumulator + 0.5)).attr("x2", x(accumulator + 0.5))};
}

function valuesOf(curves, [from, to], tolerance) {
  const seen = curves.flatMap(([, curve]) => curve.points
    .filter((point, i) => point.from <= to && (i + 1 < curve.points.length ? curve.points[i + 1].from : curve.end) >= from)
    .flatMap((point) => [point.least, point.most])).filter((value) => value !== null);
  if (tolerance !== undefined) seen.push(0, ...(tolerance === null ? [] : [1.2 * tolerance, -1.2 * tolerance]));
  const [least, most] = seen.length ? d3.extent(seen) : [0, 1];
  const beside = Math.max(0.5, (most - least) * 0.05);
  return [least - beside * (tolerance === undefined ? 2 : 1), most + beside];
}

function axes(svg, x, y, width, height, unit) {
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${height - kMargin.bottom})`)
    .call(d3.axisBottom(x).ticks(Math.max(2, width / 130)).tickFormat(numberText).tickSizeOuter(0));
  svg.append("g").attr("class", "axis").attr("transform", `translate(${kMargin.left},0)`)
    .call(d3.axisLeft(y).ticks(5).tickFormat(numberText).tickSizeOuter(0))
    .call((axis) => axis.selectAll(".tick line").clone().attr("class", "rule").attr("x2", width - kMargin.left - kMargin.right));
  nameAxes(svg, {across: "accumulator: the integer that the convolution sums", up: unit, left: kMargin.left, width, height});
}

// What the two axes of a chart of so much room count.
function nameAxes(svg, {across, up, left, width, height}) {
  svg.append("text").attr("class", "unit").attr("x", (left + width - kMargin.right) / 2).attr("y", height - 6)
    .attr("text-anchor", "middle").text(across);
  svg.append("text").attr("class", "unit").attr("transform", `translate(12,${(height - kMargin.bottom + kMargin.top) / 2}) rotate(-90)`)
    .attr("text-anchor", "middle").text(up);
}

function drawCurve(plot, kind, curve, x, y, end) {
  const points = [...curve.points, {...curve.points[curve.points.length - 1], from: end}];
  const there = (point) => point.least !== null && point.most !== null;
  if (!curve.exact) {
    plot.append("path").attr("class", `spread ${kind}`).attr("d", d3.area().defined(there).curve(d3.curveStepAfter)
      .x((point) => x(point.from)).y0((point) => y(point.least)).y1((point) => y(point.most))(points));
  }
  plot.append("path").attr("class", `curve ${kind}`).attr("d", d3.line().defined(there).curve(d3.curveStepAfter)
    .x((point) => x(point.from)).y((point) => y(point.least))(points));
}

// What is over the tolerance, between it and the curve.
function drawOver(svg, plot, curve, x, y, tolerance) {
  plot.append("line").attr("class", "zero").attr("x1", x.range()[0]).attr("x2", x.range()[1]).attr("y1", y(0)).attr("y2", y(0));
  if (tolerance === null) return;
  const points = [...curve.points, {...curve.points[curve.points.length - 1], from: curve.end}];
  for (const sign of [1, -1]) {
    const edge = sign * tolerance;
    const beyond = (value) => (sign > 0 ? Math.max(value, edge) : Math.min(value, edge));
    plot.append("path").attr("class", "over").attr("d", d3.area().defined((point) => point.least !== null)
      .curve(d3.curveStepAfter).x((point) => x(point.from)).y0(y(edge))
      .y1((point) => y(beyond(sign > 0 ? point.most : point.least)))(points));
    plot.append("line").attr("class", "tolerance").attr("x1", x.range()[0]).attr("x2", x.range()[1]).attr("y1", y(edge)).attr("y2", y(edge));
  }
}

// One accumulator, chosen by a slider or the pointer, and both values there.
function cursor({view, before, after, difference, charts, start}) {
  const clamp = (accumulator) => Math.min(view[1] - 1, Math.max(view[0], accumulator));
  const slider = el("input", {type: "range", id: newId("at"), min: view[0], max: view[1] - 1, value: clamp(start), step: 1});
  const output = el("output", {for: slider.id});
  const text = (point, exact) => (point.least === null ? "not finite" : exact ? numberText(point.least)
    : `${numberText(point.least)} to ${numberText(point.most)}`);
  const show = () => {
    const at = Number(slider.value);
    const said = `A = ${numberText(at)}: before ${text(pointAt(before, at), before.exact)}, after ${
      text(pointAt(after, at), after.exact)}, difference ${text(pointAt(difference, at), difference.exact)} LSB`;
    output.textContent = said;
    slider.setAttribute("aria-valuetext", said);
    for (const chart of charts) chart.move(at);
  };
  slider.addEventListener("input", show);
  slider.addEventListener("keydown", (event) => {  // a hundredth of the view at a time
    const pages = {PageUp: 1, PageDown: -1}[event.key];
    if (!pages) return;
    event.preventDefault();
    slider.value = clamp(Number(slider.value) + pages * Math.max(1, Math.round((view[1] - view[0]) / 100)));
    show();
  });
  for (const chart of charts) {
    chart.node.addEventListener("pointermove", (event) => {
      const box = chart.node.getBoundingClientRect();
      const scale = Number(chart.node.getAttribute("width")) / box.width;
      slider.value = clamp(Math.floor(chart.x.invert((event.clientX - box.left) * scale)));
      show();
    });
  }
  show();
  return el("div", {class: "cursor"}, el("label", {for: slider.id}, "Accumulator"), slider, output);
}

function curveSummary(tail, picture, before, after, view) {
  const c = picture.channel;
  const ranges = (list) => (list.length === 0 ? "nowhere" : list.slice(0, 4).map((range) =>
    `${numberText(range[0])} to ${numberText(range[1])}`).join(", ") + (list.length > 4 ? `, and ${list.length - 4} more ranges` : ""));
  const exact = before.exact && after.exact ? "" :
    ` A function with more than 512 steps is drawn as the least and the largest value in each of ${Math.max(before.points.length, after.points.length)} equal ranges.`;
  return `Channel ${c}, accumulators ${numberText(tail.channels.low[c])} to ${numberText(tail.channels.high[c])}, drawn from ${
    numberText(view[0])} to ${numberText(view[1] - 1)}. Before takes ${plural(before.steps, "step")}, after ${
    plural(after.steps, "step")}. Largest difference: ${lsbText(tail.channels.calibrated[c])} LSB where calibrated, ${
    lsbText(tail.channels.reachable[c])} over all; tolerance ${lsbText(tail.channels.tolerance[c])}. Calibrated: ${
    ranges(picture.calibrated)}. Saturated before: ${ranges(picture.clipped_before)}; after: ${ranges(picture.clipped_after)}.${exact}${
    picture.ranges_left_out ? ` ${plural(picture.ranges_left_out, "narrow range")} left out.` : ""}`;
}
