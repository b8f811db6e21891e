// The SVG of a node: its row with form, words, numbers and bars, its frame once it is open, and its children.

import { svg } from "../common/dom.js";
import { compact } from "../common/format.js";
import { makeEdges, placeEdges } from "./edges.js";
import { baseHeight, childY, contentTop, formTop, frameLeft, glyphHeight, halfWidth, laneX, measureHeights, prepareText, roomInLane } from "./layout.js";
import { describe } from "./model.js";

const LINE = 17;
const SIGNS = { add: "+", mul: "×" };
const BOXES = "M-5.5 -3.5h5v7h-5zm6 0h5v7h-5z"; // two tensors side by side
const SLICES = 12; // repeats that are drawn one by one
const CHEVRON = "M-3 -5 3 0 -3 5";

// context: {moving, at, most: {channels, parameters, macs}, measure, onPick(node)}
export function makeNode(node, context) {
  const { at } = context;
  prepareText(node, at, context.measure);
  const group = svg("g", { class: `node ${node.category}${node.block ? " block" : ""}`, "data-id": node.id });
  node.group = group;
  node.frame = node.block ? svg("rect", { class: "frame", rx: 8, x: frameLeft(node.level), width: at.width - 2 * frameLeft(node.level) }) : null;
  const base = baseHeight(node, at.narrow);
  node.row = svg("rect", { class: "row", rx: 6, x: frameLeft(node.level + 1), width: at.width - 2 * frameLeft(node.level + 1), height: base });
  if (!node.end) makeItem(node);
  node.form = makeForm(node, context);
  const words = makeWords(node, context, base);
  node.more = svg("g", { class: "more", "aria-hidden": "true" }, ...moreLines(node, at));
  group.append(...(node.frame ? [node.frame] : []), node.row, node.form, words, node.more);
  node.group.onclick = (event) => {
    event.stopPropagation();
    if (!node.end) context.onPick(node);
  };
  return group;
}

// The row is what takes the focus and what a screen reader hears of; the words beside it are for the eye.
function makeItem({ row, level, parent, index, ...node }) {
  const siblings = parent.children.filter((child) => !child.end);
  const attributes = {
    role: "treeitem",
    "aria-level": level,
    "aria-setsize": siblings.length,
    "aria-posinset": siblings.indexOf(parent.children[index]) + 1,
    "aria-label": describe(node, compact),
    tabindex: "-1",
  };
  for (const [name, value] of Object.entries(attributes)) row.setAttribute(name, value);
}

// The children's group, made when a block is opened for the first time.
export function makeInside(node, context) {
  if (node.inside || !node.block) return;
  node.inside = svg("g", { class: "inside" });
  node.inside.append(makeEdges(node), ...node.children.map((child) => makeNode(child, context)));
  node.group.append(node.inside);
}

function makeForm(node, context) {
  const block = node.parent;
  const { at, most } = context;
  const x = laneX(block, node.lane, at);
  const room = roomInLane(block, node.lane, at);
  const height = glyphHeight(node);
  if (node.category === "join") {
    const sign = SIGNS[node.kind];
    const inner = sign
      ? svg("text", { x, y: height / 2 + 4.5, class: "sign" }, sign)
      : svg("path", { class: "boxes", d: BOXES, transform: `translate(${x} ${height / 2})` });
    return svg("g", { class: "form" }, svg("circle", { cx: x, cy: height / 2, r: 9 }), inner);
  }
  const [a, b] = [node.wideIn, node.wideOut].map((count) => halfWidth(count, most.channels, room));
  node.middle = (a + b) / 2;
  const left = (share) => x - a - (b - a) * share; // left side of the form
  const form = svg("g", { class: "form" });
  for (const [from, to] of bypassesInside(node)) {
    const [y0, y1] = [from * height, to * height];
    const out = 3 + (y1 - y0) * 0.55;
    form.append(svg("path", { class: "handle", d: `M${left(from)} ${y0 + 0.5}C${left(from) - out} ${y0 + 1} ${left(to) - out} ${y1 - 1} ${left(to)} ${y1 - 0.5}` }));
  }
  form.append(svg("path", { class: "body", d: `M${x - a} 0H${x + a}L${x + b} ${height}H${x - b}Z` }));
  const cuts = node.repeat <= SLICES ? node.repeat : 0;
  for (let i = 1; i < cuts; i++) {
    const [y, w] = [(height * i) / cuts, x - left(i / cuts)];
    form.append(svg("path", { class: "cut", d: `M${x - w} ${y}H${x + w}`, "stroke-width": Math.min(1.6, (0.35 * height) / cuts) }));
  }
  return form;
}

