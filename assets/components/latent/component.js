// A walk between training pictures: real decodes under the pointer, the pixel blend beside it, the nearest training
// pictures below. The generator runs here, from its own weights; Python hears where the walk came to rest.

import { button, element, saveCanvas } from "../common/dom.js";
import { number } from "../common/format.js";
import { drawPicture, strip } from "../common/generator.js";
import { GeneratorView } from "../common/generator_view.js";
import { blend, cornerWeights, norm, path } from "../common/latent.js";
import { arrives, mounted } from "../common/mounted.js";
import { fitCanvas } from "../common/sprites.js";
import { css, diverging } from "../common/theme.js";
import { inTurns } from "../common/turns.js";
import { Pad } from "./pad.js";

const QUIET = 300; // ms without a move before Python hears of the place
const NEAREST = 6;
const OFFERED = 48; // pictures to choose a corner from
const NAMES = ["A", "B", "C", "D"];
const GAP = 20; // between the three pictures
const MOST_SIDE = 340;

class View extends GeneratorView {
  constructor(root, host) {
    super(root, host);
    this.pad = new Pad(element("canvas", { "data-part": "pad" }), (at, done) => this.move(at, done));
    const picture = (part, title, note) => {
      const canvas = element("canvas", { role: "img", class: "still", "data-part": part });
      return { canvas, box: element("figure", {}, element("figcaption", {}, element("b", {}, title), element("span", { class: "quiet" }, note)), canvas) };
    };
    this.decoded = picture("decoded", "Decoded", "from the blended code");
    this.blended = picture("blended", "Cross-fade", "of the blended pixels");
    this.code = element("canvas", { role: "img", class: "still code" });
    this.codeText = element("div", { class: "quiet numeric" });
    this.near = element("div", { class: "near" });
    this.corners = element("div", { class: "corners" });
    this.gallery = element("div", { class: "gallery", hidden: true });
    this.strip = element("div", { class: "strip" });
    const shuffle = element("button", { type: "button", "data-part": "shuffle" }, "Other corners");
    shuffle.onclick = () => this.shuffle();
    const padBox = element("figure", { class: "padbox" }, element("figcaption", {}, element("b", {}, "Latent pad"), element("span", { class: "quiet" }, "drag the ring")), this.pad.canvas);
    this.stage = element("div", { class: "stage" }, padBox, this.decoded.box, this.blended.box);
    this.below = element("div", { class: "below" }, element("div", { class: "chips" }, this.corners, shuffle), element("div", { class: "right" }, element("div", { class: "codebox" }, this.code, this.codeText), this.near));
    root.replaceChildren(this.message, this.stage, this.below, this.gallery, this.strip, this.live);
  }

  dispose() {
    super.dispose();
    this.pad.dispose();
    clearTimeout(this.nearTimer);
    this.stopFilm?.();
  }

  take(data) {
    const other = this.data?.model !== data.model;
    const given = arrives(this, data) || other;
    this.samples = data.samples.getChildAt(0).toArray();
    if (other) Object.assign(this, { training: null, missing: false });
    if (given || JSON.stringify(this.data.corners) !== JSON.stringify(data.corners)) this.chosen = [...data.corners];
    if (given || this.data.corners.length !== data.corners.length) this.at = [...data.at];
    this.data = data;
  }

  async shown(data) {
    if (!this.training) {
      if (!(await this.loadTraining(data))) return;
      this.missing = !this.training;
      if (this.missing) this.message.textContent = "The training pictures did not arrive; decoding works without them.";
    }
    this.#chips();
    this.layout();
    this.root.dataset.pictures = "true";
  }

  get codes() {
    return this.chosen.map((index) => this.#codeOf(index));
  }

  // Corners are training pictures by their number; numbers beyond them are samples.
  #codeOf(index) {
    const { generator, samples } = this;
    if (index < generator.count) return generator.code(index);
    const size = generator.code(0).length;
    return Float64Array.from(samples.subarray((index - generator.count) * size, (index - generator.count + 1) * size));
  }

  #sampled = (index) => index >= this.generator.count;

