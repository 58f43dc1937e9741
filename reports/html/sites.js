// SPDX-License-Identifier: BSD-3-Clause
// The table of sites: a row for each frontier of a site, which opens to all that is known of it.
"use strict";

function sitesSection(report, tails) {
  if (tails.length === 0) return section("Sites", el("p", {}, "The program has no convolution site."));
  const state = {text: "", hidden: new Set()};
  const own = newId("sites");  // a page may have several tables
  for (const row of tails) row.panel = `${own}-${panelId(row)}`;
  const panels = new Map();  // of rows that were opened
  const open = new Set();
  const status = el("p", {class: "status", role: "status"});
  const shown = (row) => !state.hidden.has(verdictOf(row)) && matches(row, state.text);
  const {table, draw} = sortingTable({
    caption: "Every frontier of every convolution site; the name opens what is known of it",
    columns: siteColumns(report, open, (row, button) => toggle(row, button)),
    rows: tails, shown,
    order: {column: "Verdict", down: true},
    behind: (row, width) => open.has(row) ? panelRow(row, width) : null,
  });

  function panelRow(row, width) {
    if (!panels.has(row)) {
      const panel = el("div", {class: "panel", id: row.panel});
      panels.set(row, panel);
      // Charts take the width that the panel has, so it must be in the page first.
      requestAnimationFrame(() => append(panel, sitePanel(report, row)));
    }
    return el("tr", {class: "detail"}, el("td", {colspan: width}, panels.get(row)));
  }

  function toggle(row, button) {
    if (open.has(row)) open.delete(row); else open.add(row);
    draw();
    const again = table.querySelector(`[data-row="${button.dataset.row}"]`);
    if (again) again.focus();
  }

  function update() {
    draw();
    const count = tails.filter(shown).length;
    status.textContent = count === tails.length ? `${plural(count, "row")}` : `${count} of ${tails.length} rows`;
  }

  const filters = siteFilters(tails, state, update);
  update();
  // The worst one is what a reader came for.
  open.add(tails.reduce((worst, row) => (severityOf(report, row) > severityOf(report, worst) ? row : worst)));
  draw();
  return section("Sites", filters, status,
    el("div", {class: "scrolls sites", role: "group", tabindex: "0", "aria-label": "Table of sites"}, table),
    wordsOfTable(report));
}

// What the words of the table mean, beneath it.
function wordsOfTable(report) {
  const hasFloats = report.sites.some((site) => site.tails.some((tail) => tail.unit));
  return folded("What these words mean", () => terms([
    ["LSB", `One step of the quantizer at the frontier, which is a code more or less there.${hasFloats
      ? " Where nothing is quantized it is one float32 step." : ""}`],
    ["Calibrated", "Every input for which no quantizer inside of the program before clipped: what it was calibrated for. There a fold has no excuse."],
    ["All inputs", "Every input at all, also where the program before clipped already."],
    ["Allowed", "The tolerance: what a right fold may cost for want of precision, or what was given."],
    ["Over", "The share of the accumulators in the gate\u2019s domain whose difference is above the tolerance. An accumulator is the integer that a convolution sums."],
    ["Frontier", "Where a convolution\u2019s value is compared: at an output of the program, or where an operator reads it that is more than arithmetic on this one value."],
  ]));
}

const verdictOf = (row) => (row.tail || row.site).verdict;
const panelId = (row) => `panel-${row.s}-${row.t}`;

function matches(row, text) {
  if (!text) return true;
  const all = [row.site.before_conv, row.site.after_conv, row.site.module, row.site.op, row.tail && row.tail.place,
    row.tail && row.tail.frontier, ...(row.tail ? row.tail.causes.map((cause) => `${cause.rule} ${cause.node}`) : [])];
  return all.some((one) => one && String(one).toLowerCase().includes(text));
}

