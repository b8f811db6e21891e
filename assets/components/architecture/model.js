// The network as a tree of nodes, made from engine.architectures.graph(name).to_dict(): channels in and out, the kind
// of each node, the lane it is drawn in, and which blocks are open. No drawing here.

const ENDS = new Set([":input", ":output"]);
const ORDER = { flow: 0, concat: 1, gate: 2, skip: 3 };

// Channels of a tensor: (C, H, W) with square pictures, otherwise the last size, as in (H, W, C) and (tokens, C).
export function channels(shape) {
  return shape.length === 3 && shape[1] === shape[2] ? shape[0] : (shape.at(-1) ?? 1);
}

// Side of the picture a tensor is; 0 for vectors and tokens.
export function side(shape) {
  if (shape.length !== 3) return 0;
  if (shape[1] === shape[2]) return shape[2];
  return shape[0] === shape[1] ? shape[0] : 0;
}

export const shapeText = (shape) => shape.join(" × ");

// What a node is, for its colour and form.
function categoryOf({ kind, role, detail = "", children }) {
  if (role === "depthwise" || /depthwise/.test(detail)) return "depthwise";
  if (children && !role) return "block";
  if (/^(add|cat|concat|mul)$/.test(kind)) return "join";
  if (/Attention/.test(kind)) return "attention";
  if (/Linear|^linear$/.test(kind)) return "dense";
  if (/[Pp]ool/.test(kind)) return "pool";
  if (/Conv/.test(kind)) return "convolution";
  return "other";
}

export function prepare(graph) {
  const byId = new Map();
  const grow = (raw, parent, level) => {
    const node = { ...raw, parent, level, category: categoryOf(raw), end: ENDS.has(raw.id), open: false, t: 0 };
    node.parameters ??= 0;
    node.macs ??= 0;
    node.edges ??= [];
    node.notes ??= [];
    byId.set(node.id, node); // before its children, so that the order is that of the drawing
    node.children = (raw.children ?? []).map((child) => grow(child, node, level + 1));
    node.block = node.children.length > 0;
    return node;
  };
  const root = grow(graph.root, null, 0);
  for (const node of byId.values()) {
    if (!node.block) continue;
    node.children.forEach((child, i) => {
      child.index = i;
      child.reads = node.edges.filter((edge) => edge.to === i);
      child.wideIn = widthIn(child);
      child.wideOut = channels(child.shape);
    });
    assignLanes(node);
    node.arcs = node.edges.filter((edge) => bypasses(node, edge));
  }
  for (const node of [...byId.values()].reverse()) {
    node.notesInside = node.children.reduce((sum, child) => sum + child.notes.length + child.notesInside, 0);
  }
  root.open = true;
  root.t = 1;
  return { graph, root, byId, levels: Math.max(...[...byId.values()].filter((n) => n.block).map((n) => n.level)) };
}

function widthIn(node) {
  const arriving = node.reads.filter((edge) => edge.kind !== "skip" && edge.kind !== "gate");
  const used = arriving.length ? arriving : node.reads;
  const sizes = used.map((edge) => channels(edge.shape));
  if (!sizes.length) return channels(node.shape);
  const joined = used.some((edge) => edge.kind === "concat");
  return joined ? sizes.reduce((a, b) => a + b, 0) : Math.max(...sizes);
}

