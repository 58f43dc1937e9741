// SPDX-License-Identifier: BSD-3-Clause
// Reports of any other kind: their fields as terms, their lists as tables.
"use strict";

const isScalar = (value) => value === null || typeof value !== "object";

function scalarText(value) {
  if (value === null || value === undefined) return "\u2013";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return cut(String(value), 160);
}

function cellText(value) {
  if (isScalar(value)) return scalarText(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(cellText).join(", ");
    return value.length > 8 ? `${shown}, \u2026 (${value.length})` : shown || "\u2013";
  }
  return Object.entries(value).map(([key, one]) => `${key}: ${cellText(one)}`).join("; ") || "\u2013";
}

function words(key) {
  const text = cut(key.replace(/_/g, " "), 40);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// A table of objects: a column for each field that any of them has.
function plainTable(rows, caption) {
  const keys = [...new Set(rows.flatMap((row) => (isScalar(row) ? ["value"] : Object.keys(row))))];
  const valueOf = (row, key) => (isScalar(row) ? row : row[key]);
  const columns = keys.map((key) => ({
    name: words(key),
    numeric: rows.every((row) => typeof valueOf(row, key) === "number"),
    sort: (row) => {
      const value = valueOf(row, key);
      return rows.every((one) => typeof valueOf(one, key) === "number") ? value : cellText(value);
    },
    cell: (row) => key === "verdict" ? verdictMark(valueOf(row, key)) : cellText(valueOf(row, key)),
  }));
  return scrolling(caption, sortingTable({caption: `${caption} (${rows.length})`, columns, rows}).table);
}

function plainValue(value, name, depth = 0) {
  if (isScalar(value)) return el("p", {}, scalarText(value));
  if (Array.isArray(value)) {
    if (value.length === 0) return el("p", {class: "muted"}, "none");
    if (value.every((one) => isScalar(one) || Array.isArray(one))) return el("p", {}, cellText(value));
    return plainTable(value, words(name));
  }
  const entries = Object.entries(value);
  const simple = entries.filter(([, one]) => isScalar(one));
  const rest = entries.filter(([, one]) => !isScalar(one));
  return el("div", {}, terms(simple.map(([key, one]) => [words(key), scalarText(one)])),
    depth > 4 ? [] : rest.map(([key, one]) => folded(words(key), () => plainValue(one, key, depth + 1))));
}

function plainReport(report, isOneOfMany) {
  if (report.report === "unusable") {
    return [verdictHead("unproved", "report", isOneOfMany, "This file is no report that can be used."),
      terms([["File", nameOf(String(report.read_from), 90)], ["Why", String(report.why)]])];
  }
  const {report: kind, schema_version: _, verdict, run, read_from: from, ...parts} = report;
  const entries = Object.entries(parts);
  const head = verdict ? verdictHead(verdict, cut(String(kind), 30), isOneOfMany, " ")
    : el("header", {class: "head"}, el("p", {class: "brand"}, "foldproof"),
        el(isOneOfMany ? "h2" : "h1", {}, `Report of ${cut(String(kind), 30)}`));
  return [head,
    terms(entries.filter(([, value]) => isScalar(value)).map(([key, value]) => [words(key), scalarText(value)])),
    ...entries.filter(([, value]) => !isScalar(value)).map(([key, value]) => section(words(key), plainValue(value, key))),
    footerOf({run, read_from: from})];
}
