// Accuracy against work for many networks: one bubble each, its area the parameters. Hovering or arrow keys name a
// bubble, a click or Enter chooses it. The page gives numbers; nothing is computed here but positions.

import { element, svg } from "../common/dom.js";
import { savePng, saveSvg, standalone } from "../common/export.js";
import { compact } from "../common/format.js";
import { mounted, ready, watchWidth } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";

const X_TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
const LARGEST = 24; // radius of the bubble with the most parameters
const SIZES = [5e6, 50e6, 500e6];
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.svg = svg("svg", { class: "plot", role: "listbox" });
    this.tip = element("div", { class: "tip", hidden: true });
    this.legend = element("div", { class: "legend" });
    const saver = (kind, save) => {
      const node = element("button", { type: "button", title: `Save the plot as ${kind}` }, kind);
      node.onclick = () => save(standalone(this.svg, this.size, { title: "Accuracy and work", provenance: this.data.provenance, theme: this.theme }), "networks");
      return node;
    };
    const tools = element("div", { class: "tools" }, saver("PNG", savePng), saver("SVG", saveSvg));
    root.replaceChildren(element("div", { class: "holder" }, this.svg, this.tip), element("div", { class: "foot" }, this.legend, tools));
    this.svg.onkeydown = (event) => this.key(event);
    this.observer = watchWidth(this, () => this.data);
  }

  dispose() {
    this.observer.disconnect();
  }

  update({ data, setTriggerValue }) {
    const choose = (name) => setTriggerValue("chosen", name);
    Object.assign(this, { data, choose, theme: readTheme(this.host) });
    this.root.classList.toggle("dark", this.theme.dark);
    this.points = [...data.points].sort((a, b) => a.gmacs - b.gmacs || a.top1 - b.top1);
    this.layout();
  }

  layout() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.laidOut = width;
    const height = Math.min(Math.max(width * 0.46, 300), 460);
    this.size = [width, height];
    this.#scales(width, height);
    const held = this.root.getRootNode().activeElement?.dataset?.name;
    const group = svg("g", {}, ...this.#axes(width, height), this.#frontier(), ...this.#bubbles(), ...this.#labels(width));
    this.svg.replaceChildren(group);
    for (const [name, value] of [["width", width], ["height", height], ["viewBox", `0 0 ${width} ${height}`]]) this.svg.setAttribute(name, value);
    const chosen = this.points.filter((point) => this.data.chosen.includes(point.name)).map((point) => this.#words(point));
    this.svg.setAttribute("aria-label", `Top-1 accuracy against multiply-accumulates of ${this.points.length} networks. Chosen: ${chosen.join("; ") || "none with published figures"}. Arrow keys move, Enter chooses.`);
    this.#legend();
    ready(this.root);
    if (held) this.svg.querySelector(`[data-name="${held}"]`)?.focus();
  }

  #scales(width, height) {
    const [left, right, top, bottom] = [52, 18, 14, 44];
    const macs = this.points.map((point) => point.gmacs);
    const [low, high] = [Math.log10(Math.min(...macs) * 0.8), Math.log10(Math.max(...macs) * 1.35)];
    const tops = this.points.map((point) => point.top1);
    const [least, most] = [Math.floor((Math.min(...tops) - 1) / 5) * 5, Math.ceil((Math.max(...tops) + 1) / 5) * 5];
    this.x = (gmacs) => left + ((Math.log10(gmacs) - low) / (high - low)) * (width - left - right);
    this.y = (top1) => top + ((most - top1) / (most - least)) * (height - top - bottom);
    const shrink = Math.min(width / 800, 1) * 0.4 + 0.6;
    const largest = Math.max(...this.points.map((point) => point.parameters));
    this.r = (parameters) => Math.max(LARGEST * shrink * Math.sqrt(parameters / largest), 3);
    Object.assign(this, { left, right: width - right, top, bottom: height - bottom, least, most });
  }

  #axes(width, height) {
    const parts = [];
    const wide = width > 560;
    for (const tick of X_TICKS) {
      const x = this.x(tick);
      if (x < this.left || x > this.right) continue;
      parts.push(svg("line", { class: "grid", x1: x, x2: x, y1: this.top, y2: this.bottom }));
      if (wide || /^0?\.?0*1/.test(String(tick))) parts.push(svg("text", { class: "tick", x, y: this.bottom + 17, "text-anchor": "middle" }, String(tick)));
    }
    for (let y = this.least; y <= this.most; y += 5) {
      parts.push(svg("line", { class: "grid", x1: this.left, x2: this.right, y1: this.y(y), y2: this.y(y) }));
      parts.push(svg("text", { class: "tick", x: this.left - 8, y: this.y(y) + 4, "text-anchor": "end" }, `${y} %`));
    }
    parts.push(svg("text", { class: "axis", x: (this.left + this.right) / 2, y: height - 6, "text-anchor": "middle" }, "Billions of multiply-accumulates for one picture (logarithmic)"));
    parts.push(svg("text", { class: "axis", transform: `translate(13 ${(this.top + this.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "Top-1 accuracy on ImageNet"));
    return parts;
  }

  // Nobody is more accurate for as little work.
  #frontier() {
    const best = this.data.frontier.map((name) => this.points.find((point) => point.name === name));
    return svg("path", { class: "frontier", d: best.map((point, i) => `${i ? "L" : "M"}${this.x(point.gmacs)} ${this.y(point.top1)}`).join("") });
  }

  #bubbles() {
    const order = [...this.points].sort((a, b) => b.parameters - a.parameters);
    const focusable = this.points.find((point) => this.data.chosen.includes(point.name)) ?? this.points[0];
    return order.map((point) => {
      const place = this.data.chosen.indexOf(point.name);
      const node = svg("circle", {
        class: `bubble${point.attention ? " attention" : ""}${place >= 0 ? ` chosen chosen${place}` : ""}`,
        cx: this.x(point.gmacs),
        cy: this.y(point.top1),
        r: this.r(point.parameters),
        role: "option",
        "aria-selected": String(place >= 0),
        "aria-label": this.#words(point),
        "data-name": point.name,
        tabindex: point === focusable ? "0" : "-1",
      });
      point.node = node;
      node.onpointerenter = node.onfocus = () => this.tell(point);
      node.onpointerleave = node.onblur = () => this.tell(null);
      node.onclick = () => this.choose(point.name);
      return node;
    });
  }

  #labels(width) {
    return this.points
      .filter((point) => this.data.chosen.includes(point.name))
      .map((point) => {
        const x = this.x(point.gmacs);
        const r = this.r(point.parameters);
        const end = x > width - 160;
        return svg("text", { class: "label", x: end ? x - r - 5 : x + r + 5, y: this.y(point.top1) + 4, "text-anchor": end ? "end" : "start" }, point.title);
      });
  }

  #words(point) {
    return `${point.title}: top-1 ${point.top1.toFixed(1)} percent, ${compact(point.gmacs * 1e9)} MACs, ${compact(point.parameters)} parameters`;
  }

  tell(point) {
    this.tip.hidden = !point;
    if (!point) return;
    this.tip.replaceChildren(
      element("b", {}, point.title),
      element("span", {}, `top-1 ${point.top1.toFixed(2)} % · ${compact(point.gmacs * 1e9)} MACs · ${compact(point.parameters)} parameters`),
      element("span", { class: "quiet" }, `${point.weights}, ${point.side} × ${point.side} pixels. ${this.data.chosen.includes(point.name) ? "Shown above." : "Click to compare it."}`),
    );
    const [x, y, r] = [this.x(point.gmacs), this.y(point.top1), this.r(point.parameters)];
    const wide = this.tip.offsetWidth;
    const under = y - r - this.tip.offsetHeight - 8 < 0;
    this.tip.style.left = `${Math.min(Math.max(x - wide / 2, 0), this.laidOut - wide)}px`;
    this.tip.style.top = `${under ? y + r + 8 : y - r - this.tip.offsetHeight - 8}px`;
  }

  key(event) {
    const here = this.points.findIndex((point) => point.name === event.target.dataset.name);
    if (here < 0) return;
    const ends = { Home: 0, End: this.points.length - 1 };
    if (event.key in STEPS || event.key in ends) {
      const next = this.points[ends[event.key] ?? Math.min(Math.max(here + STEPS[event.key], 0), this.points.length - 1)];
      event.target.setAttribute("tabindex", "-1");
      next.node.setAttribute("tabindex", "0");
      next.node.focus();
    } else if (event.key === "Enter" || event.key === " ") this.choose(this.points[here].name);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
  }

  #legend() {
    const size = (count) => {
      const r = this.r(count);
      const drawing = svg("svg", { width: 2 * r + 2, height: 2 * r + 2, "aria-hidden": "true" }, svg("circle", { class: "bubble", cx: r + 1, cy: r + 1, r }));
      return element("span", {}, drawing, compact(count));
    };
    const key = (kind, text) => element("span", {}, element("i", { class: `key ${kind}` }), text);
    this.legend.replaceChildren(
      key("", "convolution"),
      key("attention", "attention"),
      key("line", "nobody better for as little work"),
      element("span", { class: "sizes" }, "parameters:", ...SIZES.map(size)),
    );
  }
}

export default mounted(View);