  // Cross-fade of corners: of a sample there is no picture but its decode.
  #fade(indices, weights) {
    if (!indices.some(this.#sampled)) return this.training.blend(indices, weights);
    const found = new Float32Array(this.training.size);
    indices.forEach((index, k) => {
      const picture = this.#sampled(index) ? this.generator.decode(this.#codeOf(index)) : this.training.blend([index], [1]);
      for (let p = 0; p < found.length; p++) found[p] += weights[k] * picture[p];
    });
    return found;
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const narrow = total < 560;
    for (const box of [this.stage, this.below]) box.classList.toggle("narrow", narrow);
    const { width, height } = this.generator;
    const each = narrow ? (total - GAP) / 2 : (total - 2 * GAP) / 3;
    this.scale = Math.max(Math.floor(Math.min(each, MOST_SIDE) / Math.max(width, height)), 1);
    const side = narrow ? total - 4 : Math.min(total - 2 * (width * this.scale + GAP), 1.5 * MOST_SIDE);
    this.pad.point = this.at;
    this.pad.show(this.generator, this.codes, this.data.how, side, Math.max(Math.floor((narrow ? side / 6 : each / 4) / width), 1), this.theme);
    this.below.style.gridTemplateColumns = narrow ? "1fr" : `${Math.max(this.pad.size[0], 264)}px 1fr`;
    this.show();
    this.#film();
  }

  move(at, done) {
    this.at = at;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.show();
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("at", this.at), done ? QUIET : 3 * QUIET);
    if (done) this.live.textContent = this.codeText.textContent;
  }

