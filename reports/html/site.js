// SPDX-License-Identifier: BSD-3-Clause
// What is known of one frontier of a site.
"use strict";

function sitePanel(report, row) {
  const {site, tail} = row;
  const title = el("h3", {}, nameOf(site.before_conv, 40), " ",
    site.module ? el("span", {}, `(${cut(String(site.module), 80)}) `) : null, el("span", {class: "muted"},
    cut(String(site.op || ""), 60), `, ${plural(site.channels, "channel")}, ${plural(site.taps, "tap")}`));
  if (!tail) return [title, el("p", {}, String(site.reason || "Equal by its number alone: it has no frontier to look at."))];
  const picture = tail.picture;
  return [title, el("p", {}, verdictMark(tail.verdict), " ", tailSentence(report, site, tail)),
    causeList(tail, site),
    picture ? chartsOf(report, row) : el("p", {class: "muted"},
      changesWeights(site) ? "A fold that changes weights has no step functions: the two sides have a sum each."
        : "This report has no step functions. Run verify with --html FILE, or with --curves N for the report."),
    picture && picture.trace ? traceOf(tail, picture.trace) : null,
    tail.witness ? witnessOf(tail.witness) : null,
    siteGraph(report, row),
    folded(`Figures of each channel (${channelCount(tail)})`, () => channelTable(tail))];
}

const changesWeights = (site) => site.sums === "pair" || site.sums === "real";

const channelCount = (tail) => (tail.channels.low || []).length;

function tailSentence(report, site, tail) {
  const where = typeof tail.output === "number" ? tail.place : `where ${tail.place} reads it`;
  if (tail.verdict === "unproved") return `${where}: ${tail.reason || "not decided"}.`;
  if (tail.verdict === "equal") return `${where}: bit for bit the same, for every input.`;
  const observed = tail.observed && tail.observed.lsb !== undefined && report.gate.domain === "observed"
    ? `${lsbText(tail.observed.lsb)} LSB in the observed range, ` : "";
  const seen = report.report === "compare" && tail.observed && typeof tail.observed.lsb === "number"
    ? `Running both programs showed at most ${lsbText(tail.observed.lsb)}. ` : "";
  return `${where}: at most ${observed}${lsbText(tail.calibrated.lsb)} LSB where nothing was clipped before ` +
    `(${shareText(tail.calibrated.share_of_reachable || 0)} of the accumulators), ` +
    `${lsbText(tail.reachable.lsb)} LSB over all inputs; allowed ${lsbText(tail.tolerance_lsb)}, ` +
    `and ${rightFoldText(tail.derived_lsb)}. ${seen}One LSB is ${numberText(tail.scale)}.`;
}

function causeList(tail, site) {
  if (tail.causes.length === 0) return null;
  return el("ul", {class: "causes"}, tail.causes.map((cause) => el("li", {},
    el("strong", {}, cut(String(cause.rule), 40)), " at ", nameOf(String(cause.node), 50), ` on ${
      cause.channels.length === site.channels ? (site.channels === 1 ? "its one channel" : `all ${site.channels} channels`)
        : plural(cause.channels.length, "channel")}`,
    cause.share > 0 ? `, for ${shareText(cause.share)} of their accumulators` : "", ": ", String(cause.detail), ".",
    cause.remedy ? el("p", {class: "muted"}, String(cause.remedy)) : null)));
}

// What both programs gave, of a report that has it.
function shownText(witness) {
  if (typeof witness.observed_before !== "number" || typeof witness.observed_after !== "number") return "";
  return ` (before ${numberText(witness.observed_before)}, after ${numberText(witness.observed_after)})`;
}

function witnessOf(witness) {
  const ran = witness.confirmed === true
    ? `confirmed: ${lsbText(witness.observed_lsb)} LSB${shownText(witness)}, by ${(witness.confirmed_by || []).map((one) => cut(String(one), 60)).join("; ")}`
    : witness.confirmed === false ? `NOT confirmed: ${witness.why_not_confirmed || ""}`
      : "not run; --witness DIR writes it and runs both programs on it";
  return el("div", {}, el("h4", {}, "Witness: an input that shows it"), terms([
    ["Accumulator", `${numberText(witness.accumulator)} in channel ${witness.channel}`],
    ["Feeds", witness.level === "program" ? "the program\u2019s input" : "what the convolution reads, instead of being computed"],
    ["Shows", `${lsbText(witness.claimed_lsb)} LSB at output position [${(witness.output_position || []).join(", ")}]`],
    ["Executed", ran],
    ["File", witness.file ? nameOf(String(witness.file), 80) : null]]));
}

