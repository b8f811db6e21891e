// One network on the page: its drawing in a scrolling window, opened and closed by mouse, touch and keys.

import { element, still, svg } from "../common/dom.js";
import { compact } from "../common/format.js";
import { highlight } from "./edges.js";
import { columns, contentTop, mostChannels } from "./layout.js";
import { decode, describe, encode, nextLevel, prepare, visible } from "./model.js";
import { cull, makeInside, placeAll } from "./paint.js";

const DURATION = 340; // milliseconds of one opening
const MANY = 900; // nodes moving at once beyond which it does not move but jump
const ZOOMS = [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2];
const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
const HEAD = 22; // height of the column titles
const AROUND = 300; // pixels above and below the window that are drawn as well
const CONTEXT = 34; // pixels of what comes before that stay in view when a link or lesson opens a block
const SMALLEST = 0.82; // how much smaller a drawing may be made to be seen whole

export class Panel {
  // onOpen(): the set of open blocks changed by the user's hand. say(text): to the live region.
  constructor({ onOpen, say, theme }) {
    Object.assign(this, { onOpen, say, theme, zoom: 1, height: 0 });
    this.title = element("div", { class: "caption" });
    this.headSvg = svg("svg", { class: "columns", "aria-hidden": "true" });
    this.svg = svg("svg", { class: "drawing", role: "tree" });
    this.scroller = element("div", { class: "scroller" }, this.headSvg, this.svg);
    this.idle = element("p", { class: "idle quiet" });
    this.element = element("section", { class: "panel" }, this.title, this.scroller, this.idle);
    this.svg.addEventListener("keydown", (event) => this.#key(event));
    this.svg.addEventListener("pointerover", (event) => this.#point(event.target));
    this.svg.addEventListener("pointerleave", () => this.#point(null));
    this.svg.addEventListener("focusin", (event) => {
      this.#point(event.target);
      this.#rove(this.#nodeAt(event.target));
    });
    this.scroller.addEventListener("scroll", () => this.context && this.#cull(), { passive: true });
    this.scroller.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#drag();
  }

  // --- building --------------------------------------------------------------------------------------------------

  // graph: the JSON; text: which blocks are open, as in the link.
  show(graph, label, text) {
    this.label = label;
    this.graph = graph;
    this.model = prepare(graph);
    this.most = mostChannels(this.model);
    for (const id of decode(this.model, text)) Object.assign(this.model.byId.get(id), { open: true, t: 1 });
    this.focused = null;
    this.title.replaceChildren(
      element("b", {}, label),
      element("span", {}, `${compact(graph.parameters)} parameters · ${compact(graph.macs)} MACs · depth ${graph.depth}`),
    );
    const idle = graph.idle ?? [];
    const total = idle.reduce((sum, node) => sum + (node.parameters ?? 0), 0);
    this.idle.textContent = idle.length ? `Only used while training, so not drawn: ${compact(total)} parameters in ${idle.length} layers. They count in the total.` : "";
    this.svg.setAttribute("aria-label", `${label}, ${graph.root.children.length} parts. Arrow keys move, right opens, left closes, Enter shows a layer's formulas.`);
  }

  // Draw for a width. scales: {channels, parameters, macs} that the forms and bars end at; room: pixels down to the
  // fold; most: largest height; unit: pixels per unit of the drawing, made a little less where that shows everything.
  build(width, scales, { room, most, measure, unit }) {
    this.mostHeight = most;
    this.unit = unit;
    this.#draw(width, scales, measure);
    const fit = room / ((this.height + HEAD) * unit + 2);
    if (fit < 1 && fit > SMALLEST) {
      this.unit = unit * fit;
      this.#draw(width, scales, measure);
    }
    const deepest = [...visible(this.model.root)].reduce((found, node) => (node.open && node.level > (found?.level ?? 0) ? node : found), null);
    if (deepest && this.height * this.unit > this.window) this.scroller.scrollTop = this.#top(deepest) - CONTEXT;
  }

  #draw(width, scales, measure) {
    const at = columns(width / this.unit);
    this.context = { at, most: scales, measure, onPick: (node) => this.pick(node) };
    const root = this.model.root;
    for (const node of this.model.byId.values()) Object.assign(node, { inside: undefined, placed: false, hidden: undefined, lastT: undefined });
    root.group = svg("g", {});
    makeInside(root, this.context);
    this.#openInside();
    this.svg.replaceChildren(root.group);
    this.scaled = 0;
    this.#head();
    this.#place();
    this.#rove(this.focused ?? root.children.find((node) => !node.end));
  }

  #openInside() {
    for (const node of [this.model.root, ...visible(this.model.root)]) if (node.open) makeInside(node, this.context);
  }

  #head() {
    const { at } = this.context;
    const label = (x, text, attributes = {}) => svg("text", { x, y: 15, class: "quiet", ...attributes }, text);
    const parts = [label(at.text + 14, "Part of the network"), label(at.parameters, "Parameters", { class: "quiet figure" })];
    if (!at.narrow) parts.push(label(at.macs, "MACs", { class: "quiet figure" }), label(at.spine, "Tensor C × H × W", { class: "quiet middle" }));
    this.headSvg.replaceChildren(svg("g", {}, ...parts));
  }

  #place() {
    this.height = Math.ceil(placeAll(this.model, this.context));
    const s = this.zoom * this.unit;
    const h = this.height;
    if (s !== this.scaled) this.#scaled(s); // not with every frame: the browser would lay out all text anew
    this.svg.setAttribute("height", h * s);
    this.window = Math.min(Math.ceil((h + HEAD) * s) + 2, this.mostHeight);
    this.scroller.style.height = `${this.window}px`;
    this.#cull();
  }