// A lane is a column of the drawing. A node continues the lane of what it reads if nobody else has; otherwise it
// starts one: projections of a skip to the left (-1), parallel branches to the right (1, 2, ...).
function assignLanes(block) {
  const until = new Map(); // source -> the last child that reads it
  for (const { from, to } of block.edges) {
    const place = to === "out" ? block.children.length : to;
    until.set(from, Math.max(until.get(from) ?? -1, place));
  }
  const lanes = new Map([[0, "in"]]); // lane -> the last node in it
  for (const child of block.children) {
    const reads = [...child.reads].sort((a, b) => ORDER[a.kind ?? "flow"] - ORDER[b.kind ?? "flow"]);
    let lane;
    for (const { from } of reads) {
      for (const [candidate, tip] of lanes) if (lane === undefined && tip === from) lane = candidate;
    }
    if (lane === undefined && child.index === 0) lane = 0;
    if (lane === undefined) {
      const free = (k) => !lanes.has(k) || (until.get(lanes.get(k)) ?? -1) < child.index;
      if (child.role === "shortcut") lane = -1;
      else for (lane = 1; !free(lane); ) lane += 1;
    }
    lanes.set(lane, child.index);
    child.lane = lane;
  }
  block.lanes = Math.max(...block.children.map((child) => child.lane), 0) + 1;
}

export const laneOf = (block, place) => (typeof place === "number" ? block.children[place].lane : 0);

// Whether an edge passes by other nodes of its own lane, and so is drawn as an arc.
function bypasses(block, { from, to }) {
  const lane = laneOf(block, from);
  if (lane !== laneOf(block, to)) return false;
  const start = from === "in" ? -1 : from;
  const end = to === "out" ? block.children.length : to;
  return block.children.some((child) => child.lane === lane && child.index > start && child.index < end);
}

// --- which blocks are open -------------------------------------------------------------------------------------

export function* visible(node, inside = true) {
  for (const child of node.children) {
    yield child;
    if (inside && child.open) yield* visible(child);
  }
}

// Text for the link: "" nothing, "*" everything, "*2" two levels of blocks, else ids.
export function encode(model) {
  const blocks = [...model.byId.values()].filter((node) => node.block && node.level);
  const open = [...model.byId.values()].filter((node) => node.open && node.level);
  if (!open.length) return "";
  if (open.every((node) => node.block)) {
    for (let level = 1; level <= model.levels; level++) {
      const wanted = blocks.filter((node) => node.level <= level);
      if (wanted.length === open.length && wanted.every((node) => node.open)) return level === model.levels ? "*" : `*${level}`;
    }
  }
  return open.map((node) => node.id).join(",");
}

// The set of ids a text stands for. Ids the network does not have are left out.
export function decode(model, text) {
  if (text.startsWith("*")) {
    const level = text === "*" ? Infinity : Number(text.slice(1)) || 0;
    return new Set([...model.byId.values()].filter((node) => node.block && node.level && node.level <= level).map((node) => node.id));
  }
  return new Set(text.split(",").filter((id) => model.byId.has(id)));
}

// The level of blocks to open or close next: the outermost that has a closed one, the innermost that has an open one.
export function nextLevel(model, opening) {
  const levels = [...model.byId.values()].filter((node) => node.block && node.level && node.open !== opening).map((node) => node.level);
  if (!levels.length) return 0;
  return opening ? Math.min(...levels) : Math.max(...levels);
}

// A sentence for screen readers.
export function describe(node, compact) {
  const parts = [node.title];
  if (node.role) parts.push(node.role);
  if (node.detail) parts.push(node.detail);
  if (node.name && node.name !== node.title.toLowerCase()) parts.push(`called ${node.name}`);
  parts.push(`output ${node.shape.join(" by ")}`);
  if (node.parameters) parts.push(`${compact(node.parameters)} parameters`);
  if (node.macs) parts.push(`${compact(node.macs)} multiply-accumulates`);
  const formulas = node.open && !node.block ? node.formulaLines : [];
  return [parts.join(", "), ...node.notes, ...formulas].join(". ");
}

// What several tensors make together: "64 + 32 + 32 = 128 channels"; "" for a single one.
export function readsText(node) {
  const joined = node.reads.filter((edge) => edge.kind === "concat" || (edge.kind ?? "flow") === "flow");
  if (!joined.some((edge) => edge.kind === "concat") || joined.length < 2) return "";
  const sizes = joined.map((edge) => channels(edge.shape));
  return `${sizes.join(" + ")} = ${sizes.reduce((a, b) => a + b, 0)}`;
}