// Rows of both sides beside each other: equal names on one row, in the order of both.
function aligned(before, after, nameOfEntry) {
  const rows = [];
  let a = 0;
  for (const entry of before) {
    const at = after.findIndex((one, i) => i >= a && nameOfEntry(one) === nameOfEntry(entry));
    if (at < 0) {
      rows.push([entry, null]);
      continue;
    }
    while (a < at) rows.push([null, after[a++]]);
    rows.push([entry, after[a++]]);
  }
  while (a < after.length) rows.push([null, after[a++]]);
  return rows;
}

function traceOf(tail, trace) {
  const named = new Set(tail.causes.map((cause) => cause.node));
  let parted = false;
  const value = (point) => {
    if (!point) return [el("td", {class: "gone", colspan: 2}, "\u2013")];
    const clips = point.clipped
      ? el("span", {class: "clips"}, ` clips: holds ${numberText(point.range[0])} to ${numberText(point.range[1])}`) : null;
    return [el("td", {}, nameOf(point.node, 34), clips),
      el("td", {class: "number"}, point.range ? el("small", {}, "code ") : null, numberText(point.value))];
  };
  const rows = aligned(trace.before, trace.after, (point) => point.node).map(([b, a]) => {
    const differs = Boolean(b && a && b.value !== a.value && b.range);
    const parts = differs && !parted;
    parted = parted || differs;
    const cause = [b, a].find((point) => point && named.has(point.node));
    const note = cause ? `\u2190 ${cut(String(tail.causes.find((one) => one.node === cause.node).rule), 40)}` : parts ? "\u2190 the codes part" : "";
    return el("tr", {class: cause ? "cause" : null}, value(b), value(a), el("td", {}, note));
  });
  return el("div", {}, el("h4", {}, "Trace: where the two part"), scrolling("Trace", el("table", {class: "trace"},
    el("caption", {}, `Every operator at accumulator ${numberText(trace.accumulator)} of channel ${trace.channel}; codes behind quantizers`),
    el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Before"), el("th", {scope: "col", class: "number"}, "Value"),
      el("th", {scope: "col"}, "After"), el("th", {scope: "col", class: "number"}, "Value"), el("th", {scope: "col"}, "Note"))),
    el("tbody", {}, rows))));
}

function channelTable(tail) {
  const columns = tail.channels;
  const rows = Array.from({length: channelCount(tail)}, (_, c) => c);
  const number = (name, value, text) => ({name, numeric: true, descends: true,
    sort: (c) => orInfinite(value(c)), cell: (c) => text(value(c))});
  const at = (c, domain) => {
    const accumulator = columns[`${domain}_at`][c];
    return [lsbText(columns[domain][c]), accumulator === null ? "" : el("small", {}, ` at ${numberText(accumulator)}`)];
  };
  const domain = (name, key) => ({name, numeric: true, descends: true, sort: (c) => orInfinite(columns[key][c]), cell: (c) => at(c, key)});
  return scrolling("Figures of each channel", sortingTable({
    caption: "Figures of each channel, in LSB", rows,
    order: {column: "Channel", down: false},
    columns: [
      {name: "Channel", numeric: true, sort: (c) => c, cell: (c) => String(c)},
      domain("Calibrated", "calibrated"), domain("All inputs", "reachable"),
      number("Allowed", (c) => columns.tolerance[c], lsbText),
      number("Ideal gap", (c) => columns.gap[c], (gap) => (gap === null ? "\u2013" : lsbText(gap))),
      number("Undefined", (c) => columns.undefined[c], numberText),
      {name: "Accumulators", numeric: true, sort: (c) => columns.high[c] - columns.low[c],
        cell: (c) => `${numberText(columns.low[c])} to ${numberText(columns.high[c])}`},
      ...(columns.unproved.some(Boolean) ? [{name: "Unproved", cell: (c) => columns.unproved[c] || ""}] : []),
    ]}).table);
}
