// SPDX-License-Identifier: BSD-3-Clause
// A gate: what became of its pairs, in one sentence and a table, and the waivers.
"use strict";

const kStatusVerdict = {holds: "within", waived: "unproved", unproved: "unproved", differs: "differs", unusable: "differs"};
const kStatusRank = {unusable: 4, differs: 3, unproved: 2, waived: 1, holds: 0};
const kGateWords = ["Holds", "Differs", "Unproved", "Unusable"];
const kGateVerdicts = ["equal", "differs", "unproved", "differs"];

function gateReport(report, isOneOfMany) {
  const pairs = Array.isArray(report.pairs) ? report.pairs : [];
  const counts = Object.entries(report.counts || {}).filter(([, count]) => count > 0);
  const said = counts.map(([status, count]) => countText(status, count)).join(", ");
  const code = kGateWords[report.exit_code] === undefined ? 2 : report.exit_code;
  return [gateHead(code, `Of ${plural(pairs.length, "pair")} ${said || "none was judged"}.`, isOneOfMany),
    report.configuration ? terms([["Configuration", nameOf(String(report.configuration.file), 90)]]) : null,
    section("Pairs", scrolling("Pairs", pairsTable(pairs))),
    waiversSection(report.waivers),
    footerOf(report)];
}

// "4 hold", "1 differs", "2 waived"
function countText(status, count) {
  const of_many = {holds: "hold", differs: "differ"};
  return `${numberText(count)} ${count !== 1 && Object.hasOwn(of_many, status) ? of_many[status] : cut(String(status), 20)}`;
}

function gateHead(code, sentence, isOneOfMany) {
  const verdict = kGateVerdicts[code];
  return el("header", {class: "head"}, el("p", {class: "brand"}, "foldproof ", el("span", {}, "gate")),
    el(isOneOfMany ? "h2" : "h1", {}, el("span", {class: `stamp ${verdict}`},
      el("span", {"aria-hidden": "true"}, kMarks[verdict]), " ", kGateWords[code]), " ",
    el("span", {class: "sentence"}, sentence)));
}

function statusMark(status) {
  const verdict = Object.hasOwn(kStatusVerdict, status) ? kStatusVerdict[status] : "unproved";
  return el("span", {class: `verdict ${verdict}`},
    el("span", {"aria-hidden": "true"}, status === "waived" ? "!" : kMarks[verdict]), " ", cut(String(status), 20));
}

function pairsTable(pairs) {
  const why = (pair) => pair.why || (pair.findings && pair.findings[0] && pair.findings[0].message) || "";
  return sortingTable({
    caption: "Every pair of programs; what was found in each stands below", rows: pairs,
    order: {column: "Status", down: true},
    columns: [
      {name: "Pair", sort: (pair) => String(pair.name), cell: (pair) => whole(pair.name, 60)},
      {name: "Status", sort: (pair) => kStatusRank[pair.status] || 0, descends: true, cell: (pair) => statusMark(pair.status)},
      {name: "Rule", sort: (pair) => rulesOf(pair), cell: (pair) => withBreaks(rulesOf(pair) || "\u2013")},
      {name: "Why", narrow: false, cell: (pair) => cut(String(why(pair)), 300) || "\u2013"},
    ]}).table;
}

// A name that stands in one line.
const whole = (name, most) => el("span", {class: "whole"}, cut(String(name), most));

const rulesOf = (pair) =>
  [...new Set((pair.findings || []).filter((one) => one.level !== "note").map((one) => cut(String(one.rule), 40)))].join(", ");

function waiversSection(waivers) {
  if (!Array.isArray(waivers) || waivers.length === 0) return null;
  return section("Waivers", scrolling("Waivers", sortingTable({
    caption: "What is let pass for a while", rows: waivers, columns: [
      {name: "Pair", sort: (one) => String(one.pair), cell: (one) => whole(one.pair, 60)},
      {name: "Rule", sort: (one) => String(one.rule), cell: (one) => whole(one.rule, 40)},
      {name: "Status", narrow: false, sort: (one) => String(one.status), cell: (one) => cut(String(one.status), 20)},
      {name: "Last day", sort: (one) => String(one.expires), cell: (one) => whole(one.expires, 20)},
      {name: "Up to, LSB", numeric: true, narrow: false, cell: (one) => (one.up_to_lsb === null ? "\u2013" : lsbText(one.up_to_lsb))},
      {name: "Reason", narrow: false, cell: (one) => cut(String(one.reason), 300)},
    ]}).table));
}