function siteFilters(tails, state, update) {
  const search = el("input", {type: "search", id: newId("search"), autocomplete: "off", spellcheck: "false"});
  search.addEventListener("input", () => {
    state.text = search.value.trim().toLowerCase();
    update();
  });
  const verdicts = Object.keys(kSeverity).filter((verdict) => tails.some((row) => verdictOf(row) === verdict));
  const boxes = verdicts.sort((a, b) => kSeverity[b] - kSeverity[a]).map((verdict) => {
    const box = el("input", {type: "checkbox", checked: true, id: newId("show")});
    box.addEventListener("change", () => {
      if (box.checked) state.hidden.delete(verdict); else state.hidden.add(verdict);
      update();
    });
    const count = tails.filter((row) => verdictOf(row) === verdict).length;
    return el("label", {for: box.id}, box, ` ${verdict} (${count})`);
  });
  return el("div", {class: "filters"},
    el("div", {}, el("label", {for: search.id}, "Find a node, operator or cause"), search),
    el("fieldset", {}, el("legend", {}, "Show"), boxes));
}

function siteColumns(report, open, toggle) {
  const figures = (row, domain) => row.tail && (row.tail[domain] || {}).lsb;
  const number = (name, value, text, more) => ({
    name, numeric: true, descends: true,
    sort: (row) => (row.tail ? orInfinite(value(row)) : -1),
    cell: (row) => (row.tail ? text(value(row)) : "\u2013"), ...more,
  });
  const severity = (row) => severityOf(report, row);
  const observed = report.gate.domain === "observed";
  return [
    {name: "Site", sort: (row) => row.s * 1e4 + row.t, cell: (row) => siteButton(row, open.has(row), toggle)},
    {name: "Verdict", sort: severity, descends: true, cell: (row) => verdictMark(verdictOf(row))},
    {name: "Frontier", narrow: false, sort: (row) => (row.tail ? String(row.tail.place) : ""),
      cell: (row) => (row.tail ? withBreaks(cut(String(row.tail.place), 32)) : cut(String(row.site.reason || "\u2013"), 60))},
    number("Channels", (row) => row.site.channels, numberText, {narrow: false}),
    observed ? number("LSB, observed", (row) => figures(row, "observed"), lsbText) : null,
    number("LSB, calibrated", (row) => figures(row, "calibrated"), lsbText, {narrow: observed ? false : undefined}),
    number("LSB, all inputs", (row) => figures(row, "reachable"), lsbText, {narrow: false}),
    number("Allowed", (row) => row.tail.tolerance_lsb, lsbText, {narrow: false}),
    number("Over", (row) => gateFigures(report, row.tail).share_over, shareText, {narrow: false}),
    {name: "Cause", narrow: false, sort: (row) => firstCause(row),
      cell: (row) => (firstCause(row) ? cut(firstCause(row), 30) : "\u2013")},
  ].filter(Boolean);
}

const severityOf = (report, row) => kSeverity[verdictOf(row)] * 1e9 +
  (row.tail ? Math.min(orInfinite(gateFigures(report, row.tail).lsb), 1e8) : 0);

const firstCause = (row) => (row.tail && row.tail.causes.length ? String(row.tail.causes[0].rule) : "");

function siteButton(row, isOpen, toggle) {
  const {before_conv: before, after_conv: after} = row.site;
  const name = before === after ? before : `${cut(before, 24)} \u2192 ${cut(after, 24)}`;
  const button = el("button", {type: "button", class: "opens", "data-row": panelId(row),
    "aria-expanded": isOpen ? "true" : "false", "aria-controls": isOpen ? row.panel : null},
  el("span", {class: "arrow", "aria-hidden": "true"}, isOpen ? "\u25be" : "\u25b8"), " ", nameOf(name, 36),
  row.site.module ? el("small", {class: "module"}, withBreaks(cut(String(row.site.module), 40))) : null);
  button.addEventListener("click", () => toggle(row, button));
  return button;
}
