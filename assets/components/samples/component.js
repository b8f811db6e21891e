// Samples from a Gaussian fitted to the codes: the same noise at any temperature, and what each sample resembles.

import { button, element, saveCanvas } from "../common/dom.js";
import { number } from "../common/format.js";
import { drawPicture, drawStrip } from "../common/generator.js";
import { GeneratorView } from "../common/generator_view.js";
import { norm, project } from "../common/latent.js";
import { arrives, mounted } from "../common/mounted.js";
import { fitCanvas } from "../common/sprites.js";

const QUIET = 350;
const GAP = 4;

class View extends GeneratorView {
  constructor(root, host) {
    super(root, host);
    this.input = element("input", { type: "range", min: "0", max: "2", step: "0.05", "aria-label": "Temperature" });
    this.input.oninput = () => this.heat(Number(this.input.value));
    this.input.onkeydown = (event) => event.stopPropagation(); // the arrow keys also step through a lesson
    this.readout = element("span", { class: "numeric" });
    this.canvas = element("canvas", { "data-part": "samples", tabIndex: 0, role: "application" });
    this.canvas.onclick = (event) => this.pick(this.#under(event));
    this.canvas.onkeydown = (event) => this.#key(event);
    const save = button("save", "Save the samples as PNG", () => saveCanvas(this.canvas, "samples.png"));
    this.side = element("div", { class: "side" });
    const bar = element("label", { class: "heat" }, element("span", {}, "Temperature"), this.input, this.readout);
    this.stage = element("div", { class: "stage" }, element("div", {}, element("div", { class: "bar" }, bar, save), this.canvas), this.side);
    root.replaceChildren(this.message, this.stage, this.live);
  }

  dispose() {
    super.dispose();
    clearTimeout(this.work);
  }

  take(data) {
    const other = this.data?.model !== data.model;
    const read = (name) => data[name].getChildAt(0).toArray();
    Object.assign(this, { data, mean: read("mean"), factor: read("factor"), noise: read("noise") });
    if (other) this.training = null;
    if (arrives(this, data) || other) {
      this.temperature = data.temperature;
      this.chosen = 0;
    }
  }

  async shown(data) {
    if (!this.training && (await this.loadTraining(data))) this.pick(this.chosen);
  }

  // Code of sample i: mean + temperature * factor * noise.
  code(i) {
    const d = this.generator.dimension;
    const code = new Float64Array(d);
    for (let row = 0; row < d; row++) {
      let sum = 0;
      for (let column = 0; column <= row; column++) sum += this.factor[row * d + column] * this.noise[i * d + column];
      code[row] = this.mean[row] + this.temperature * sum;
    }
    return this.data.keep ? project(code) : code;
  }

  heat(temperature) {
    this.temperature = temperature;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.show();
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("temperature", this.temperature), QUIET);
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const narrow = total < 620;
    this.stage.classList.toggle("narrow", narrow);
    const room = (narrow ? total : total - 214) - 2;
    const scaleFor = (across) => Math.floor(((room + GAP) / across - GAP) / this.generator.width);
    this.across = [this.data.across, 6, 4].find((across) => scaleFor(across) >= 2) ?? 4;
    this.scale = Math.max(Math.min(scaleFor(this.across), 4), 1);
    this.show();
  }

  show() {
    const { generator, scale, across, data } = this;
    this.input.value = String(this.temperature);
    this.readout.textContent = number(this.temperature, 2);
    this.codes = Array.from({ length: data.count }, (_, i) => this.code(i));
    this.pictures = this.codes.map((code) => generator.decode(code));
    drawStrip(this.canvas, this.pictures, generator, { scale, gap: GAP, room: 1e4, most: across });
    this.canvas.setAttribute("aria-label", `${data.count} samples at temperature ${number(this.temperature, 2)}. Arrow keys choose one.`);
    const lengths = this.codes.map(norm);
    Object.assign(this.root.dataset, { temperature: this.temperature, norm: lengths.reduce((a, b) => a + b, 0) / lengths.length });
    this.pick(this.chosen, true);
  }

  #under(event) {
    const box = this.canvas.getBoundingClientRect();
    const [w, h] = [this.generator.width * this.scale + GAP, this.generator.height * this.scale + GAP];
    const i = Math.floor((event.clientY - box.top) / h) * this.across + Math.min(Math.floor((event.clientX - box.left) / w), this.across - 1);
    return Math.min(Math.max(i, 0), this.data.count - 1);
  }

  #key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across, ArrowDown: this.across }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.pick(Math.min(Math.max(this.chosen + by, 0), this.data.count - 1));
    this.live.textContent = this.side.textContent;
  }

  // Mark a sample; show it large with the training picture it is nearest to, once the pointer rests.
  pick(i, soon = false) {
    const again = this.chosen !== i;
    this.chosen = i;
    if (again) drawStrip(this.canvas, this.pictures, this.generator, { scale: this.scale, gap: GAP, room: 1e4, most: this.across });
    const g = this.canvas.getContext("2d");
    const [w, h] = [this.generator.width * this.scale, this.generator.height * this.scale];
    g.strokeStyle = this.theme.accent;
    g.lineWidth = 3;
    g.strokeRect((i % this.across) * (w + GAP) + 1.5, Math.floor(i / this.across) * (h + GAP) + 1.5, w - 3, h - 3);
    clearTimeout(this.work);
    this.work = setTimeout(() => this.#resemble(i), soon ? 120 : 0);
  }

  #resemble(i) {
    const { generator } = this;
    const scale = Math.max(Math.floor(170 / generator.width), 1);
    const large = element("canvas", { role: "img", class: "still", "aria-label": `Sample ${i + 1}` });
    drawPicture(large, this.pictures[i], generator, scale);
    const parts = [element("div", { class: "head" }, element("b", {}, `Sample ${i + 1}`)), large];
    parts.push(element("div", { class: "quiet numeric" }, `‖z‖ = ${number(norm(this.codes[i]), 3)}`));
    if (this.training) {
      const [{ index, distance }] = this.training.nearest(this.pictures[i], 1);
      const twin = element("canvas", { role: "img", class: "still", "aria-label": `Nearest training picture, number ${index + 1}` });
      this.training.draw(fitCanvas(twin, generator.width * scale, generator.height * scale), index, 0, 0, scale);
      parts.push(element("div", { class: "head" }, element("b", {}, "Nearest training picture")), twin, element("div", { class: "quiet numeric" }, `RMS difference ${number(distance, 3)}`));
      this.root.dataset.nearest = index;
    }
    this.side.replaceChildren(...parts);
    this.root.dataset.chosen = i;
  }
}

export default mounted(View);
