// Compositions: the chain of operators, both views of every picture, and every step of the pair that is shown.

import { button, element, saveCanvas } from "../common/dom.js";
import { arrives } from "../common/mounted.js";
import { Chain } from "./chain.js";
import { drawCell, fitted, prepare, View } from "./view.js";

const SIMCLR = ["crop_flip", "jitter", "drop"];
const QUIET = 250; // ms without a change before Python hears of the pinned pair
const VIEWS = ["t", "t′"];

export class Compose extends View {
  build() {
    this.chain = new Chain({
      onChange: (names) => this.tell("chain", names),
      onChoose: (name) => this.tell("chosen", name),
      say: (text) => this.say(text),
      standard: SIMCLR,
    });
    this.steps = element("div", { class: "steps" });
    this.head = element("div", { class: "head" });
    this.grid = element("div", { class: "pairs" });
    const again = element("button", { type: "button", class: "again" }, "Draw again");
    again.onclick = () => this.tell("again", true);
    const hint = element("span", { class: "quiet" }, "Each trio: the picture, view t, view t′. Point at one for its steps, click to keep it.");
    const bar = element("div", { class: "bar" }, again, hint, button("save", "Save the pairs as PNG", () => this.save()));
    this.body.append(this.chain.element, bar, this.grid, this.head, this.steps);
  }

  addresses(data) {
    return [data.original, ...data.views.flat().map((step) => step.url)];
  }

  receive([original, ...sheets], before) {
    const { views, count, offered, chain } = this.data;
    this.original = original;
    this.sheets = views.map((view, n) => sheets.slice(n * view.length, (n + 1) * view.length));
    this.size = { width: this.data.width, height: this.data.height };
    if (arrives(this, this.data) || before?.count !== count) this.pinned = Math.min(this.data.pinned, count - 1);
    this.shown = this.pinned;
    this.chain.show(offered, chain);
    this.root.dataset.chain = chain.join(",");
    while (this.grid.childElementCount > count) this.grid.lastChild.remove();
    while (this.grid.childElementCount < count) this.grid.append(this.#pair(this.grid.childElementCount));
  }

  #pair(index) {
    const canvas = element("canvas", { role: "img" });
    const node = element("button", { type: "button", class: "pair", "data-pair": String(index) }, canvas);
    node.onpointerenter = node.onfocus = () => this.show(index);
    node.onclick = () => this.pin(index);
    node.onkeydown = (event) => this.key(event, index);
    return node;
  }

  last(view) {
    return this.sheets[view].at(-1) ?? this.original;
  }

  layout(width) {
    const { columns } = this.data;
    const across = width >= 660 ? 4 : width >= 460 ? 3 : width >= 300 ? 2 : 1;
    this.across = across;
    this.grid.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    const each = Math.floor((width - 14 * (across - 1)) / across) - 10;
    const cell = fitted(this.size.width, this.size.height, Math.floor((each - 4) / 3));
    [...this.grid.children].forEach((node, index) => {
      const canvas = node.firstChild;
      const g = prepare(canvas, 3 * cell.width + 4, cell.height);
      g.clearRect(0, 0, 3 * cell.width + 4, cell.height);
      [this.original, this.last(0), this.last(1)].forEach((sheet, place) => {
        drawCell(g, sheet, index, columns, this.size, place * (cell.width + 2), 0, cell.width, cell.height);
      });
      canvas.setAttribute("aria-label", this.data.names[index]);
          });
    this.width = width;
    this.show(this.pinned);
  }

  // Every step of pair `index`, t above t'.
  show(index) {
    this.shown = index;
    const { views, columns, names, chain, offered } = this.data;
    const titles = new Map(offered.map((each) => [each.name, each.title]));
    const stages = chain.length + 1;
    const room = Math.floor((this.width - 24) / stages) - 12;
    const side = Math.max(Math.min(room, 100), 56);
    const cell = fitted(this.size.width, this.size.height, side);
    this.head.replaceChildren(element("b", {}, names[index]), " step by step");
    this.steps.style.setProperty("--stages", stages);
    this.steps.style.setProperty("--stage", `${Math.max(side, cell.width)}px`);
    const rows = views.map((view, v) => {
      const sheets = [this.original, ...this.sheets[v]];
      const cells = sheets.map((sheet, n) => {
        const canvas = element("canvas", { role: "img" });
        const g = prepare(canvas, cell.width, cell.height);
        drawCell(g, sheet, index, columns, this.size, 0, 0, cell.width, cell.height);
        const text = n ? view[n - 1].words[index] : "original";
        const title = n ? titles.get(chain[n - 1]) : "";
        canvas.setAttribute("aria-label", n ? `${VIEWS[v]} after ${title}: ${text}` : "The original");
        return element("figure", { class: text === "not this time" ? "skipped" : "" }, canvas, element("figcaption", {}, text));
      });
      return [element("b", { class: "which" }, VIEWS[v]), ...cells];
    });
    this.steps.replaceChildren(...rows.flat());
    [...this.grid.children].forEach((node, n) => {
      node.classList.toggle("shown", n === index);
      node.setAttribute("aria-pressed", String(n === this.pinned));
    });
    Object.assign(this.root.dataset, { pair: index, pinned: this.pinned });
  }

  pin(index) {
    this.pinned = index;
    this.show(index);
    this.say(`${this.data.names[index]}: ${this.data.views.map((view, v) => `${VIEWS[v]} ${view.map((step) => step.words[index]).join("; ")}`).join(". ")}`);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.set("pair", index), QUIET);
  }

  key(event, index) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across, ArrowDown: this.across }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    this.grid.children[index + by]?.focus();
  }

  dispose() {
    clearTimeout(this.timer);
    super.dispose();
  }

  save() {
    const pairs = [...this.grid.children].map((node) => node.firstChild);
    const [w, h] = [pairs[0].width + 16, pairs[0].height + 12];
    const rows = Math.ceil(pairs.length / 4);
    const canvas = element("canvas", { width: 4 * w + 16, height: rows * h + 50 });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    pairs.forEach((pair, n) => g.drawImage(pair, 16 + (n % 4) * w, 12 + Math.floor(n / 4) * h));
    g.fillStyle = this.theme.text;
    g.font = "13px sans-serif";
    g.fillText(`${this.data.title}: picture, t, t′`, 16, canvas.height - 26, canvas.width - 32);
    g.fillText(this.data.provenance, 16, canvas.height - 8, canvas.width - 32);
    saveCanvas(canvas, "views.png");
  }
}
