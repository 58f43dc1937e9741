// SPDX-License-Identifier: BSD-3-Clause
// The page as a whole: reads the reports that stand in it, and shows each.
"use strict";

const kVerdicts = {
  differs: ["Differs", "The fold does not keep the network\u2019s numbers."],
  unproved: ["Unproved", "It could not be decided whether the fold keeps the network\u2019s numbers."],
  within: ["Holds", ""],  // heldSentence
  equal: ["Holds", "Both programs are the same bit for bit, for every input."],
};

const kOwnParts = new Set(["report", "schema_version", "verdict", "exit_code", "assumptions", "gate",
  "before", "after", "structure", "sites", "unproved", "quant_fusion_crashes", "run", "graphs",
  "read_from", "findings", "pair", "shares", "notes"]);

function start() {
  const page = document.getElementById("page");
  const reports = JSON.parse(document.getElementById("reports").textContent);
  page.replaceChildren();
  const first = reports[0];
  const isGate = Boolean(first) && first.report === "gate";
  if (reports.length !== 1 && !isGate) {
    page.append(el("h1", {}, plural(reports.length, "report")));
  }
  reports.forEach((report, i) => {
    const isOneOfMany = reports.length > 1 && !(isGate && i === 0);
    // The pairs of a gate that hold are told by its table.
    if (isGate && i > 0 && (report.verdict === "within" || report.verdict === "equal")) {
      page.append(folded(`${cut(String(report.pair || ""), 60)}: holds (${report.verdict})`, () => drawnReport(report, isOneOfMany)));
    } else {
      page.append(drawnReport(report, isOneOfMany));
    }
  });
  if (reports.length === 1 && first && first.verdict) {
    document.title = `${cut(String(first.verdict), 20)}: ${cut(judgedFile(first), 80)} \u2013 foldproof`;
  }
}

function drawnReport(report, isOneOfMany) {
  const part = el("article", {class: "report"});
  const own = {verify: judgedReport, compare: judgedReport, gate: gateReport};
  const draw = Object.hasOwn(own, report.report) ? own[report.report] : plainReport;
  try {
    append(part, draw(report, isOneOfMany));
  } catch (why) {  // a report of somebody else's making, whose fields are not what they should be
    console.error(why);
    part.append(el("h2", {}, "This report cannot be shown"), el("p", {}, String(why)));
  }
  return part;
}

function fileOf(side) {
  if (!side) return "";
  if (side.file) return String(side.file);
  if (side.fold) return `folded here, policy ${side.fold.policy}`;
  if (side.pass) return `made by ${side.pass.command}`;
  return "";
}

function judgedFile(report) {
  return (report.after && report.after.file) || (report.before && report.before.file) ||
    report.read_from || String(report.report);
}

function verdictHead(verdict, kind, isOneOfMany, sentence) {
  const known = Object.hasOwn(kVerdicts, verdict);
  const word = known ? kVerdicts[verdict][0] : cut(String(verdict));
  const mark = el("span", {class: `stamp ${known ? verdict : "unproved"}`},
    el("span", {"aria-hidden": "true"}, known ? kMarks[verdict] : "?"), " ", word);
  return el("header", {class: "head"},
    el("p", {class: "brand"}, "foldproof ", el("span", {}, kind)),
    el(isOneOfMany ? "h2" : "h1", {}, mark, " ",
      el("span", {class: "sentence"}, sentence || (known ? kVerdicts[verdict][1] : ""))));
}

function judgedReport(report, isOneOfMany) {
  const tails = report.sites.flatMap((site, s) =>
    (site.tails.length ? site.tails : [null]).map((tail, t) => ({site, tail, s, t})));
  return [
    verdictHead(report.verdict, report.pair ? `verify, pair ${cut(report.pair, 60)}` : report.report, isOneOfMany,
      report.verdict === "within" ? heldSentence(report) : undefined),
    comparedFiles(report),
    notesList(report.notes),
    figuresOf(report, tails),
    sharesSection(report),
    sitesSection(report, tails),
    structureSection(report),
    partsSection("What running the programs showed", report.findings),
    partsSection("Not proved", report.unproved),
    graphSection(report),
    crashesSection(report.quant_fusion_crashes),
    assumptionsSection(report),
    ...Object.keys(report).filter((key) => !kOwnParts.has(key)).map((key) =>
      section(words(key), folded("Show", () => plainValue(report[key], key)))),
    footerOf(report),
  ];
}

