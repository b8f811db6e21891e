// Leave a code along directions: principal ones, or what tells pictures with something from pictures without it.
// Sliders move a code, the generator decodes it here; a grid shows two directions at once.

import { button, element, saveCanvas } from "../common/dom.js";
import { number } from "../common/format.js";
import { drawPicture, drawStrip, tile } from "../common/generator.js";
import { GeneratorView } from "../common/generator_view.js";
import { add, norm, project } from "../common/latent.js";
import { arrives, mounted } from "../common/mounted.js";
import { fitCanvas } from "../common/sprites.js";
import { inTurns } from "../common/turns.js";

const QUIET = 350; // ms without a move before Python hears of the sliders
const GAP = 3;
const LEFT = 300; // CSS pixels for the sliders and the two pictures
const STRIP = 9; // frames over the range of a single slider

class View extends GeneratorView {
  constructor(root, host) {
    super(root, host);
    this.sliders = element("div", { class: "sliders" });
    this.start = element("canvas", { role: "img", class: "still" });
    this.result = element("canvas", { role: "img", class: "still", "data-part": "result" });
    this.resultText = element("div", { class: "quiet numeric" });
    const other = element("button", { type: "button", "data-part": "other" }, "Another picture");
    other.onclick = () => this.rebase(Math.floor(Math.random() * this.generator.count));
    const reset = element("button", { type: "button", "data-part": "reset" }, "Back to 0");
    reset.onclick = () => this.set(this.values.map(() => 0));
    const figure = (title, canvas, ...more) => element("figure", {}, element("figcaption", {}, element("b", {}, title)), canvas, ...more);
    this.equation = element("div", { class: "equation" });
    this.pictures = element("div", { class: "pictures" }, figure("From", this.start), figure("To", this.result, this.resultText));
    this.grid = element("canvas", { "data-part": "grid" });
    this.grid.tabIndex = 0;
    this.grid.setAttribute("role", "img");
    this.gridHead = element("div", { class: "head" });
    this.gridBox = element("div", { class: "gridbox" }, this.gridHead, this.grid);
    this.grid.onclick = (event) => this.#take(event);
    this.strip = element("canvas", { role: "img", class: "still", "data-part": "strip" });
    this.stripBox = element("div", { class: "stripbox" }, element("div", { class: "head" }, element("b", {}, "From one end of the slider to the other")), this.strip);
    const left = element("div", { class: "left" }, this.equation, this.sliders, element("div", { class: "actions" }, other, reset));
    this.right = element("div", { class: "right" }, this.gridBox);
    this.left = left;
    this.stage = element("div", { class: "stage" }, left, this.right);
    root.replaceChildren(this.message, this.stage, this.stripBox, this.live);
  }

  dispose() {
    super.dispose();
    this.stopGrid?.();
  }

  take(data) {
    const given = arrives(this, data) || this.data?.id !== data.id;
    const flat = data.vectors.getChildAt(0).toArray();
    const d = this.generator.dimension;
    this.vectors = data.names.map((_, k) => flat.subarray(k * d, (k + 1) * d));
    if (given) {
      this.base = data.base;
      this.values = [...data.values];
      this.axes = [0, 1];
    }
    this.data = data;
    this.#sliders();
    this.#gridHead();
  }

  // The code the sliders stand for.
  code(values = this.values) {
    let code = Float64Array.from(this.generator.code(this.base));
    values.forEach((v, k) => (code = add(code, this.vectors[k], v)));
    return this.data.keep ? project(code) : code;
  }

