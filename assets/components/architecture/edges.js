// The lines between the children of a block: straight down a lane, over to another lane, or as an arc past others.

import { svg } from "../common/dom.js";
import { GAP, contentTop, ends, glyphHeight, laneX } from "./layout.js";
import { laneOf, shapeText, side } from "./model.js";

const FEW = 6; // arcs of a block that are labelled; of more, only those of the node pointed at
const MANY = 60; // arcs of a block that are not drawn while it moves
const CURVE = 20;
const STEP = 11; // pixels between the arcs of a block and those of the block around it

// The elements of all edges of a block, made once.
export function makeEdges(block) {
  const group = svg("g", { class: "edges", "aria-hidden": "true" });
  const arcs = svg("g", {});
  block.arcGroup = arcs;
  group.append(arcs);
  block.lines = block.edges.map((edge) => {
    const arc = block.arcs.includes(edge);
    const line = svg("path", { class: `edge ${edge.kind ?? "flow"}${arc ? " arc" : ""}` });
    const label = svg("text", { class: "shape" }, shapeText(edge.shape));
    const known = !arc && (edge.from === "in" || edge.to === "out"); // the tensor has its label outside the block
    if (known) label.classList.add("known");
    const plate = !arc && !known && side(edge.shape) > 1 ? svg("rect", { class: "plate", rx: 1.5 }) : null;
    (arc ? arcs : group).append(line, ...(plate ? [plate] : []), label);
    return { edge, arc, line, label, plate };
  });
  return group;
}

// Top and bottom of the ends of an edge in the block's content, and their columns.
function anchors(block, { from, to }, at, tops) {
  const x0 = typeof from === "number" ? laneX(block, laneOf(block, from), at) : at.spine;
  const x1 = typeof to === "number" ? laneX(block, laneOf(block, to), at) : at.spine;
  const y0 = typeof from === "number" ? tops[from] + ends(block.children[from])[1] : -contentTop(block);
  const y1 = typeof to === "number" ? tops[to] + ends(block.children[to])[0] : tops.at(-1);
  return { x0, x1, y0, y1 };
}

// Put the edges where they belong. tops: y of every child, then the end of the content.
export function placeEdges(block, { at, moving }, tops) {
  const later = moving && block.arcs.length > MANY;
  block.arcGroup.style.display = later ? "none" : "";
  const spans = block.arcs.map((edge) => spanOf(block, edge));
  const widest = Math.max(...spans, 1);
  for (const item of block.lines) {
    if (later && item.arc) continue;
    const { x0, x1, y0, y1 } = anchors(block, item.edge, at, tops);
    Object.assign(item, { top: y0, bottom: y1 + GAP });
    if (item.arc) placeArc(block, item, { x0, x1, y0, y1 }, at, spanOf(block, item.edge) / widest);
    else placeLine(block, item, { x0, x1, y0, y1 });
  }
}

const spanOf = (block, { from, to }) => (to === "out" ? block.children.length : to) - (from === "in" ? -1 : from);

function placeLine(block, { edge, line, label, plate }, { x0, x1, y0, y1 }) {
  const forks = laneOf(block, edge.from) === 0;
  let path = `M${x0} ${y0}`;
  if (x0 === x1) path += `V${y1}`;
  else if (forks) path += `C${x0} ${y0 + CURVE * 0.7} ${x1} ${y0 + CURVE * 0.3} ${x1} ${Math.min(y0 + CURVE, y1)}V${y1}`;
  else path += `V${Math.max(y1 - CURVE, y0)}C${x0} ${y1 - CURVE * 0.3} ${x1} ${y1 - CURVE * 0.7} ${x1} ${y1}`;
  line.setAttribute("d", path);
  const [x, y] = forks ? [x1, y1 - GAP / 2] : [x0, y0 + GAP / 2];
  const size = plate ? plateSide(edge.shape) : 0;
  if (plate) {
    for (const [name, value] of [["x", x - size / 2], ["y", y - size / 2], ["width", size], ["height", size]]) plate.setAttribute(name, value);
  }
  label.setAttribute("x", x + size / 2 + 6);
  label.setAttribute("y", y + 3.5);
  label.classList.toggle("squeezed", y1 - y0 < 14);
}

// A square whose side grows with that of the picture: 224 gives 15 pixels, 7 gives 5.
const plateSide = (shape) => 3 + 12 * Math.min(side(shape) / 224, 1.2) ** 0.5;

function placeArc(block, { edge, line, label }, { x0, x1, y0, y1 }, at, share) {
  const near = at.spine - at.half * 0.5;
  const far = at.spine - at.half - at.gutter * 0.62 + STEP * Math.max(block.level - 1, 0); // inside those of outer blocks
  const left = block.arcs.length <= 2 ? far : near + (far - near) * share ** 0.6;
  const start = y0 + 5;
  const [stop, end] = arrival(block, edge, x1, y1);
  const r = Math.min(14, Math.max((end - start) / 2, 0));
  line.setAttribute("d", `M${x0} ${start}H${left + r}Q${left} ${start} ${left} ${start + r}V${end - r}Q${left} ${end} ${left + r} ${end}H${stop}`);
  const middle = (start + end) / 2;
  label.setAttribute("transform", `translate(${left - 5} ${middle}) rotate(-90)`);
  label.classList.add("along");
  label.classList.toggle("squeezed", end - start < 84 || block.arcs.length > FEW);
}

// Where an arc ends: at the left side of a form, above an open block, at the end of the block.
function arrival(block, { to }, x1, y1) {
  const target = typeof to === "number" ? block.children[to] : null;
  if (!target || target.t > 0.5) return [x1, y1 - 5];
  const half = target.category === "join" ? 9 : target.middle;
  return [x1 - half, y1 + glyphHeight(target) / 2];
}

// Show what a node reads and who reads it; null shows everything alike.
export function highlight(block, child) {
  for (const { edge, line, label } of block.lines ?? []) {
    const into = child && edge.to === child.index;
    const from = child && edge.from === child.index;
    line.classList.toggle("into", Boolean(into));
    line.classList.toggle("from", Boolean(from));
    line.classList.toggle("faded", Boolean(child) && !into && !from && block.arcs.length > 2);
    label.classList.toggle("told", Boolean(into || from));
  }
}