// The skips and joins hidden in a closed block, as parts of its height: [from, to].
function bypassesInside(node) {
  if (!node.block) return [];
  const skips = (block) => block.edges.some((edge) => edge.kind === "skip");
  if (skips(node)) return [[0, 1]];
  const blocks = node.children.filter((child) => child.block);
  const n = blocks.length;
  if (node.arcs.some((edge) => edge.kind === "concat")) {
    const k = Math.min(n, 6);
    return Array.from({ length: k }, (_, i) => [i / k, 1]);
  }
  if (n < 2 || n > SLICES) return blocks.some(skips) ? [[0, 1]] : [];
  return blocks.flatMap((child, i) => (skips(child) ? [[i / n, (i + 1) / n]] : []));
}

function makeWords(node, { at, most, measure }, base) {
  const words = svg("g", { class: "words", "aria-hidden": "true" });
  const two = base >= 34;
  const y = two ? base / 2 - 3 : base / 2 + 4.5;
  const x = at.text + (node.end ? 0 : 14);
  if (!node.end) {
    node.chevron = svg("path", { class: "chevron", d: CHEVRON });
    words.append(node.chevron);
  }
  const heading = node.role || node.title;
  const title = svg("text", { x, y, class: node.role ? "title role" : "title" });
  const name = /^\d+$/.test(node.name) ? node.id : node.name;
  const quiet = [node.detail, node.role ? node.title : "", node.block && node.title.toLowerCase() !== name ? name : ""].filter(Boolean);
  if (node.notesInside && node.block) quiet.push(node.notesInside === 1 ? "1 note inside" : `${node.notesInside} notes inside`);
  const room = at.end - x - 6;
  const shown = fit(heading, room, measure.title);
  title.append(shown);
  if (!two && quiet.length) {
    const rest = fit(quiet.join(" · "), room - measure.title(shown) - 10, measure.quiet);
    if (rest.length > 1) title.append(svg("tspan", { class: "quiet", dx: 8 }, rest));
  }
  words.append(title);
  if (two) words.append(secondLine(node, at, quiet, { x, y: y + 16, measure }));
  if (!node.end) words.append(...figures(node, at, most, two ? base / 2 - 3 : y));
  if (shown !== heading) words.append(svg("title", {}, heading));
  return words;
}

function secondLine(node, at, quiet, { x, y, measure }) {
  if (at.narrow && node.macs) quiet = [`${compact(node.macs)} MACs`, ...quiet];
  return svg("text", { x, y, class: "quiet" }, fit(quiet.join(" · "), at.end - x - 4, measure.quiet));
}

function figures(node, at, most, y) {
  const parts = [];
  const add = (quantity, right) => {
    const value = node[quantity];
    parts.push(svg("text", { x: right, y, class: "figure" }, value ? compact(value) : "–"));
    if (!value || (at.narrow && !node.block)) return;
    const width = Math.max((at.bar * value) / most[quantity], 1);
    const place = at.narrow ? { x: right - width, y: y + 6, height: 5 } : { x: right + 6, y: y - 8, height: 7 };
    parts.push(svg("rect", { class: "bar", ...place, width, rx: 1 }));
  };
  add("parameters", at.parameters);
  if (!at.narrow) add("macs", at.macs);
  return parts;
}

