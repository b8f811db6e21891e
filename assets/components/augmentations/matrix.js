// Every pair of operators, measured: a table of accuracies; a click shows what the pair does to pictures.

import { button, element, saveCanvas } from "../common/dom.js";
import { css, inkOn, sequential } from "../common/theme.js";
import { drawCell, fitted, prepare, View } from "./view.js";

const percent = (share) => (100 * share).toFixed(1);

const named = (titles, row, col) => (row === col ? `${titles[row]} alone` : `${titles[Math.min(row, col)]}, then ${titles[Math.max(row, col)]}`);

export class Matrix extends View {
  build() {
    this.table = element("div", { class: "measured", role: "group", "aria-label": "Accuracy for every pair of operators" });
    this.head = element("div", { class: "head" });
    this.examples = element("div", { class: "pairs" });
    const again = element("button", { type: "button", class: "again" }, "Draw the examples again");
    again.onclick = () => this.tell("again", true);
    const hint = element("span", { class: "quiet" }, "A pair is applied in the order of the list, so both halves are the same cells. The diagonal is one operator alone. Click a cell for examples.");
    const bar = element("div", { class: "bar" }, again, hint, button("save", "Save the table as PNG", () => this.save()));
    this.body.append(this.table, this.head, this.examples, bar);
  }

  addresses(data) {
    return [data.original, ...data.steps.map((step) => step.url)];
  }

  receive(sheets) {
    this.sheets = sheets;
    this.size = { width: this.data.width, height: this.data.height };
    this.values = Float32Array.from(this.data.accuracy.getChildAt(0).toArray());
    this.low = Math.min(...this.values);
    this.high = Math.max(...this.values);
  }

  colour(value) {
    return sequential((value - this.low) / (this.high - this.low || 1));
  }

  layout(width) {
    const { titles, cell } = this.data;
    const size = titles.length;
    this.table.style.gridTemplateColumns = `minmax(4rem, 9rem) repeat(${size + 1}, minmax(2rem, 4.4rem))`;
    const head = ["", ...titles, "Mean"].map((text) => element("span", { class: "label top" }, text));
    const rows = titles.map((title, row) => {
      const values = [...this.values.subarray(row * size, (row + 1) * size)];
      const cells = values.map((value, col) => this.#cell(value, row, col, titles, cell));
      const mean = values.reduce((a, b) => a + b, 0) / size;
      return [element("span", { class: "label" }, title), ...cells, element("span", { class: "mean numeric" }, percent(mean))];
    });
    this.table.replaceChildren(...head, ...rows.flat());
    this.#examples(width);
    Object.assign(this.root.dataset, { row: cell[0], column: cell[1], value: this.values[cell[0] * size + cell[1]] });
  }

  #cell(value, row, col, titles, chosen) {
    const colour = this.colour(value);
    const here = row === chosen[0] && col === chosen[1];
    const label = named(titles, row, col);
    const node = element("button", { type: "button", class: "cell numeric", "aria-pressed": String(here), "aria-label": `${label}: ${percent(value)} per cent`, title: label, "data-cell": `${row},${col}` }, percent(value));
    node.style.background = css(colour);
    node.style.color = inkOn(colour);
    node.onclick = () => this.tell("cell", [row, col]);
    node.onkeydown = (event) => {
      const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation(); // the arrow keys also step through a lesson
      this.table.querySelector(`[data-cell="${row + by[0]},${col + by[1]}"]`)?.focus();
    };
    return node;
  }

  #examples(width) {
    const { titles, cell, count, columns, names, steps } = this.data;
    this.head.replaceChildren(element("b", {}, named(titles, ...cell)), ": the picture and what becomes of it");
    const across = width >= 660 ? 4 : width >= 460 ? 3 : 2;
    this.examples.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    const each = Math.floor((width - 14 * (across - 1)) / across) - 10;
    const shown = this.sheets.length;
    const size = fitted(this.size.width, this.size.height, Math.floor((each - 2 * shown) / shown));
    this.examples.replaceChildren(
      ...Array.from({ length: count }, (_, n) => {
        const canvas = element("canvas", { role: "img" });
        const g = prepare(canvas, shown * size.width + 2 * (shown - 1), size.height);
        this.sheets.forEach((sheet, place) => drawCell(g, sheet, n, columns, this.size, place * (size.width + 2), 0, size.width, size.height));
        canvas.setAttribute("aria-label", `${names[n]}: ${steps.map((step) => step.words[n]).join(", then ")}`);
        return element("span", { class: "example" }, canvas);
      }),
    );
  }

  save() {
    const { titles, title, provenance } = this.data;
    const [side, left, top] = [64, 170, 90];
    const canvas = element("canvas", { width: left + side * titles.length + 20, height: top + 40 * titles.length + 50 });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.font = "12px sans-serif";
    titles.forEach((text, n) => {
      g.fillStyle = this.theme.text;
      g.fillText(text, 8, top + 40 * n + 24, left - 16);
      g.save();
      g.translate(left + side * n + 30, top - 8);
      g.rotate(-Math.PI / 5);
      g.fillText(text, 0, 0, 120);
      g.restore();
      titles.forEach((_, col) => {
        const value = this.values[n * titles.length + col];
        const colour = this.colour(value);
        g.fillStyle = css(colour);
        g.fillRect(left + side * col, top + 40 * n, side - 2, 38);
        g.fillStyle = inkOn(colour);
        g.fillText(percent(value), left + side * col + 16, top + 40 * n + 24);
      });
    });
    g.fillStyle = this.theme.text;
    g.fillText(`${title}, per cent. ${provenance}`, 8, canvas.height - 14, canvas.width - 16);
    saveCanvas(canvas, "augmentation-pairs.png");
  }
}
