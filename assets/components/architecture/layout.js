// Where everything goes. Vertical positions follow from which blocks are open (`t`, 0 closed to 1 open, anything
// between while it moves); horizontal ones from the width there is. Units are pixels at zoom 1.

import { channels, readsText } from "./model.js";

export const GAP = 18; // between two nodes: the tensor that passes
const ENTER = 8; // inside an open block, above its first child
const LEAVE = 14; // and below its last
const LINE = 17; // of wrapped text

// The columns of the drawing for a width.
export function columns(width) {
  const narrow = width < 560;
  const gutter = narrow ? 34 : Math.min(Math.max(width * 0.075, 44), 70);
  const half = narrow ? 44 : Math.min(Math.max(width * 0.115, 62), 100);
  const spine = 10 + gutter + half;
  const text = spine + half + (narrow ? 12 : 22);
  const bar = narrow ? 56 : Math.min(Math.max(width * 0.07, 40), 80);
  const number = 60;
  const macs = width - 12 - bar;
  const parameters = narrow ? width - 10 : macs - number - bar - 8;
  const end = narrow ? width - 74 : parameters - number;
  return { width, narrow, gutter, half, spine, text, bar, macs, parameters, end, notes: width - 30 };
}

// Half the width of a bar for so many channels: proportional to the square root, so that areas can be compared.
export function halfWidth(count, most, half) {
  return Math.max(half * Math.sqrt(Math.min(count / most, 1)), 3);
}

// The most channels of any picture-like tensor: what the scale of a drawing ends at.
export function mostChannels(model) {
  let most = 64;
  for (const node of model.byId.values()) {
    if (node.shape.length > 1) most = Math.max(most, channels(node.shape));
  }
  return Math.min(most, 4096);
}

// Height of the form on the spine.
export function glyphHeight(node) {
  if (node.end) return 8;
  if (node.block) return node.role ? 20 : 27;
  if (node.category === "join") return 18;
  return node.category === "other" ? 6 : 16;
}

export function baseHeight(node, narrow) {
  if (node.end) return 18;
  if (node.block) return node.role && !narrow ? 26 : 34;
  return narrow && node.macs ? 34 : 22;
}

// Break text into lines no wider than `width`. measure(text) -> pixels.
export function wrap(text, width, measure) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line) lines.push(line);
  return lines;
}

// Lines below a node: its notes, always, and the formulas of a layer once it is open.
export function prepareText(node, at, measure) {
  const room = at.notes - at.text - 14;
  node.noteLines = node.notes.flatMap((note) => wrap(note, room, measure.note));
  node.formulaLines = [];
  if (node.block || node.end) return;
  const says = [];
  const reads = readsText(node);
  if (reads) says.push(`Reads ${reads} channels`);
  says.push(node.formula ? `Parameters: ${node.formula}` : "No parameters");
  says.push(node.macsFormula ? `Multiply-accumulates: ${node.macsFormula}` : "No multiply-accumulates");
  says.push(`Called ${node.id}`);
  node.formulaLines = says.flatMap((text) => wrap(text, room, measure.formula));
}

const mix = (a, b, t) => a + (b - a) * t;

// Heights from the leaves up. `node.dirty` says whether anything inside has moved since the last time.
export function measureHeights(node, at) {
  const base = baseHeight(node, at.narrow);
  node.base = base;
  node.below = node.noteLines?.length ? node.noteLines.length * LINE + 8 : 0;
  const closed = base + node.below;
  let open = closed;
  let moved = false; // something inside
  if (node.block && (node.open || node.t > 0)) {
    let y = ENTER;
    for (const child of node.children) {
      measureHeights(child, at);
      moved ||= child.dirty || child.restY !== y;
      child.restY = y;
      y += child.height + GAP;
    }
    node.content = y - GAP + LEAVE;
    open = closed + node.content;
  } else if (node.formulaLines?.length) open = closed + node.formulaLines.length * LINE + 10;
  const height = mix(closed, open, node.t);
  node.dirty = moved || node.height !== height || node.lastT !== node.t;
  node.lastT = node.t;
  node.height = height;
  return height;
}

// Where the content of an open block starts, below its own row.
export const contentTop = (node) => (node.parent ? node.base + node.below : 0);

// Position of a child in its block's content: from the middle of the closed form to its place.
export const childY = (block, child) => mix(-block.base / 2 - block.below, child.restY, block.t);

// Top and bottom of what is drawn on the spine, in the node's own coordinates.
export function ends(node) {
  if (node.block && node.t > 0.02) return [mix(formTop(node), 0, node.t), mix(formTop(node) + glyphHeight(node), node.height, node.t)];
  return [formTop(node), formTop(node) + glyphHeight(node)];
}

export const formTop = (node) => (node.base - glyphHeight(node)) / 2;

// Left edge of the frame of an open block.
export const frameLeft = (level) => 2 + 4 * Math.min(level - 1, 4);

// Middle of a lane: the spine, a projection of a skip to its left, parallel branches to its right.
export function laneX(block, lane, at) {
  return lane < 0 ? at.spine - at.half - at.gutter * 0.45 : at.spine + lane * laneStep(block, at);
}

const laneStep = (block, at) => (block.lanes > 1 ? Math.min(at.half / (block.lanes - 1), 52) : 0);

// Half of the width the widest form may have in a lane.
export function roomInLane(block, lane, at) {
  if (lane < 0) return Math.min(at.gutter * 0.4, 22);
  return block.lanes > 1 ? Math.max(laneStep(block, at) / 2 - 3, 8) : at.half;
}