function moreLines(node, at) {
  const left = at.text + 14;
  const notes = node.noteLines.map((line, i) => svg("text", { x: left + 10, y: 12 + i * LINE, class: "note" }, line));
  if (notes.length) notes.unshift(svg("rect", { class: "rule", x: left, y: 0, width: 3, height: notes.length * LINE, rx: 1.5 }));
  const formulas = node.formulaLines.map((line, i) => svg("text", { x: left, y: 14 + i * LINE, class: "formula" }, line));
  node.formulas = svg("g", { class: "formulas" }, ...formulas);
  return [...notes, node.formulas];
}

// `text` cut to the room there is.
function fit(text, room, measure) {
  if (measure(text) <= room) return text;
  let end = text.length;
  while (end > 1 && measure(`${text.slice(0, end)}…`) > room) end -= 1;
  return end > 1 ? `${text.slice(0, end)}…` : "";
}

// Move everything to where its `t` says. Only what moved is touched.
export function placeNode(node, context) {
  const { at } = context;
  if (!node.placed || node.dirty) {
    const top = formTop(node);
    node.form.setAttribute("transform", `translate(0 ${top})`);
    node.form.style.opacity = node.block ? 1 - node.t : 1;
    node.more.setAttribute("transform", `translate(0 ${node.base})`);
    node.formulas.setAttribute("transform", `translate(0 ${node.below})`);
    node.formulas.style.opacity = node.t;
    node.formulas.style.display = node.t > 0 && !node.block ? "" : "none";
    node.chevron?.setAttribute("transform", `translate(${at.text + 3} ${node.base / 2 - (node.base >= 34 ? 7 : 0)}) rotate(${90 * node.t})`);
    if (node.frame) {
      node.frame.setAttribute("height", Math.max(node.height, 0));
      node.frame.style.opacity = node.t;
    }
    if (!node.end) {
      if (node.block || node.formulaLines.length) node.row.setAttribute("aria-expanded", String(node.open));
    }
    node.placed = true;
  }
  if (node.inside && node.dirty) placeInside(node, context);
}

export function placeInside(node, context) {
  const shown = node.t > 0.001;
  node.inside.style.display = shown ? "" : "none";
  if (!shown) return;
  const top = contentTop(node);
  node.inside.setAttribute("transform", `translate(0 ${top})`);
  node.inside.style.opacity = node.parent ? Math.max(0, (node.t - 0.15) / 0.85) : 1;
  const tops = node.children.map((child) => childY(node, child));
  node.children.forEach((child, i) => {
    if (!child.placed || child.y !== tops[i]) {
      child.y = tops[i];
      child.group.setAttribute("transform", `translate(0 ${tops[i]})`);
    }
    placeNode(child, context);
  });
  tops.push(node.height - top);
  placeEdges(node, context, tops);
}

// Height of the whole drawing, after placing it.
export function placeAll(model, context) {
  measureHeights(model.root, context.at);
  placeInside(model.root, context);
  return model.root.content + contentTop(model.root);
}

const hide = (item, element, hidden) => {
  if (item.hidden === hidden) return;
  item.hidden = hidden;
  element.style.display = hidden ? "none" : "";
};

// Draw only what lies between two heights: a network of a thousand layers costs no more than what is in the window.
export function cull(block, low, high, y = 0) {
  const top = y + contentTop(block);
  for (const child of block.children) {
    const from = top + child.y;
    const hidden = from + child.height < low || from > high;
    hide(child, child.group, hidden);
    if (!hidden && child.inside && child.t > 0.001) cull(child, low, high, from);
  }
  for (const item of block.lines) {
    const hidden = top + item.bottom < low || top + item.top > high;
    hide(item, item.line, hidden);
    if (hidden === item.hiddenLabel) continue;
    item.hiddenLabel = hidden;
    for (const element of [item.label, item.plate]) if (element) element.style.display = hidden ? "none" : "";
  }
}