  #scaled(s) {
    this.scaled = s;
    this.model.root.group.setAttribute("transform", `scale(${s})`);
    this.headSvg.firstChild.setAttribute("transform", `scale(${s})`);
    for (const node of [this.svg, this.headSvg]) node.setAttribute("width", this.context.at.width * s);
    this.headSvg.setAttribute("height", HEAD * s);
  }

  // Show the rows in the window and some around it.
  #cull() {
    const s = this.zoom * this.unit;
    const top = this.scroller.scrollTop;
    cull(this.model.root, (top - AROUND) / s, (top + this.window + AROUND) / s);
  }

  // Do something with every row drawn, whether in the window or not.
  complete(work) {
    cull(this.model.root, -Infinity, Infinity);
    const result = work();
    this.#cull();
    return result;
  }

  // --- opening and closing ---------------------------------------------------------------------------------------

  get open() {
    return encode(this.model);
  }

  // Open exactly what `text` says.
  apply(text, animate = true) {
    const wanted = decode(this.model, text);
    const changed = [...this.model.byId.values()].filter((node) => node.level && node.open !== wanted.has(node.id));
    const opening = changed.filter((node) => !node.open);
    const deepest = opening.reduce((found, node) => (found && found.level >= node.level ? found : node), null);
    this.target = deepest ?? this.model.root.children[0];
    this.#change(changed, animate);
  }

  pick(node, open = !node.open) {
    this.#rove(node);
    if (node.open === open || (!node.block && !node.formulaLines.length)) return;
    this.#change([node]);
    const what = node.block ? `${node.children.length} parts` : node.formulaLines.join(". ");
    this.say(node.open ? `${node.title} open: ${what}` : `${node.title} closed`);
    this.onOpen();
  }

  // One level of blocks everywhere.
  level(opening) {
    const level = nextLevel(this.model, opening);
    const nodes = [...this.model.byId.values()].filter((node) => node.block && node.level === level && node.open !== opening);
    if (!nodes.length) return;
    this.#change(nodes);
    this.say(`${nodes.length} blocks ${opening ? "open" : "closed"}`);
    this.onOpen();
  }

  #change(nodes, animate = true) {
    for (const node of nodes) node.open = !node.open;
    this.#openInside();
    for (const node of nodes) node.row?.setAttribute("aria-label", describe(node, compact));
    const moving = [...visible(this.model.root)].length;
    this.#run(animate && !still() && moving < MANY ? DURATION : 0);
  }

  // Let every node's t run towards open or closed.
  #run(duration) {
    const nodes = [...this.model.byId.values()].filter((node) => node.level && node.t !== Number(node.open));
    for (const node of nodes) node.from = node.t;
    const start = performance.now();
    const scrolled = this.scroller.scrollTop;
    const { target } = this;
    this.target = null;
    cancelAnimationFrame(this.frame);
    const tick = (now) => {
      const share = duration ? Math.min(Math.max((now - start) / duration, 0), 1) : 1;
      this.context.moving = share < 1;
      for (const node of nodes) node.t = node.from + (Number(node.open) - node.from) * ease(share);
      this.#place();
      if (target) this.scroller.scrollTop = scrolled + (this.#top(target) - CONTEXT - scrolled) * ease(share);
      this.frame = share < 1 ? requestAnimationFrame(tick) : 0;
      this.element.dataset.moving = String(share < 1);
    };
    if (duration) this.frame = requestAnimationFrame(tick);
    else tick(start);
  }

  // End a movement now: what is still folded away cannot take the focus.
  #settle() {
    if (this.frame) this.#run(0);
  }

  dispose() {
    cancelAnimationFrame(this.frame);
  }

  // --- pointing, keys ----------------------------------------------------------------------------------------------

  #nodeAt(target) {
    const id = target?.closest?.("[data-id]")?.dataset.id;
    return id === undefined ? null : this.model.byId.get(id);
  }

  #point(target) {
    const node = this.#nodeAt(target);
    if (node === this.pointed) return;
    if (this.pointed) highlight(this.pointed.parent, null);
    this.pointed = node;
    if (node) highlight(node.parent, node);
  }

  // Exactly one node can be reached by Tab.
  #rove(node) {
    if (!node) return;
    this.focused?.row?.setAttribute("tabindex", "-1");
    this.focused = node;
    node.row.setAttribute("tabindex", "0");
  }

  #focus(node) {
    this.#settle();
    this.#rove(node);
    this.#reveal(node);
    this.#cull(); // what is out of sight is not drawn and cannot take the focus
    node.row.focus({ preventScroll: true });
    this.say(describe(node, compact));
  }

  // Where the node's row starts in the window's content, in pixels.
  #top(node) {
    let y = 0;
    for (let n = node; n.level; n = n.parent) y += n.y + contentTop(n.parent);
    return y * this.zoom * this.unit;
  }

  // Scroll so that the node's own row is in view.
  #reveal(node) {
    const box = this.scroller;
    const top = this.#top(node);
    const bottom = top + (node.base + node.below + 30) * this.zoom * this.unit + HEAD;
    if (top < box.scrollTop) box.scrollTop = Math.max(top - 8, 0);
    else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...visible(this.model.root)].filter((node) => !node.end);
    const here = rows.indexOf(this.focused);
    const node = rows[here];
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key in moves) this.#focus(rows[Math.min(Math.max(here + moves[event.key], 0), rows.length - 1)]);
    else if (event.key === "Home") this.#focus(rows[0]);
    else if (event.key === "End") this.#focus(rows.at(-1));
    else if (event.key === "ArrowRight") this.#inwards(node);
    else if (event.key === "ArrowLeft") this.#outwards(node);
    else if (event.key === "Enter" || event.key === " ") this.pick(node);
    else if (event.key === "*") this.level(true);
    else if (event.key === "+" || event.key === "=") this.scale(1);
    else if (event.key === "-") this.scale(-1);
    else if (event.key === "0") this.scale(0);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
  }

  // Open, then go in.
  #inwards(node) {
    if (node.open && node.block) this.#focus(node.children[0]);
    else this.pick(node, true);
  }

  // Close, then go out.
  #outwards(node) {
    if (node.open) this.pick(node, false);
    else if (node.parent.level) this.#focus(node.parent);
  }

  // --- zoom and pan ------------------------------------------------------------------------------------------------

  // One step in (1) or out (-1), or back to the usual size (0), around a point of the window.
  scale(step, x = this.scroller.clientWidth / 2, y = 0) {
    const now = ZOOMS.indexOf(this.zoom);
    this.setZoom(step ? ZOOMS[Math.min(Math.max(now + step, 0), ZOOMS.length - 1)] : 1, x, y);
  }

  setZoom(zoom, x = 0, y = 0) {
    const box = this.scroller;
    const [left, top, before] = [box.scrollLeft + x, box.scrollTop + y, this.zoom];
    if (zoom === before) return;
    this.zoom = zoom;
    this.#place();
    box.scrollLeft = (left * zoom) / before - x;
    box.scrollTop = (top * zoom) / before - y;
    this.#cull();
    this.element.dataset.zoom = zoom;
  }

  // The zoom at which everything is in the window.
  whole() {
    const fits = (zoom) => (this.height + HEAD) * zoom * this.unit <= this.mostHeight;
    this.setZoom(ZOOMS.findLast((zoom) => zoom <= 1 && fits(zoom)) ?? ZOOMS[0]);
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = this.scroller.getBoundingClientRect();
    this.scale(event.deltaY < 0 ? 1 : -1, event.clientX - box.left, event.clientY - box.top);
  }

  #drag() {
    const box = this.scroller;
    let from = null;
    box.onpointerdown = (event) => {
      if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
    };
    box.onpointermove = (event) => {
      if (!from || !(event.buttons & 1)) return void (from = null);
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(dx, dy) < 5) return;
      from.moved = true;
      box.classList.add("dragging");
      box.scrollLeft = from.left - dx;
      box.scrollTop = from.top - dy;
    };
    const end = () => {
      if (from?.moved) box.addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
      setTimeout(() => box.classList.remove("dragging"));
      from = null;
    };
    box.onpointerup = end;
    box.onpointerleave = () => (from = null);
  }
}