  #sliders() {
    const { names, low, high, step } = this.data;
    this.inputs = names.map((name, k) => {
      const input = element("input", { type: "range", min: String(low), max: String(high), step: String(step), value: String(this.values[k]), "aria-label": name });
      input.oninput = () => this.set(this.values.map((v, i) => (i === k ? Number(input.value) : v)));
      input.onkeydown = (event) => event.stopPropagation(); // the arrow keys also step through a lesson
      return input;
    });
    this.readouts = names.map(() => element("span", { class: "numeric" }));
    this.sliders.replaceChildren(...names.map((name, k) => element("label", {}, element("span", {}, name), this.inputs[k], this.readouts[k])));
  }

  #gridHead() {
    const { names } = this.data;
    this.gridBox.hidden = names.length < 2;
    if (names.length < 2) return;
    const select = (axis, label) => {
      const node = element("select", { "aria-label": label });
      names.forEach((name, k) => node.append(element("option", { value: String(k), selected: this.axes[axis] === k }, name)));
      node.onchange = () => {
        this.axes[axis] = Number(node.value);
        this.drawGrid();
      };
      return node;
    };
    const save = button("save", "Save the grid as PNG", () => saveCanvas(this.grid, "latent-grid.png"));
    this.gridHead.replaceChildren(element("b", {}, "Two directions"), select(0, "Across"), element("span", { class: "quiet" }, "across,"), select(1, "Down"), element("span", { class: "quiet" }, "down"), save);
  }

  set(values) {
    this.values = values;
    this.inputs.forEach((input, k) => (input.value = String(values[k])));
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.show();
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("moved", { base: this.base, values: this.values }), QUIET);
  }

  rebase(index) {
    this.base = index;
    this.#start();
    this.set(this.values);
    this.drawGrid();
    this.#strip();
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const narrow = total < 600;
    this.stage.classList.toggle("narrow", narrow);
    const { width } = this.generator;
    const several = this.data.names.length > 1;
    (several ? this.left : this.right).prepend(this.pictures);
    const beside = several ? LEFT : total - LEFT - 28;
    const room = ((narrow ? total : beside) - 20) / 2;
    this.scale = Math.max(Math.floor(Math.min(room, 260) / width), 1);
    const cells = narrow ? total : total - LEFT - 28;
    const scaleFor = (count) => Math.floor(((cells + GAP) / count - GAP) / width);
    this.cells = scaleFor(7) >= 2 ? 7 : 5;
    this.gridScale = Math.max(Math.min(scaleFor(this.cells), 4), 1);
    this.stripBox.hidden = several;
    this.#start();
    this.#equation();
    this.show();
    this.drawGrid();
    this.#strip();
  }

  #start() {
    drawPicture(this.start, this.generator.decode(this.generator.code(this.base)), this.generator, this.scale);
    this.start.setAttribute("aria-label", `Training picture ${this.base + 1} as its code decodes`);
  }

  show() {
    const code = this.code();
    drawPicture(this.result, this.generator.decode(code), this.generator, this.scale);
    this.readouts.forEach((node, k) => (node.textContent = number(this.values[k], 1)));
    const length = norm(code);
    this.resultText.textContent = `‖z‖ = ${number(length, 3)}${length > 1.0005 ? ", outside the ball" : ""}`;
    this.result.setAttribute("aria-label", `Decoded picture, ${this.resultText.textContent}`);
    Object.assign(this.root.dataset, { base: this.base, values: this.values.join(","), norm: length });
  }

  // Mean with, minus mean without, plus the picture: as pictures.
  #equation() {
    const { equation } = this.data;
    this.equation.hidden = !equation;
    if (!equation) return;
    const scale = Math.max(Math.floor(64 / this.generator.width), 1);
    const part = (code, text) => {
      const canvas = element("canvas", { role: "img", class: "still", "aria-label": text });
      drawPicture(canvas, this.generator.decode(code), this.generator, scale);
      return element("div", { class: "part" }, canvas, element("span", { class: "quiet" }, text));
    };
    const sign = (text) => element("span", { class: "sign" }, text);
    this.equation.replaceChildren(part(equation.with, equation.title), sign("\u2212"), part(equation.without, equation.other));
  }

  // Decodes over the range of a single slider.
  #strip() {
    if (this.stripBox.hidden) return;
    const { low, high } = this.data;
    const room = this.root.clientWidth - 2;
    const scale = Math.max(Math.min(Math.floor(((room + GAP) / STRIP - GAP) / this.generator.width), 3), 1);
    const frames = Array.from({ length: STRIP }, (_, i) => this.generator.decode(this.code([low + ((high - low) * i) / (STRIP - 1)])));
    drawStrip(this.strip, frames, this.generator, { scale, gap: GAP, room });
    this.strip.setAttribute("aria-label", `${STRIP} decoded pictures, ${this.data.names[0]} from ${low} to ${high}`);
  }

  // Decodes over the range of two sliders, a few at a time.
  drawGrid() {
    this.stopGrid?.();
    if (this.gridBox.hidden) return;
    const { low, high } = this.data;
    const { generator, gridScale: scale } = this;
    const [w, h] = [generator.width * scale, generator.height * scale];
    const g = fitCanvas(this.grid, this.cells * (w + GAP) - GAP, this.cells * (h + GAP) - GAP);
    const [a, b] = this.axes;
    this.grid.setAttribute("aria-label", `Decoded pictures: ${this.data.names[a]} from left to right, ${this.data.names[b]} from top to bottom`);
    const fill = (i) => {
      const [column, row] = [i % this.cells, Math.floor(i / this.cells)];
      const at = (step) => low + ((high - low) * step) / (this.cells - 1);
      const values = this.values.map(() => 0);
      values[a] = at(column);
      values[b] = at(row) + (a === b ? at(column) : 0);
      g.drawImage(tile(generator.decode(this.code(values)), generator), column * (w + GAP), row * (h + GAP), w, h);
    };
    this.stopGrid = inTurns(this.cells ** 2, fill, (finished) => {
      if (finished) this.root.dataset.grid = String(Number(this.root.dataset.grid ?? 0) + 1);
    });
  }

  #take(event) {
    const box = this.grid.getBoundingClientRect();
    const { low, high } = this.data;
    const at = (share) => low + ((high - low) * Math.min(Math.floor(share * this.cells), this.cells - 1)) / (this.cells - 1);
    const values = this.values.map(() => 0);
    values[this.axes[0]] = at((event.clientX - box.left) / box.width);
    values[this.axes[1]] = at((event.clientY - box.top) / box.height);
    this.set(values);
  }
}

export default mounted(View);
