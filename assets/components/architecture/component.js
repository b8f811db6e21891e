// A network drawn from its graph, or two side by side on one scale. Blocks open and close here; the page hears which
// are open, for the link, and computes nothing for it.

import { button, element } from "../common/dom.js";
import { savePng, saveSvg, standalone } from "../common/export.js";
import { mounted, ready, watchWidth } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";
import { Panel } from "./panel.js";

const GRAPHS = new Map(); // address -> promise of the JSON
const TELL = 250; // milliseconds of rest before the page hears of a change
const FONTS = { title: "600 13px", quiet: "400 12px", note: "400 12.5px", formula: "400 12px" };
const LEGEND = ["block", "convolution", "depthwise", "dense", "attention", "pool", "other", "join"];
const WORDS = { other: "norm, activation", pool: "pooling", join: "add, concatenate" };

function load(address) {
  if (!GRAPHS.has(address)) {
    const promise = fetch(new URL(address, document.baseURI)).then((answer) => {
      if (!answer.ok) throw new Error(`graph ${answer.status}`);
      return answer.json();
    });
    promise.catch(() => GRAPHS.delete(address));
    GRAPHS.set(address, promise);
  }
  return GRAPHS.get(address);
}

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, panels: [], shown: [] });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.body = element("div", { class: "panels" });
    this.tools = element(
      "div",
      { class: "tools" },
      button("fold", "Close one level", () => this.panels.forEach((panel) => panel.level(false))),
      button("unfold", "Open one level (*)", () => this.panels.forEach((panel) => panel.level(true))),
      button("minus", "Smaller (-)", () => this.panels.forEach((panel) => panel.scale(-1))),
      button("plus", "Larger (+)", () => this.panels.forEach((panel) => panel.scale(1))),
      button("whole", "Everything in the window", () => this.panels.forEach((panel) => panel.whole())),
      this.#saver("PNG", savePng),
      this.#saver("SVG", saveSvg),
    );
    this.legend = element("div", { class: "legend" });
    this.name = element("div", { class: "name" });
    root.replaceChildren(element("div", { class: "top" }, this.name, this.tools), this.body, this.legend, this.live);
    this.observer = watchWidth(this, () => this.ready);
  }

  dispose() {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.panels.forEach((panel) => panel.dispose());
  }

  #saver(kind, save) {
    const node = element("button", { type: "button", title: `Save the drawing as ${kind}` }, kind);
    node.onclick = () => {
      for (const panel of this.panels) {
        const size = [panel.context.at.width, panel.height];
        const words = { title: panel.label, provenance: this.data.provenance, theme: this.theme };
        save(panel.complete(() => standalone(panel.svg, size, words)), panel.graph.name);
      }
    };
    return node;
  }

  async update({ data, setStateValue }) {
    this.data = data;
    this.tell = setStateValue;
    this.theme = readTheme(this.host);
    this.root.classList.toggle("dark", this.theme.dark);
    let graphs;
    try {
      graphs = await Promise.all(data.graphs.map((item) => load(item.url)));
    } catch {
      if (this.data === data) this.#failed();
      return;
    }
    if (this.data !== data) return; // a later update overtook this one
    const same = this.shown.length === data.graphs.length && data.graphs.every((item, i) => item.url === this.shown[i].url);
    if (same) this.#follow(data);
    else this.#rebuild(data, graphs);
    this.shown = data.graphs;
  }

  #failed() {
    const again = element("button", { type: "button" }, "Try again");
    again.onclick = () => this.update({ data: this.data, setStateValue: this.tell });
    this.body.replaceChildren(element("p", {}, "The drawing could not be loaded: the server did not answer. ", again));
    this.shown = [];
  }

  // The same networks: what the link or a lesson says is opened; an echo of the user's own clicks is not.
  #follow(data) {
    data.graphs.forEach((item, i) => {
      if (!item.echo && item.open !== this.panels[i].open) this.panels[i].apply(item.open);
    });
    this.#told();
  }

  #rebuild(data, graphs) {
    this.panels.forEach((panel) => panel.dispose());
    this.panels = graphs.map((graph, i) => {
      const panel = new Panel({ onOpen: () => this.#opened(), say: (text) => (this.live.textContent = text) });
      panel.show(graph, data.graphs[i].title, data.graphs[i].open);
      return panel;
    });
    this.body.replaceChildren(...this.panels.map((panel) => panel.element));
    this.name.replaceChildren(...(this.panels.length === 1 ? [this.panels[0].title] : []));
    this.ready = true;
    this.layout();
    const kinds = new Set(this.panels.flatMap((panel) => [...panel.model.byId.values()].map((node) => node.category)));
    this.legend.replaceChildren(
      ...LEGEND.filter((kind) => kinds.has(kind)).map((kind) => element("span", {}, element("i", { class: `key ${kind}` }), WORDS[kind] ?? kind)),
      element("span", { class: "quiet" }, "Width: √channels. Square: side of the picture."),
    );
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const unit = parseFloat(getComputedStyle(this.root).fontSize) / 13.5;
    const page = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0;
    const room = window.innerHeight - (this.body.getBoundingClientRect().top + page) - 16;
    const stacked = this.panels.length > 1 && total < 640;
    this.body.classList.toggle("stacked", stacked);
    const width = this.panels.length > 1 && !stacked ? (total - 16) / 2 : total;
    const scales = { channels: Math.max(...this.panels.map((panel) => panel.most)) };
    for (const quantity of ["parameters", "macs"]) {
      scales[quantity] = Math.max(...this.panels.flatMap((panel) => panel.model.root.children.map((node) => node[quantity])), 1);
    }
    const most = this.data.projector ? Math.max(room, 300) : Math.max(room, window.innerHeight * 0.7, 420);
    for (const panel of this.panels) panel.build(width - 2, scales, { room, most, measure: this.#measures(), unit });
    ready(this.root);
    this.#told();
  }

  #measures() {
    const context = (this.canvas ??= new OffscreenCanvas(1, 1)).getContext("2d");
    const family = getComputedStyle(this.root).fontFamily;
    const entries = Object.entries(FONTS).map(([name, font]) => [
      name,
      (text) => {
        context.font = `${font} ${family}`;
        return context.measureText(text).width;
      },
    ]);
    return Object.fromEntries(entries);
  }

  #told() {
    this.root.dataset.open = this.panels.map((panel) => panel.open).join("|");
  }

  #opened() {
    this.#told();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.tell("open", { n: Date.now(), sets: this.panels.map((panel) => [panel.graph.name, panel.open]) });
    }, TELL);
  }
}

export default mounted(View);
