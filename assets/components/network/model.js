// A known network: its modules as areas and as a tree of rows, opened block by block or searched.

import { button, element } from "../common/dom.js";
import { ready, watchWidth } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";
import { List } from "./list.js";
import { Outbox } from "./outbox.js";
import { Shares, Training } from "./panels.js";
import { saveText } from "./save.js";
import { Treemap } from "./treemap.js";
import { amount, bytes, brief, commas, palette, share } from "./units.js";

const ROW = 46;
const FEW = 8; // rows to begin with

export class ModelView {
  constructor(root, host) {
    Object.assign(this, { root, host, opened: new Set(), words: "" });
    this.outbox = new Outbox((message) => this.send("edit", message), (time) => (root.dataset.milliseconds = time.toFixed(0)));
    this.treemap = new Treemap({ pick: (node) => this.pick(node), point: (node) => this.point(node) });
    this.shares = new Shares((measure) => this.choose(measure));
    this.training = new Training();
    this.list = new List({
      key: (line) => line.node.id,
      make: (line) => this.#make(line),
      refresh: (node, line) => this.#refresh(node, line),
      height: () => ROW,
      label: "Modules, in the order they run",
    });
    this.title = element("b", {});
    this.crumbs = element("nav", { class: "crumbs", "aria-label": "Where the areas are" });
    this.filter = element("input", { type: "search", class: "filter", placeholder: "Filter: conv, layer4, 3 × 3 …", "aria-label": "Filter the layers" });
    this.filter.oninput = () => {
      this.words = this.filter.value.trim().toLowerCase();
      this.#lines();
    };
    this.filter.onkeydown = (event) => event.stopPropagation();
    this.found = element("span", { class: "quiet numeric", "aria-live": "polite" });
    this.all = element("button", { type: "button" }, "Open all");
    this.all.onclick = () => this.#openAll();
    this.total = element("div", { class: "total" });
    const names = ["Output", "Parameters", "Mult-adds", "Memory", "Sees"];
    const columns = ["output", "parameters", "macs", "memory", "sees"].map((kind, i) => element("span", { class: `cell ${kind}` }, names[i]));
    root.replaceChildren(
      element(
        "div",
        { class: "top tall" },
        element("div", { class: "chart" }, element("div", { class: "caption" }, this.title, this.crumbs, button("save", "Save the areas as SVG", () => this.save())), this.treemap.element),
        this.shares.element,
      ),
      element("div", { class: "search" }, this.filter, this.found, this.all),
      element("div", { class: "columns" }, element("span", { class: "input" }, ""), element("span", { class: "cells" }, ...columns)),
      this.list.element,
      element("div", { class: "foot" }, this.total),
      element("div", { class: "panels" }, this.training.element),
    );
    this.observer = watchWidth(this, () => this.data);
  }

  dispose() {
    this.observer.disconnect();
    this.list.dispose();
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const other = this.data?.name !== data.name;
    this.data = data;
    this.outbox.answered(data.answered);
    this.theme = readTheme(this.host);
    this.colours = palette(this.host);
    if (this.outbox.idle || other) this.measure = data.measure;
    if (other) {
      this.opened = new Set();
      this.filter.value = this.words = "";
      this.parents = new Map();
      this.#adopt(data.tree);
      this.zoomed = data.tree;
      this.list.element.scrollTop = 0;
      this.#openLargest();
    }
    this.#draw();
    ready(this.root);
  }