  // Everything that depends on the point.
  show() {
    const started = performance.now();
    const { generator } = this;
    const code = blend(this.codes, ...this.at, this.data.how);
    this.picture = generator.decode(code);
    const took = performance.now() - started;
    drawPicture(this.decoded.canvas, this.picture, generator, this.scale);
    this.weights = cornerWeights(this.chosen.length, ...this.at);
    if (this.training) drawPicture(this.blended.canvas, this.#fade(this.chosen, this.weights), generator, this.scale);
    this.pad.draw(this.at);
    this.#code(code);
    const share = this.weights.map((w, i) => `${Math.round(100 * w)} % ${NAMES[i]}`).join(", ");
    this.decoded.canvas.setAttribute("aria-label", `Decoded picture at ${share}`);
    this.blended.canvas.setAttribute("aria-label", `Cross-fade of ${share}`);
    Object.assign(this.root.dataset, { milliseconds: took.toFixed(2), decodes: Number(this.root.dataset.decodes ?? 0) + 1, at: this.at.join(","), norm: norm(code) });
    clearTimeout(this.nearTimer);
    this.nearTimer = setTimeout(() => this.#nearest(), 60);
  }

  // The code as cells, blue below 0 and orange above, on the scale of the corners.
  #code(code) {
    const limit = Math.max(...this.codes.flatMap((corner) => Array.from(corner, Math.abs)), 1e-6);
    const cell = Math.max(Math.floor(Math.min(this.root.clientWidth - 8, 2 * this.generator.width * this.scale + GAP) / code.length), 3);
    const g = fitCanvas(this.code, cell * code.length, 16);
    code.forEach((v, i) => {
      g.fillStyle = css(diverging(this.theme, v, limit));
      g.fillRect(i * cell, 0, cell - (cell > 4 ? 1 : 0), 16);
    });
    const length = norm(code);
    this.codeText.textContent = `code of ${code.length} numbers, length ${number(length, 3)}${length > 1.0005 ? ", outside the ball" : ""}`;
    this.code.setAttribute("aria-label", this.codeText.textContent);
  }

  #nearest() {
    if (!this.training) return;
    const found = this.training.nearest(this.picture, NEAREST);
    const scale = Math.max(Math.floor(56 / this.generator.width), 1);
    this.near.replaceChildren(
      element("div", { class: "head" }, element("b", {}, "Nearest training pictures"), element("span", { class: "quiet" }, "by pixels, with the RMS difference")),
      element("div", { class: "row" }, ...found.map(({ index, distance }) => this.#tile(index, scale, number(distance, 3)))),
    );
    this.root.dataset.nearest = found.map(({ index }) => index).join(",");
  }

  #tile(index, scale, text) {
    const canvas = element("canvas", { role: "img", class: "still", "aria-label": `${this.#name(index)}: ${text}` });
    const g = fitCanvas(canvas, this.generator.width * scale, this.generator.height * scale);
    if (this.#sampled(index)) drawPicture(canvas, this.generator.decode(this.#codeOf(index)), this.generator, scale);
    else this.training.draw(g, index, 0, 0, scale);
    return element("div", { class: "tile" }, canvas, element("span", { class: "numeric" }, text));
  }

  #name(index) {
    if (this.#sampled(index)) return `sample ${index - this.generator.count + 1}`;
    const label = this.data.classes?.[this.data.labels?.[index]];
    return `picture ${index + 1}${label ? `, ${label}` : ""}`;
  }

  #chips() {
    if (!this.training) return;
    const scale = Math.max(Math.floor(56 / this.generator.width), 1);
    this.corners.replaceChildren(
      ...this.chosen.map((index, corner) => {
        const tile = this.#tile(index, scale, NAMES[corner]);
        const chip = element("button", { type: "button", title: `Corner ${NAMES[corner]}: ${this.#name(index)}. Choose another`, "data-corner": NAMES[corner] }, tile);
        chip.setAttribute("aria-label", chip.title);
        chip.onclick = () => this.offer(corner);
        return chip;
      }),
    );
  }

  // Pictures to choose from for one corner, a new handful on each opening.
  offer(corner) {
    if (!this.gallery.hidden && this.offering === corner) return this.closeGallery();
    this.offering = corner;
    const { count } = this.training;
    const first = count <= OFFERED ? 0 : Math.floor(Math.random() * (count - OFFERED));
    const scale = Math.max(Math.floor(50 / this.generator.width), 1);
    const offered = (from, length) => Array.from({ length }, (_, i) => from + i).map((index) => {
      const tile = element("button", { type: "button", class: "pick", "aria-label": `Take ${this.#name(index)}` }, this.#tile(index, scale, "").firstChild);
      tile.onclick = () => {
        this.choose(this.chosen.map((now, i) => (i === corner ? index : now)));
        this.closeGallery();
      };
      return tile;
    });
    const head = (text) => element("div", { class: "head" }, element("b", {}, `Corner ${NAMES[corner]}`), element("span", { class: "quiet" }, text));
    const tiles = offered(first, Math.min(OFFERED, count));
    const samples = offered(count, this.samples.length / this.codes[0].length);
    this.gallery.replaceChildren(head("Choose a training picture,"), element("div", { class: "row" }, ...tiles), head("or a sample of the Gaussian fitted to all codes."), element("div", { class: "row" }, ...samples));
    this.gallery.hidden = false;
    tiles[0].focus();
    this.gallery.onkeydown = (event) => event.key === "Escape" && this.closeGallery();
  }

  closeGallery() {
    this.gallery.hidden = true;
    this.corners.children[this.offering]?.focus();
  }

  shuffle() {
    const { count } = this.generator;
    const found = new Set();
    while (found.size < Math.min(this.chosen.length, count)) found.add(Math.floor(Math.random() * count));
    this.choose([...found]);
  }

  choose(corners) {
    this.chosen = corners;
    this.#chips();
    this.layout();
    this.send("corners", corners);
  }

  // Frames of the path from the first corner to the second, and of the cross-fade, a few at a time.
  #film() {
    const { generator, data } = this;
    const key = JSON.stringify([data.model, this.chosen.slice(0, 2), data.how, data.steps]);
    if (key !== this.filmed) Object.assign(this, { filmed: key, frames: [] });
    const codes = path(this.codes[0], this.codes[1], data.steps, data.how);
    const lanes = [["Along the code", (i) => (this.frames[i] ??= generator.decode(codes[i]))]];
    const share = (i) => i / (data.steps - 1);
    if (this.training) lanes.push(["Cross-fade", (i) => this.#fade(this.chosen.slice(0, 2), [1 - share(i), share(i)])]);
    else if (!this.missing) lanes.push(["Cross-fade", null]); // its room, until the training pictures are here
    const room = this.root.clientWidth - 2;
    const scale = Math.max(Math.min(Math.floor((room - 3 * (data.steps - 1)) / data.steps / generator.width), 4), 1);
    const drawn = lanes.map(([title, picture]) => {
      const canvas = element("canvas", { role: "img", class: "still", "aria-label": `${title} from A to B in ${data.steps} steps` });
      return { title, picture, canvas, draw: strip(canvas, data.steps, generator, { scale, gap: 3, room }) };
    });
    const fill = (i) => drawn.forEach(({ picture, draw }) => picture && draw(i, picture(i)));
    const save = button("save", "Save both strips as PNG", () => {
      for (let i = 0; i < data.steps; i++) fill(i); // what is not drawn yet
      this.saveStrip(drawn.filter(({ picture }) => picture).map(({ canvas }) => canvas));
    });
    this.strip.replaceChildren(
      element("div", { class: "head" }, element("span", {}, element("b", {}, "From A to B "), element("span", { class: "quiet" }, `in ${data.steps} steps`)), save),
      ...drawn.map(({ title, canvas }) => element("div", { class: "lane" }, element("span", { class: "quiet" }, title), canvas)),
    );
    this.stopFilm?.();
    this.stopFilm = inTurns(data.steps, fill);
  }

  saveStrip(canvases) {
    const width = Math.max(...canvases.map((canvas) => canvas.width));
    const target = element("canvas", { width, height: canvases.reduce((sum, canvas) => sum + canvas.height + 8, -8) });
    const g = target.getContext("2d");
    let top = 0;
    for (const canvas of canvases) {
      g.drawImage(canvas, 0, top);
      top += canvas.height + 8;
    }
    saveCanvas(target, `${this.data.name}-strip.png`);
  }
}

export default mounted(View);
