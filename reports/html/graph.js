// SPDX-License-Identifier: BSD-3-Clause
// Both programs beside each other, node by node, with what the fold changed.
"use strict";

const kWhat = {same: "", changed: "changed", removed: "removed", added: "added"};

// Pairs of nodes in the order of both programs: [before or null, after or null].
function pairedNodes(graphs) {
  const places = new Map(graphs.after.nodes.map((node, i) => [node.node, i]));
  const rows = [];
  const told = new Set();
  let next = 0;
  for (const node of graphs.before.nodes) {
    const at = node.counterpart === null ? undefined : places.get(node.counterpart);
    if (at === undefined) {
      rows.push([node, null]);
    } else if (at < next) {  // it moved: both halves stand in their own place
      rows.push([node, graphs.after.nodes[at]]);
    } else {
      for (; next < at; ++next) {
        const other = graphs.after.nodes[next];
        if (other.counterpart === null) rows.push([null, other]);
      }
      rows.push([node, graphs.after.nodes[at]]);
      next = at + 1;
    }
    if (at !== undefined) told.add(at);
  }
  for (; next < graphs.after.nodes.length; ++next) {
    if (!told.has(next)) rows.push([null, graphs.after.nodes[next]]);
  }
  return rows;
}

function whatChanged([before, after]) {
  if (!after) return "removed";
  if (!before) return "added";
  return (before.changed && before.changed.length) || (after.changed && after.changed.length) ? "changed" : "same";
}

function shortOp(op) {
  return cut(String(op).replace(/^aten\./, "").replace(/^quantized_decomposed\./, "").replace(/\.default$/, ""), 40);
}

function nodeCell(node) {
  if (!node) return el("td", {class: "gone"}, "\u2013");
  const inputs = node.inputs.length
    ? ["(", ...node.inputs.flatMap((name, i) => [i ? ", " : "", cut(name, 36)]), ")"] : [];
  return el("td", {}, nameOf(node.node, 44), el("small", {}, ` ${shortOp(node.op)} `, el("span", {class: "muted"}, inputs)));
}

function nodeTable(rows, caption) {
  return scrolling(caption, el("table", {class: "graph"}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ["Before", "After", "What"].map((name) => el("th", {scope: "col"}, name)))),
    el("tbody", {}, rows.map((row) => {
      const what = whatChanged(row);
      const changed = what === "changed" ? `: ${namesOfChanges(row)}` : "";
      return el("tr", {class: what}, nodeCell(row[0]), nodeCell(row[1]),
        el("td", {}, what === "same" ? "" : el("span", {class: `what ${what}`}, kWhat[what]), changed));
    }))));
}

function graphSection(report) {
  const graphs = report.graphs;
  if (!graphs) return null;
  const rows = pairedNodes(graphs);
  const counts = {same: 0, changed: 0, removed: 0, added: 0};
  for (const row of rows) counts[whatChanged(row)] += 1;
  const leftOut = graphs.before.left_out + graphs.after.left_out;
  const all = el("input", {type: "checkbox", id: newId("all")});
  const place = el("div");
  const draw = () => {
    place.replaceChildren(nodeTable(all.checked ? rows : around(rows),
      all.checked ? "All nodes" : "What changed, and what stands beside it"));
  };
  all.addEventListener("change", draw);
  return section("The graph before and after",
    el("p", {}, `${plural(counts.removed, "node")} removed, ${counts.added} added, ${counts.changed} changed, ${
      numberText(counts.same)} the same.`, leftOut ? ` ${plural(leftOut, "unchanged node")} of these large programs are not in the report.` : ""),
    folded("Show the nodes", () => {
      draw();
      return el("div", {}, el("p", {}, el("label", {for: all.id}, all, " unchanged nodes too")), place);
    }));
}

// The arguments that differ; where both read values of the same names, it is a constant's content.
function namesOfChanges([before, after]) {
  const names = (before.changed || after.changed).map((one) => cut(one, 24)).join(", ");
  const same = before.inputs.length && before.inputs.join() === after.inputs.join();
  return same ? `${names} (a constant, or a setting)` : names;
}

// Rows that changed, with one unchanged row on either side.
function around(rows) {
  const changed = rows.map((row) => whatChanged(row) !== "same");
  return rows.filter((_, i) => changed[i] || changed[i - 1] || changed[i + 1]);
}

// The neighbourhood of a site: its tails, and what they and the conv read.
function siteGraph(report, {site, tail}) {
  const trace = tail.picture && tail.picture.trace;
  if (!report.graphs) return null;
  const names = [new Set([site.before_conv]), new Set([site.after_conv])];
  if (trace) {
    for (const point of trace.before) names[0].add(point.node);
    for (const point of trace.after) names[1].add(point.node);
  }
  [report.graphs.before, report.graphs.after].forEach((graph, i) => {
    const own = new Set(names[i]);
    const added = [own];
    for (let step = 0; step < 2; ++step) {  // a dequantize, and what makes its codes
      const reads = new Set(graph.nodes.filter((node) => added[step].has(node.node)).flatMap((node) => node.inputs));
      added.push(reads);
      for (const name of reads) names[i].add(name);
    }
  });
  const rows = pairedNodes(report.graphs).filter(([b, a]) => (b && names[0].has(b.node)) || (a && names[1].has(a.node)));
  if (rows.length === 0) return null;
  return folded("The graph around this site, before and after", () => nodeTable(rows, "Nodes around this site"));
}