  #adopt(node) {
    for (const part of node.parts ?? []) {
      this.parents.set(part, node);
      this.#adopt(part);
    }
  }

  // A network with few parts at the top opens its largest ones, so that the list says something at once.
  #openLargest() {
    let lines = [...this.data.tree.parts];
    while (lines.length < FEW) {
      const closed = lines.filter((node) => node.parts && !this.opened.has(node.id));
      if (!closed.length) return;
      const largest = closed.reduce((most, node) => (node.parameters > most.parameters ? node : most));
      this.opened.add(largest.id);
      lines = [...lines, ...largest.parts];
    }
  }

  #draw() {
    const { tree, totals } = this.data;
    this.largest = Math.max(...tree.parts.map((node) => node[this.measure]));
    this.shares.draw({ ...this.data, totals: tree }, this.measure, this.colours, false);
    this.training.draw(this.data.training, this.data.training_title);
    this.#lines();
    this.total.replaceChildren(
      element("span", { class: "title" }, element("b", {}, "Total")),
      element("span", { class: "formula" }, totals),
      element(
        "span",
        { class: "cells" },
        element("span", { class: "cell output numeric" }, this.data.output),
        ...["parameters", "macs", "memory"].map((kind) => element("span", { class: `cell ${kind} numeric` }, this.#say(kind, tree[kind]))),
        element("span", { class: "cell sees" }, ""),
      ),
    );
    Object.assign(this.root.dataset, { measure: this.measure, parameters: tree.parameters, macs: tree.macs, layers: tree.layers });
    this.layout();
  }

  #say = (kind, value) => (kind === "parameters" ? commas(value) : kind === "memory" ? bytes(value) : brief(value));

  layout() {
    if (!this.root.clientWidth) return;
    this.laidOut = this.root.clientWidth;
    const titles = { parameters: "Area = parameters", macs: "Area = multiply-adds", memory: "Area = memory of the outputs" };
    this.title.textContent = this.heading = titles[this.measure];
    const path = [];
    for (let node = this.zoomed; node; node = this.parents.get(node)) path.unshift(node);
    this.crumbs.replaceChildren(
      ...path.map((node, i) => {
        const crumb = element("button", { type: "button", class: "crumb" }, i ? node.name : this.data.name);
        crumb.disabled = node === this.zoomed;
        crumb.onclick = () => this.zoom(node);
        return crumb;
      }),
    );
    this.treemap.draw(this.zoomed, this.measure, this.colours);
    this.treemap.element.dataset.empty = "Nothing here to draw: no layer has any.";
    this.list.place();
  }

  // The rows to show: the opened part of the tree, or what the filter finds.
  #lines() {
    const lines = [];
    const matches = (node) => `${node.id} ${node.kind} ${node.formula} ${node.output}`.toLowerCase().includes(this.words);
    const walk = (node, depth) => {
      for (const part of node.parts) {
        if (this.words) {
          if (part.parts) walk(part, depth);
          else if (matches(part)) lines.push({ node: part, depth: 0, name: part.id });
          continue;
        }
        lines.push({ node: part, depth, name: part.name });
        if (part.parts && this.opened.has(part.id)) walk(part, depth + 1);
      }
    };
    walk(this.data.tree, 0);
    const sum = lines.reduce((total, { node }) => total + (this.words ? node[this.measure] : 0), 0);
    this.found.textContent = this.words ? `${lines.length} of ${this.data.tree.layers} layers, ${amount(this.measure, sum)} (${share(sum, this.data.tree[this.measure])})` : `${this.data.tree.layers} layers`;
    this.all.textContent = this.opened.size ? "Close all" : "Open all";
    this.all.hidden = Boolean(this.words);
    this.tabbed = lines.some(({ node }) => node.id === this.current) ? this.current : lines[0]?.node.id;
    this.list.set(lines);
  }

  #openAll() {
    const every = (node) => (node.parts ?? []).flatMap((part) => (part.parts ? [part.id, ...every(part)] : []));
    this.opened = this.opened.size ? new Set() : new Set(every(this.data.tree));
    this.#lines();
  }

  #make({ node: { id } }) {
    const row = element("div", { class: "row leaf" });
    const main = element("button", { type: "button", class: "main", "data-id": id });
    main.onkeydown = (event) => this.#key(event, id);
    main.onfocus = () => (this.current = id);
    row.append(element("div", { class: "head" }, main));
    row.onpointerenter = () => this.mark(id);
    row.onpointerleave = () => this.mark(null);
    return row;
  }

  #refresh(row, { node, depth, name }) {
    const main = row.querySelector(".main");
    const group = Boolean(node.parts);
    main.tabIndex = node.id === this.tabbed ? 0 : -1; // one stop for the tab key, arrows move on
    const open = group && this.opened.has(node.id) && !this.words;
    row.style.setProperty("--fill", this.colours[node.family].fill);
    row.style.setProperty("--depth", depth);
    main.onclick = () => (group ? this.toggle(node) : this.mark(node.id));
    if (group) main.setAttribute("aria-expanded", String(open));
    const formula = group ? `${node.layers} layers` : this.measure === "memory" ? `${node.output} × 4 bytes` : this.measure === "macs" ? node.macs_formula : node.formula;
    const bar = element("span", { class: "bar" }, element("i"));
    bar.firstChild.style.width = `${(100 * node[this.measure]) / (this.largest || 1)}%`;
    main.replaceChildren(
      element("span", { class: "title" }, element("i", { class: group ? (open ? "twist open" : "twist") : "dot" }), element("b", {}, name), element("span", { class: "settings" }, node.kind)),
      element("span", { class: "formula numeric" }, node.note ? `${formula}; ${node.note}` : formula === "0" ? "" : formula),
      element(
        "span",
        { class: "cells" },
        element("span", { class: "cell output numeric" }, node.output),
        ...["parameters", "macs", "memory"].map((kind) => element("span", { class: `cell ${kind} numeric` }, this.#say(kind, node[kind]))),
        element("span", { class: "cell sees numeric" }, node.sees),
      ),
      bar,
    );
  }

  #key(event, id) {
    const lines = this.list.items;
    const at = lines.findIndex(({ node }) => node.id === id);
    const { node } = lines[at];
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) this.#focus(lines[Math.min(Math.max(at + by, 0), lines.length - 1)].node.id);
    else if (event.key === "ArrowRight" && node.parts && !this.opened.has(id)) this.toggle(node);
    else if (event.key === "ArrowLeft" && this.opened.has(id)) this.toggle(node);
    else if (event.key === "ArrowLeft" && this.parents.get(node)?.id) this.#focus(this.parents.get(node).id);
    else if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #focus(id) {
    this.current = id;
    this.#lines();
    this.list.reveal(id);
    this.list.nodeOf(id)?.querySelector(".main").focus({ preventScroll: true });
  }

  toggle(node) {
    if (this.opened.has(node.id)) this.opened.delete(node.id);
    else this.opened.add(node.id);
    this.#lines();
  }

  // A click on an area: a block fills the picture and opens in the list, a layer is shown in the list.
  pick(node) {
    if (node.rest) return;
    for (let above = this.parents.get(node); above?.id; above = this.parents.get(above)) this.opened.add(above.id);
    if (node.parts) this.opened.add(node.id);
    this.filter.value = this.words = "";
    this.#lines();
    this.list.reveal(node.id);
    if (node.parts) this.zoom(node);
    else this.mark(node.id);
  }

  zoom(node) {
    this.zoomed = node;
    this.layout();
  }

  point(node) {
    this.mark(node?.id);
    this.title.textContent = node ? this.treemap.say(node) : this.heading;
  }

  mark(id) {
    this.treemap.mark(id);
    for (const [key, row] of this.list.nodes) row.classList.toggle("marked", key === id);
  }

  choose(measure) {
    this.measure = measure;
    this.outbox.push({ op: "measure", value: measure });
    this.#draw();
  }

  save() {
    const { background, text } = this.theme;
    saveText(this.treemap.svg(`${this.data.name}: ${this.heading}`, this.data.provenance, background, text), `${this.data.name}.svg`, "image/svg+xml");
  }
}
