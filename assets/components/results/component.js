// What a classifier got right and wrong: a confusion matrix whose cells open, and the pictures behind them in the
// lecture's form, each with all its probabilities. Python hears of a chosen view once the hand is still.

import { button, element, saveCanvas } from "../common/dom.js";
import { whole } from "../common/format.js";
import { arrives, mounted, ready } from "../common/mounted.js";
import { Sheets } from "../common/sheets.js";
import { readTheme } from "../common/theme.js";
import { Matrix } from "./matrix.js";

const QUIET = 250; // ms without a change before Python hears of it
const MOST = 60; // pictures of one view
const TEN = 10; // as the lecture shows them
const TILE = 64; // CSS pixels a picture should have

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.sheets = new Sheets(() => this.paint());
    this.matrix = new Matrix({ onPoint: (cell) => this.say(cell), onPick: (cell) => this.choose({ mode: "cell", cell }) });
    const act = (mode, text, title) => {
      const node = element("button", { type: "button", title }, text);
      node.onclick = () => this.choose({ mode, seed: mode === "random" ? (this.view.seed + 1) % 1000 : this.view.seed });
      node.dataset.mode = mode;
      return node;
    };
    this.modes = [
      act("random", "Ten at random", "Another ten with each click"),
      act("mistakes", "Surest mistakes", "Wrong predictions with the highest probability"),
    ];
    this.title = element("div", { class: "head", "aria-live": "polite" });
    this.grid = element("div", { class: "cards" });
    this.bars = element("div", { class: "bars" });
    this.note = element("p", { class: "quiet note" });
    this.hover = element("div", { class: "caption" });
    root.replaceChildren(
      element(
        "div",
        { class: "split" },
        element(
          "section",
          {},
          element("div", { class: "caption" }, element("b", {}, "Confusion matrix"), button("save", "Save the matrix as PNG", () => saveCanvas(this.matrix.canvas, "confusion-matrix.png"))),
          this.matrix.canvas,
          this.hover,
        ),
        element("section", {}, element("div", { class: "modes" }, ...this.modes), this.title, this.grid, this.bars, this.note),
      ),
    );
    this.observer = new ResizeObserver(() => this.data && root.clientWidth !== this.width && this.layout());
    this.observer.observe(root);
  }

  dispose() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  update({ data, setStateValue }) {
    Object.assign(this, { data, send: setStateValue, theme: readTheme(this.host) });
    this.classes = data.classes.length;
    this.probabilities = data.probabilities.getChildAt(0).toArray(); // uint8 (N * classes), 255 is 1
    this.labels = data.labels.getChildAt(0).toArray();
    this.predicted = data.predicted.getChildAt(0).toArray();
    this.order = Array.from(data.order.getChildAt(0).toArray()); // a list: its items become cards
    if (arrives(this, data)) this.view = { mode: "random", cell: null, seed: 0, ...data.view };
    if (data.sheets) this.sheets.open(data.sheets);
    this.layout();
  }

  layout() {
    this.width = this.root.clientWidth;
    if (!this.width) return;
    const narrow = this.width < 720;
    this.root.firstChild.classList.toggle("narrow", narrow);
    const room = narrow ? this.width : Math.min((this.width - 24) * 0.46, 520);
    this.matrix.show({ counts: this.data.confusion, classes: this.data.classes, room, theme: this.theme, cell: this.view.mode === "cell" ? this.view.cell : null });
    this.fill();
  }

  choose(change) {
    this.view = { ...this.view, ...change };
    this.layout();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("view", this.view), QUIET);
  }

  say(cell) {
    const { classes, confusion } = this.data;
    if (!cell) {
      this.hover.replaceChildren(element("span", { class: "quiet" }, "Rows: what it is. Columns: what was predicted. Click a cell for its pictures."));
      return;
    }
    const [actual, predicted] = cell;
    const total = confusion[actual].reduce((a, b) => a + b, 0);
    const count = confusion[actual][predicted];
    const share = total ? `${((100 * count) / total).toFixed(1)} %` : "–";
    this.hover.replaceChildren(element("span", {}, `${whole(count)} of ${whole(total)} ${classes[actual]} (${share}) predicted as ${classes[predicted]}`));
  }

  // Indices of the pictures of the present view, and its title.
  get shown() {
    const { classes } = this.data;
    const { mode, cell, seed } = this.view;
    const total = this.labels.length;
    if (mode === "cell" && cell) {
      const [actual, predicted] = cell;
      const found = this.order.filter((n) => this.labels[n] === actual && this.predicted[n] === predicted);
      return [found, `${classes[actual]} predicted as ${classes[predicted]}: ${whole(found.length)}`];
    }
    if (mode === "mistakes") {
      const found = this.order.filter((n) => this.labels[n] !== this.predicted[n]);
      return [found, `Wrong: ${whole(found.length)} of ${whole(total)}, surest first`];
    }
    return [Array.from({ length: Math.min(TEN, total) }, (_, n) => (seed * TEN + n) % total), `Ten test pictures`];
  }

  fill() {
    for (const node of this.modes) node.setAttribute("aria-pressed", String(node.dataset.mode === this.view.mode));
    const [found, title] = this.shown;
    this.title.textContent = found.length > MOST ? `${title}, the first ${MOST}` : title;
    this.cards = found.slice(0, MOST).map((index) => this.#card(index));
    this.grid.replaceChildren(...this.cards.map(({ node }) => node));
    this.note.textContent = this.data.sheets ? "" : this.data.missing;
    if (this.cards.length) this.open(this.cards[0].index);
    else this.bars.replaceChildren();
    this.say(null);
    this.paint();
  }

  #card(index) {
    const { classes, side } = this.data;
    const [actual, predicted] = [this.labels[index], this.predicted[index]];
    const right = actual === predicted;
    const size = side * Math.max(1, Math.floor(TILE / side));
    const canvas = element("canvas", { width: size, height: size, role: "img", "aria-label": `Test picture ${index + 1}` });
    canvas.hidden = !this.data.sheets;
    const node = element(
      "button",
      { type: "button", class: `card ${right ? "right" : "wrong"}` },
      canvas,
      element("span", {}, `pred = ${classes[predicted]}`),
      element("span", {}, `act = ${classes[actual]}`),
      element("span", { class: "mark" }, right ? "✓ right" : "✗ wrong"),
    );
    node.onpointerenter = node.onfocus = node.onclick = () => this.open(index);
    return { index, node, canvas, size };
  }

  // All probabilities of one picture.
  open(index) {
    this.opened = index;
    const { classes } = this.data;
    const row = Array.from(this.probabilities.subarray(index * this.classes, (index + 1) * this.classes), (v) => v / 255);
    const most = classes.map((name, n) => [name, row[n], n]).sort((a, b) => b[1] - a[1]).slice(0, 12);
    this.bars.replaceChildren(
      element("div", { class: "head" }, `Probabilities, picture ${whole(index + 1)}`),
      ...most.map(([name, p, n]) => {
        const bar = element("i");
        bar.style.width = `${(100 * p).toFixed(1)}%`;
        const mark = [n === this.labels[index] ? "actual" : "", n === this.predicted[index] ? "predicted" : ""].join(" ").trim();
        return element("div", { class: `bar ${mark}` }, element("span", {}, name), element("div", { class: "track" }, bar), element("span", { class: "numeric" }, `${(100 * p).toFixed(1)} %`), element("span", { class: "quiet" }, mark));
      }),
    );
    for (const card of this.cards) card.node.classList.toggle("open", card.index === index);
    this.root.dataset.opened = index;
  }

  paint() {
    let missing = 0;
    for (const { index, canvas, size } of this.cards ?? []) {
      if (!this.data.sheets) break;
      const found = this.sheets.at(index);
      if (!found) {
        missing += 1;
        continue;
      }
      const { side } = this.data;
      const g = canvas.getContext("2d");
      g.imageSmoothingEnabled = false;
      g.drawImage(found.image, found.column * side, found.row * side, side, side, 0, 0, size, size);
      canvas.dataset.label = found.label;
    }
    if (this.sheets.failed) this.note.textContent = "The pictures did not arrive. Check the connection and reload the page.";
    if (!missing || this.sheets.failed) ready(this.root);
    Object.assign(this.root.dataset, { mode: this.view.mode, cards: this.cards?.length ?? 0 });
  }
}

export default mounted(View);
