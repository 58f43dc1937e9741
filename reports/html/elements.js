// SPDX-License-Identifier: BSD-3-Clause
// What the page is built of. Whatever a report holds becomes a text node, never markup.
"use strict";

let lastId = 0;
const newId = (what) => `${what}-${++lastId}`;

// An element. Children are nodes or texts; null and false are left out.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

const kMinus = "\u2212";

// A number of LSB: null is infinite.
function lsbText(x) {
  if (x === null || x === undefined) return "\u221e";
  if (x === 0) return "0";
  return signed(Math.abs(x) >= 1000 ? Math.round(x) : Number(x.toPrecision(4)));
}

// What a derived tolerance allows.
function rightFoldText(lsb) {
  return lsb === 0 ? "a right fold costs nothing" : `a right fold may cost ${lsbText(lsb)}`;
}

// An integer in groups of three digits, or any number in a few digits.
function numberText(x) {
  if (x === null || x === undefined) return "not finite";
  if (Number.isInteger(x)) {
    const digits = String(Math.abs(x));
    return (x < 0 ? kMinus : "") +
      (digits.length > 4 ? digits.replace(/\B(?=(\d{3})+$)/g, "\u202f") : digits);
  }
  return signed(Number(x.toPrecision(6)));
}

const signed = (x) => String(x).replace(/-/g, kMinus);

function shareText(share) {
  const percent = 100 * share;
  if (percent === 0) return "0 %";
  return `${percent >= 10 ? percent.toFixed(0) : Number(percent.toPrecision(2))} %`;
}

const plural = (count, one, many) => `${numberText(count)} ${count === 1 ? one : many || one + "s"}`;

// Names are long at times: the start and the end of one tell them apart.
function cut(name, most = 60) {
  const points = Array.from(name);
  if (points.length <= most) return name;
  const half = Math.floor((most - 1) / 2);
  return points.slice(0, half).join("") + "\u2026" + points.slice(-half).join("");
}

// A text that a line may be broken in behind _ . / and :, where a word of a name ends and another begins.
function withBreaks(text) {
  return text.split(/(?<=[_.\/:])(?=\p{L})/u).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));
}

// A name in code; its whole text where it is cut.
function nameOf(name, most) {
  const text = cut(name, most);
  return el("code", text === name ? {} : {title: name}, withBreaks(text));
}

const kMarks = {equal: "=", within: "\u2248", unproved: "?", differs: "\u2260"};
const kSeverity = {differs: 3, unproved: 2, within: 1, equal: 0};

function verdictMark(verdict) {
  const known = Object.hasOwn(kMarks, verdict);
  return el("span", {class: `verdict ${known ? verdict : "unproved"}`},
    el("span", {"aria-hidden": "true"}, known ? kMarks[verdict] : "?"), " ", cut(String(verdict)));
}

// What is drawn when it is opened for the first time, and not before.
function folded(summary, draw, open = false) {
  const details = el("details", {open}, el("summary", {}, summary));
  let drawn = false;
  const fill = () => {
    if (!details.open || drawn) return;
    drawn = true;
    const body = el("div", {class: "folded"});
    details.append(body);
    append(body, [draw(body)]);
  };
  details.addEventListener("toggle", fill);
  if (open) fill();
  return details;
}

// Terms and what they are; entries whose value is null are left out.
function terms(entries) {
  const list = el("dl", {class: "terms"});
  for (const [term, value] of entries) {
    if (value === null || value === undefined) continue;
    list.append(el("div", {}, el("dt", {}, term), el("dd", {}, value)));
  }
  return list;
}

// What is wider than the window scrolls by itself, by keyboard too.
function scrolling(label, ...children) {
  return el("div", {class: "scrolls", role: "group", tabindex: "0", "aria-label": label}, ...children);
}

// A table that sorts by its columns. A column: name, cell(row), optional sort(row) (a number or a
// text; without it the column does not sort), numeric, narrow (stays in a narrow window) and
// descends (first click). `behind(row)`: a row of its own behind it, or null.
function sortingTable({caption, columns, rows, order, behind, shown}) {
  const body = el("tbody");
  let sorted = order || {column: null, down: false};
  const status = el("caption", {}, caption);
  const heads = columns.map((column) => {
    const head = el("th", {scope: "col", class: classOf(column)});
    if (!column.sort) {
      head.append(column.name);
      return head;
    }
    const button = el("button", {type: "button", class: "sort"}, column.name);
    button.addEventListener("click", () => {
      const down = sorted.column === column.name ? !sorted.down : Boolean(column.descends);
      sorted = {column: column.name, down};
      draw();
    });
    head.append(button);
    return head;
  });

  function inOrder() {
    const column = columns.find((one) => one.name === sorted.column);
    const kept = rows.filter((row) => !shown || shown(row));
    if (!column || !column.sort) return kept;
    const compare = (a, b) => {
      const x = column.sort(a), y = column.sort(b);
      const less = typeof x === "string" ? x.localeCompare(y) : x - y;
      return sorted.down ? -less : less;
    };
    return kept.sort(compare);
  }

  function draw() {
    heads.forEach((head, i) => {
      if (!columns[i].sort) return;
      const is = columns[i].name === sorted.column;
      head.setAttribute("aria-sort", is ? (sorted.down ? "descending" : "ascending") : "none");
    });
    const drawn = [];
    for (const row of inOrder()) {
      drawn.push(el("tr", {}, columns.map((column, i) =>
        el(i === 0 ? "th" : "td", {scope: i === 0 ? "row" : null, class: classOf(column)},
          column.cell(row)))));
      const more = behind && behind(row, columns.length);
      if (more) drawn.push(more);
    }
    body.replaceChildren(...drawn);
  }

  const table = el("table", {}, status, el("thead", {}, el("tr", {}, heads)), body);
  draw();
  return {table, draw};
}

const classOf = (column) =>
  [column.numeric && "number", column.narrow === false && "wide"].filter(Boolean).join(" ") || null;
