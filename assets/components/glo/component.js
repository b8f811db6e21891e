// One batch of GLO in its four steps: pictures, their codes, what the generator makes of them, the difference, and the
// two gradients that move codes and generator. Every cell is a number of the run.

import { element } from "../common/dom.js";
import { number } from "../common/format.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { fitCanvas, sheet } from "../common/sprites.js";
import { css, diverging, paintInto, readTheme } from "../common/theme.js";
import { Transport } from "../common/transport.js";

const GAP = 8;
const LABEL = 176; // CSS pixels for the words beside a row
const ROWS = ["pictures", "codes", "generated", "difference", "gradient", "moved"];
const FIRST = { pictures: 0, codes: 1, generated: 2, difference: 3, gradient: 4, moved: 5 }; // phase a row appears in

class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.transport = new Transport((position) => this.phase(position), "step", 0.8);
    this.transport.setTotal(ROWS.length);
    this.transport.follow(ROWS.length - 1);
    this.which = element("select", { "aria-label": "Which batch" });
    this.which.onchange = () => this.#choose(Number(this.which.value));
    this.words = {};
    this.canvases = {};
    this.table = element("div", { class: "table" });
    for (const row of ROWS) {
      this.words[row] = element("div", { class: "words" });
      this.canvases[row] = element("canvas", { role: "img", class: "still", "data-row": row });
      this.canvases[row].onpointermove = (event) => this.point(event);
      this.canvases[row].onpointerleave = () => this.mark(null);
      this.table.append(element("div", { class: "line", "data-line": row }, this.words[row], this.canvases[row]));
    }
    this.layers = element("div", { class: "layers" });
    this.said = element("div", { class: "said numeric" });
    const bar = element("div", { class: "bar" }, this.transport.element, this.which);
    root.replaceChildren(bar, this.table, this.said, this.layers);
    this.observer = watchWidth(this, () => this.view);
  }

  dispose() {
    this.transport.pause();
    this.observer.disconnect();
  }

  async update({ data }) {
    this.theme = readTheme(this.host);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let bitmap;
    try {
      bitmap = await sheet(data.sheet);
    } catch {
      this.said.textContent = "The pictures did not arrive. Check the connection and reload the page.";
      return;
    }
    if (turn !== this.turn) return;
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const given = arrives(this, data);
    if (given) this.transport.rest(ROWS.length - 1);
    const other = this.data?.id !== data.id;
    this.bitmap = bitmap;
    this.pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    this.data = data;
    const read = (name) => data[name].getChildAt(0).toArray();
    this.numbers = { codes: read("codes"), gradient: read("gradient"), moved: read("moved"), each: read("each"), norms: read("norms") };
    this.which.replaceChildren(...data.after.map((text, i) => element("option", { value: String(i) }, text)));
    this.which.hidden = data.after.length < 2;
    this.#choose(given || other || this.view === undefined ? data.show : Math.min(this.view, data.after.length - 1));
  }

  #choose(view) {
    this.view = view;
    this.which.value = String(view);
    this.layout();
    ready(this.root);
  }

  // Values of one picture: the code, its gradient, or the code after the step.
  row(name, i) {
    const { dimension, count } = this.data;
    const at = (this.view * count + i) * dimension;
    return this.numbers[name].subarray(at, at + dimension);
  }

  norm = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const { count, tile, dimension } = this.data;
    const narrow = total < 620;
    this.root.classList.toggle("narrow", narrow);
    const room = (narrow ? total : total - LABEL - 12) - 2;
    this.columns = narrow ? Math.min(count, 6) : count;
    this.scale = Math.max(Math.min(Math.floor(((room + GAP) / this.columns - GAP) / tile[1]), 4), 1);
    this.wide = Math.max(tile[1] * this.scale, Math.min(((room + GAP) / this.columns) - GAP, 72));
    this.cellsAcross = Math.ceil(Math.sqrt(dimension * 2));
    this.cell = Math.max(Math.floor(this.wide / this.cellsAcross), 2);
    const most = (name) => {
      let high = 1e-12;
      for (let i = 0; i < count; i++) for (const v of this.row(name, i)) high = Math.max(high, Math.abs(v));
      return high;
    };
    this.limits = { codes: most("codes"), gradient: most("gradient") };
    this.limits.moved = this.limits.codes;
    this.#words();
    for (const name of ROWS) this.#draw(name);
    this.#bars();
    this.phase(this.transport.position);
  }

  #words() {
    const { learn, loss, rate } = this.data;
    const line = (name, step, title, text) => this.words[name].replaceChildren(element("span", { class: "step" }, step), element("span", {}, element("b", {}, title), element("span", { class: "quiet" }, text)));
    line("pictures", "1", "Pictures", "a batch of the training set");
    line("codes", "2", "Codes", `each picture's own ${this.data.dimension} numbers`);
    line("generated", "3", "Generated", "what the generator makes of the codes");
    line("difference", "", "Difference", `blue too dark, orange too bright; ${loss}`);
    line("gradient", "4", "Gradient of the code", learn ? "which way to change each number" : "computed, but the codes are frozen");
    line("moved", "", "Codes after the step", learn ? `moved by ${rate}, back in bounds` : "frozen: unchanged");
  }

  #draw(name) {
    const { count, tile } = this.data;
    const [h, w] = tile;
    const pictures = ["pictures", "generated", "difference"].includes(name);
    const rows = Math.ceil(this.data.dimension / this.cellsAcross);
    const tall = pictures ? h * this.scale : rows * this.cell;
    const shown = Math.min(count, this.columns);
    const g = fitCanvas(this.canvases[name], shown * (this.wide + GAP) - GAP, tall);
    g.clearRect(0, 0, shown * (this.wide + GAP), tall);
    for (let i = 0; i < shown; i++) {
      const left = i * (this.wide + GAP) + Math.max((this.wide - (pictures ? w * this.scale : this.cellsAcross * this.cell)) / 2, 0);
      if (name === "pictures") this.#tile(g, i, left);
      else if (name === "generated") this.#tile(g, count + i, left);
      else if (name === "difference") this.#difference(g, i, left);
      else this.#cells(g, this.row(name, i), this.limits[name], left);
    }
    this.canvases[name].setAttribute("aria-label", `${this.words[name].textContent}: ${shown} pictures`);
  }

  // Left and top of tile i of this view in the sheet.
  #place(i) {
    const [h, w] = this.data.tile;
    const at = this.view * 2 * this.data.count + i;
    const across = Math.round(this.bitmap.width / w);
    return [(at % across) * w, Math.floor(at / across) * h];
  }

  #tile(g, i, left) {
    const [h, w] = this.data.tile;
    g.drawImage(this.bitmap, ...this.#place(i), w, h, left, 0, w * this.scale, h * this.scale);
  }

  #difference(g, i, left) {
    const [h, w] = this.data.tile;
    const [[x1, y1], [x2, y2]] = [this.#place(i), this.#place(this.data.count + i)];
    const values = new Float32Array(h * w);
    const at = (x, y) => 4 * (y * this.bitmap.width + x);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        for (let c = 0; c < 3; c++) values[y * w + x] += (this.pixels[at(x2 + x, y2 + y) + c] - this.pixels[at(x1 + x, y1 + y) + c]) / 765;
      }
    }
    const image = g.createImageData(w, h);
    paintInto(image.data, values, -1, 1, (v) => diverging(this.theme, v, 1));
    const small = new OffscreenCanvas(w, h);
    small.getContext("2d").putImageData(image, 0, 0);
    g.drawImage(small, left, 0, w * this.scale, h * this.scale);
  }

  #cells(g, values, limit, left) {
    values.forEach((v, i) => {
      g.fillStyle = css(diverging(this.theme, v, limit));
      g.fillRect(left + (i % this.cellsAcross) * this.cell, Math.floor(i / this.cellsAcross) * this.cell, this.cell - 1, this.cell - 1);
    });
  }

  // The gradient of the generator, one bar for each layer.
  #bars() {
    const { layers } = this.data;
    const norms = this.numbers.norms.subarray(this.view * layers.length, (this.view + 1) * layers.length);
    const most = Math.max(...norms, 1e-12);
    this.layers.replaceChildren(
      element("div", { class: "caption" }, element("span", {}, element("b", {}, "Gradient of the generator"), element("span", { class: "quiet" }, " its norm in each layer; one step moves codes and generator together"))),
      ...layers.map((name, i) => {
        const fill = element("div", { class: "fill" });
        fill.style.width = `${(100 * norms[i]) / most}%`;
        return element("div", { class: "bar-row" }, element("span", {}, name), element("div", { class: "track" }, fill), element("span", { class: "numeric" }, norms[i].toExponential(1).replace("-", "\u2212")));
      }),
    );
    this.root.dataset.loss = String(this.#mean());
  }

  #mean() {
    const { count } = this.data;
    const each = this.numbers.each.subarray(this.view * count, (this.view + 1) * count);
    return each.reduce((sum, v) => sum + v, 0) / count;
  }

  // Rows beyond the phase are not there yet; the row of the phase is the one to look at.
  phase(position) {
    for (const name of ROWS) {
      const line = this.table.querySelector(`[data-line="${name}"]`);
      line.classList.toggle("later", FIRST[name] > position);
      line.classList.toggle("now", FIRST[name] === position && position < ROWS.length - 1);
    }
    this.layers.classList.toggle("later", position < 4);
    this.root.dataset.phase = position;
    this.mark(null);
  }

  point(event) {
    const box = event.target.getBoundingClientRect();
    const i = Math.floor((event.clientX - box.left) / (this.wide + GAP));
    this.mark(Math.min(Math.max(i, 0), Math.min(this.data.count, this.columns) - 1));
  }

  mark(i) {
    const { count } = this.data;
    if (i === null) {
      this.said.textContent = `Mean loss of these ${count} pictures ${number(this.#mean(), 4)}. Point at one for its numbers.`;
      return;
    }
    const [before, after, gradient] = ["codes", "moved", "gradient"].map((name) => this.norm(this.row(name, i)));
    const each = this.numbers.each[this.view * count + i];
    this.said.textContent = `Picture ${i + 1}: loss ${number(each, 4)}, ‖z‖ ${number(before, 3)} → ${number(after, 3)}, ‖gradient‖ ${gradient.toExponential(1).replace("-", "\u2212")}`;
  }
}

export default mounted(View);