// What a verdict "within" was proved for, as the terminal says it (reports/held_text.cc).
function heldSentence(report) {
  let most = null;
  for (const site of report.sites) {
    for (const tail of site.tails) {
      const figures = tail.reachable;
      const root = Object.hasOwn(figures, "lsb_root_step") ? orInfinite(figures.lsb_root_step) : 0;
      const lsb = Math.max(orInfinite(figures.lsb), root);
      if (figures.share_over > 0 || !(lsb <= orInfinite(tail.tolerance_lsb))) most = Math.max(most ?? 0, lsb);
    }
  }
  const domain = report.gate.domain;
  if (most === null || domain === "reachable") return "For every input: no site moves by more than its tolerance.";
  const upTo = most === Infinity ? "infinitely many LSB" : `up to ${lsbText(most)} LSB`;
  return domain === "observed" ? `For what the given inputs produce; ${upTo} on other inputs.`
    : `For every input that clipped nothing before the fold; ${upTo} where something was clipped already.`;
}

const section = (title, ...children) => el("section", {}, el("h2", {}, title), ...children);

function comparedFiles(report) {
  const file = (label, side) => el("div", {}, el("dt", {}, label),
    el("dd", {}, nameOf(fileOf(side), 90),
      side && side.sha256 ? el("span", {class: "muted hash"}, ` sha256 ${String(side.sha256).slice(0, 12)}\u2026`) : null));
  return el("dl", {class: "files"}, file("Before", report.before), file("After", report.after));
}

const gateFigures = (report, tail) => tail[report.gate.domain] || tail.calibrated;
const orInfinite = (x) => (x === null || x === undefined ? Infinity : x);

function figuresOf(report, tails) {
  const counts = {differs: 0, unproved: 0, within: 0, equal: 0};
  for (const site of report.sites) counts[site.verdict] += 1;
  const judged = tails.filter((one) => one.tail);
  const worst = judged.reduce((most, one) => most &&
    orInfinite(gateFigures(report, most.tail).lsb) >= orInfinite(gateFigures(report, one.tail).lsb)
    ? most : one, null);
  const figure = (term, value, note) =>
    el("div", {class: "figure"}, el("dt", {}, term), el("dd", {}, value, note && el("small", {}, note)));
  const total = report.sites.length;
  const bar = el("span", {class: "bar", "aria-hidden": "true"});
  for (const verdict of ["differs", "unproved", "within", "equal"]) {
    if (!counts[verdict]) continue;
    const piece = el("span", {class: verdict});
    piece.style.flexGrow = counts[verdict];
    bar.append(piece);
  }
  const gate = report.gate;
  const tolerance = gate.tolerance === "derived" ? "derived from the program" : `${lsbText(gate.tolerance)} LSB`;
  return el("dl", {class: "figures"},
    figure(total === 1 ? "Convolution site" : "Convolution sites", [numberText(total), bar],
      Object.entries(counts).filter(([, n]) => n).map(([v, n]) => `${n} ${v === "differs" ? "differ" : v}`).join(", ") || "none"),
    figure(`Worst difference, ${gate.domain}`, worst ? `${lsbText(gateFigures(report, worst.tail).lsb)} LSB` : "none",
      worst ? `at ${cut(worst.site.before_conv, 30)}; ${rightFoldText(worst.tail.tolerance_lsb)}` : ""),
    figure("Gate", cut(String(gate.domain)), `tolerance ${tolerance}, semantics ${cut(String(gate.semantics), 30)}`));
}

function notesList(notes) {
  if (!Array.isArray(notes) || notes.length === 0) return null;
  return el("ul", {class: "notes"}, notes.map((note) => el("li", {}, String(note))));
}

function partsSection(title, parts) {
  if (!Array.isArray(parts) || parts.length === 0) return null;
  return section(title, plainTable(parts, title));
}

function structureSection(report) {
  if (report.structure.length === 0) return null;
  const rows = report.structure.map((one) => ({...one,
    only_after: one.only_after ? "new: before has it not" : "before has it too"}));
  return section("Structure", plainTable(rows, "Faults of structure"));
}

function crashesSection(crashes) {
  if (!crashes) return null;
  const rows = ["before", "after"].flatMap((program) =>
    (crashes[program] || []).map((one) => ({program, ...one})));
  if (rows.length === 0) return null;
  return section("Where ExecuTorch\u2019s QuantFusion would raise",
    folded(plural(rows.length, "node"), () => plainTable(rows, "Where QuantFusion would raise")));
}

function assumptionsSection(report) {
  return section("What the proof takes for granted", terms(
    Object.entries(report.assumptions || {}).map(([key, value]) => [words(key), Array.isArray(value) ? value.join("; ") : String(value)])));
}

function footerOf(report) {
  const run = report.run || {};
  const command = Array.isArray(run.command) ? run.command.map(quoted).join(" ") : null;
  return el("footer", {},
    command && el("p", {}, "Repeat it: ", el("code", {class: "command"}, command)),
    el("p", {class: "muted"}, "Shares are shares of integers, not probabilities. Each fold is judged alone. ",
      run.version ? `foldproof ${cut(String(run.version), 30)}. ` : "",
      report.read_from ? `Report: ${cut(report.read_from, 80)}` : ""));
}

function quoted(word) {
  return /^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${String(word).replace(/'/g, "'\\''")}'`;
}

document.addEventListener("DOMContentLoaded", start);
