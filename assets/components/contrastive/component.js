// The loss, touched: a small batch with two views each, h, the projection z, all pairs, one row against everybody.
// h and z come from torch; similarities, softmax, losses and forces are computed here, with every move of the
// temperature. Python hears of the temperature and the pinned row when they have come to rest.

import { element, still } from "../common/dom.js";
import { number } from "../common/format.js";
import { STEPS, clamp } from "../common/maps.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { css, diverging, readTheme } from "../common/theme.js";
import { Dial } from "./dial.js";
import { Matrix } from "./matrix.js";
import { Bars, strip } from "./rows.js";
import { moved, positive, similarities, spread, terms, unitRows } from "./terms.js";

const QUIET = 250; // ms without a change before Python hears of it
const MODES = { similarity: "Similarity", probability: "Softmax", force: "Pull and push" };
const [COLDEST, WARMEST] = [0.02, 2];
const RATE = 0.6; // of a free step, times pairs: about two degrees at the start
const PICTURES = 4; // nearest negatives whose pictures the dial shows
const column = (table) => Float32Array.from(table.getChildAt(0).toArray());
const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
const onScale = (temperature) => (100 * Math.log(temperature / COLDEST)) / Math.log(WARMEST / COLDEST);
const fromScale = (place) => Number((COLDEST * (WARMEST / COLDEST) ** (place / 100)).toPrecision(2));

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, mode: "similarity", row: 0, column: null, pinned: false, timer: 0 });
    this.matrix = new Matrix(element("canvas", { "data-part": "matrix" }), {
      label: "All pairs of views. Arrow keys move the cell, Enter pins its row, Escape lets it go.",
      onPoint: (cell) => this.point(...(cell ?? []).map((place) => this.index(place))),
      onPick: ([place]) => this.pin(this.index(place)),
      onKey: (event) => this.key(event),
    });
    this.dial = new Dial(element("canvas", { "data-part": "dial" }), (index) => this.point(this.row, index));
    this.bars = new Bars(element("canvas", { "data-part": "softmax" }), (place) => this.point(this.row, this.index(place)));
    this.modes = element("div", { class: "modes", role: "group", "aria-label": "What the cells show" });
    for (const [mode, title] of Object.entries(MODES)) {
      const choose = element("button", { type: "button", "data-mode": mode }, title);
      choose.onclick = () => this.choose(mode);
      this.modes.append(choose);
    }
    this.slider = element("input", { type: "range", min: "0", max: "100", step: "0.5", "aria-label": "Temperature" });
    this.slider.oninput = () => this.warm(fromScale(Number(this.slider.value)));
    this.warmth = element("b", { class: "numeric" });
    this.free = element("button", { type: "button", class: "free", title: "Move the z of every view down the gradient, without a network" });
    this.free.onclick = () => (this.timer ? this.halt() : this.release());
    this.back = element("button", { type: "button", class: "back", hidden: true }, "Put z back");
    this.back.onclick = () => this.reset();
    const temperature = element("label", { class: "temperature" }, element("span", {}, "Temperature ", this.warmth), this.slider);
    this.totals = element("div", { class: "totals" });
    this.legend = element("div", { class: "caption" });
    this.head = element("div", { class: "head" });
    this.term = element("div", { class: "term" });
    this.chain = element("div", { class: "chain" });
    this.left = element("div", { class: "side" }, this.matrix.canvas, this.legend);
    const right = element("div", { class: "side" }, this.head, this.dial.canvas, this.bars.canvas, this.term);
    this.stage = element("div", { class: "stage" }, this.left, right);
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    const bar = element("div", { class: "bar" }, this.modes, temperature, element("div", { class: "frees" }, this.free, this.back));
    root.replaceChildren(bar, this.totals, this.stage, this.chain, this.live);
    this.observer = watchWidth(this, () => this.terms);
  }

  dispose() {
    this.halt();
    this.observer.disconnect();
    clearTimeout(this.quiet);
  }

  async update({ data, setStateValue }) {
    this.send = setStateValue;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const fresh = this.settings?.shape !== data.shape;
    this.theme = readTheme(this.host);
    if (fresh) {
      const atlas = await this.fetch(data.atlas);
      if (turn !== this.turn || !atlas) return; // a newer update overtook this one while its pictures loaded
      this.atlas = atlas;
      this.halt();
    }
    this.settings = data;
    this.rows = 2 * data.pairs;
    if (arrives(this, data)) {
      this.temperature = data.temperature;
      this.pinned = data.row !== null;
      this.row = data.row ?? 0;
      this.mode = data.mode;
    }
    this.row = clamp(this.row, this.rows - 1);
    if (fresh) {
      this.h = column(data.h);
      this.start = unitRows(column(data.z), this.rows, data.width);
      this.reset();
    } else this.compute();
    this.layout();
  }

  async fetch(address) {
    try {
      const answer = await fetch(new URL(address, document.baseURI));
      if (!answer.ok) throw new Error(`picture ${answer.status}`);
      return await createImageBitmap(await answer.blob());
    } catch {
      this.live.classList.remove("hidden");
      this.live.textContent = "The pictures did not arrive. Check the connection and reload the page.";
      return null;
    }
  }

  compute() {
    this.similarity = similarities(this.unit, this.rows, this.settings.width);
    this.terms = terms(this.similarity, this.rows, this.temperature);
  }

  // Views stand in pairs, as the eye wants them: 0, N, 1, N + 1, ...; `index` is the row of z, `place` where it stands.
  index(place) {
    if (place === null || place === undefined) return null;
    return place % 2 ? this.rows / 2 + (place - 1) / 2 : place / 2;
  }

  place(index) {
    const half = this.rows / 2;
    return index < half ? 2 * index : 2 * (index - half) + 1;
  }

  name(index) {
    const half = this.rows / 2;
    return `${(index % half) + 1}${index < half ? "a" : "b"}`;
  }

  // --- what the user does -------------------------------------------------------------------------------------------

  choose(mode) {
    this.mode = mode;
    this.show();
    this.settle();
  }

  warm(temperature) {
    this.temperature = temperature;
    this.terms = terms(this.similarity, this.rows, temperature);
    this.schedule();
    this.settle();
  }

  point(row = null, other = null) {
    if (row !== null && !this.pinned) this.row = row;
    this.column = other === this.row ? null : other;
    this.schedule();
  }

  pin(row) {
    this.pinned = !(this.pinned && row === this.row);
    this.row = row;
    if (this.column === row) this.column = null;
    this.show();
    this.settle();
    this.live.textContent = this.sentence;
  }

  key(event) {
    const move = STEPS[event.key];
    if (!move && !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    if (event.key === "Enter") this.pin(this.row);
    else if (event.key === "Escape") {
      this.pinned = false;
      this.settle();
    } else {
      const most = this.rows - 1;
      this.row = this.index(clamp(this.place(this.row) + move[0], most));
      const at = this.column === null ? positive(this.row, this.rows) : this.column;
      this.column = this.index(clamp(this.place(at) + move[1], most));
      if (this.column === this.row) this.column = this.index(clamp(this.place(this.column) + (move[1] || 1), most));
    }
    this.show();
    this.live.textContent = this.sentence;
  }

  // z without a network: every row goes down the gradient along the sphere, about thirty steps a second.
  release() {
    const rate = RATE * this.rows * Math.min(this.temperature, 0.5);
    let last = 0;
    const tick = (now) => {
      this.timer = requestAnimationFrame(tick);
      if (now - last < (still() ? 500 : 33)) return;
      last = now;
      this.unit = moved(this.unit, this.rows, this.settings.width, this.terms.force, rate);
      this.back.hidden = false;
      this.compute();
      this.show();
    };
    this.timer = requestAnimationFrame(tick);
    this.show();
  }

  halt() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    if (this.terms) this.show();
  }

  reset() {
    this.halt();
    this.unit = this.start;
    this.back.hidden = true;
    this.compute();
    if (this.laidOut) this.show();
  }

  settle() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.send("temperature", this.temperature);
      this.send("row", this.pinned ? this.row : null);
      this.send("mode", this.mode);
    }, QUIET);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.show();
    });
  }

  // --- drawing ------------------------------------------------------------------------------------------------------

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const stacked = total < 620;
    this.stage.classList.toggle("stacked", stacked);
    const side = stacked ? total : Math.min(total * 0.52, 470);
    this.matrix.resize(side, this.rows);
    this.left.style.width = `${this.matrix.side}px`; // its legend wraps instead of widening it
    const rest = stacked ? total : total - this.matrix.side - 24;
    this.dial.resize(Math.min(rest, 460));
    this.bars.resize(Math.min(rest, 460), this.rows);
    this.show();
    ready(this.root);
  }

  tile = (g, index, x, y, side) => {
    const { tile } = this.settings;
    g.drawImage(this.atlas, index * tile, 0, tile, tile, x, y, side, side);
  };

  get pull() {
    return css(this.theme.negative);
  }

  get push() {
    return css(this.theme.positive);
  }

  // Colour of a cell in the chosen mode; the diagonal has none.
  shade(i, j) {
    if (i === j) return null;
    const value = this.terms[this.mode][i * this.rows + j];
    if (this.mode === "force") return diverging(this.theme, Math.sign(value) * Math.sqrt(Math.abs(value) / this.most), 1);
    if (this.mode === "similarity") return diverging(this.theme, value, 1);
    return diverging(this.theme, value, 1); // a probability is never below 0: the upper half of the same scale
  }

  show() {
    if (!this.laidOut) return;
    const { theme, rows, row } = this;
    const partner = positive(row, rows);
    this.most = largest(this.terms.force) || 1;
    for (const choose of this.modes.children) choose.setAttribute("aria-pressed", String(choose.dataset.mode === this.mode));
    this.slider.value = String(onScale(this.temperature));
    this.warmth.textContent = String(this.temperature);
    this.free.textContent = this.timer ? "Stop z" : "Let z move";
    this.matrix.draw({
      colour: (i, j) => this.shade(this.index(i), this.index(j)),
      picture: (g, place, ...box) => this.tile(g, this.index(place), ...box),
      row: this.place(row),
      column: this.column === null ? null : this.place(this.column),
      marks: Array.from({ length: rows }, (_, place) => [place, place % 2 ? place - 1 : place + 1]),
      theme,
    });
    const others = [];
    for (let index = 0; index < rows; index++) {
      if (index === row) continue;
      const cosine = clamp(this.similarity[row * rows + index] + 1, 2) - 1;
      others.push({ index, angle: Math.acos(cosine), force: this.terms.force[row * rows + index] });
    }
    const nearest = others.filter(({ index }) => index !== partner).sort((a, b) => a.angle - b.angle);
    const shown = [partner, ...nearest.slice(0, PICTURES).map(({ index }) => index)];
    this.dial.draw({ row, partner, column: this.column, others, shown, picture: this.tile, colours: this, theme });
    this.dial.canvas.setAttribute("aria-label", `Angles between view ${this.name(row)} and all others`);
    this.bars.draw({
      values: Array.from({ length: rows }, (_, place) => this.terms.probability[row * rows + this.index(place)]),
      own: this.place(row),
      partner: this.place(partner),
      column: this.column === null ? null : this.place(this.column),
      picture: (g, place, ...box) => this.tile(g, this.index(place), ...box),
      theme,
    });
    this.words(partner);
    this.chained(partner);
  }

  words(partner) {
    const { rows, row, terms: found, column: other } = this;
    const at = row * rows;
    const { alignment, uniformity } = spread(this.similarity, rows);
    this.totals.replaceChildren(
      ...[
        ["NT-Xent", number(found.loss, 3)],
        ["a guess", number(Math.log(rows - 1), 3)],
        ["alignment", number(alignment, 3)],
        ["uniformity", number(uniformity, 3)],
      ].map(([what, value]) => element("span", {}, `${what} `, element("b", { class: "numeric" }, value))),
    );
    const [low, high] = this.mode === "force" ? [`pull ${number(this.most, 2)}`, `push ${number(this.most, 2)} (root scale)`] : this.mode === "similarity" ? ["−1 opposite", "1 the same"] : ["0", "1"];
    const scale = element("i", { class: this.mode === "probability" ? "scale half" : "scale" });
    scale.style.setProperty("--low", this.pull);
    scale.style.setProperty("--zero", css(this.theme.neutral));
    scale.style.setProperty("--high", this.push);
    this.legend.replaceChildren(element("span", {}, "Outlined: the two views of one picture"), element("span", { class: "ends" }, low, scale, high));
    this.head.textContent = `View ${this.name(row)} asks: who shows the same picture?${this.pinned ? " (pinned)" : ""}`;
    const probability = found.probability[at + partner];
    const answer = element(
      "div",
      {},
      `loss of ${this.name(row)} = −log p(${this.name(partner)}) = −log ${number(probability, 3)} = `,
      element("b", { class: "numeric" }, number(found.losses[row], 3)),
    );
    this.sentence = `View ${this.name(row)}, loss ${number(found.losses[row], 3)}.`;
    this.term.replaceChildren(answer);
    const one = other ?? partner;
    const [cosine, p, force] = ["similarity", "probability", "force"].map((what) => found[what][at + one]);
    const verb = force < 0 ? "pulled together" : "pushed apart";
    const pair = `${this.name(row)} and ${this.name(one)}: cos ${number(cosine, 3)}, p ${number(p, 3)}, ${verb} with ${number(Math.abs(force), 4)}`;
    this.term.append(element("div", { class: "numeric pair" }, pair));
    this.sentence += ` ${pair}.`;
    const data = { row, column: one, similarity: cosine, probability: p, force, loss: found.loss, term: found.losses[row] };
    Object.assign(this.root.dataset, { ...data, temperature: this.temperature, mode: this.mode, pinned: this.pinned, moving: this.timer !== 0, alignment, uniformity });
  }

  // picture -> h -> z, for the row and its other view.
  chained(partner) {
    const key = `${this.settings.shape} ${this.row} ${this.theme.dark} ${this.laidOut} ${this.unit === this.start}`;
    if (key === this.chainKey && !this.timer) return;
    this.chainKey = key;
    const { features, width, encoder, head } = this.settings;
    const limitH = largest(this.h);
    const limitZ = largest(this.unit);
    const lines = [this.row, partner].map((index) => {
      const tile = element("canvas", { width: 32, height: 32, role: "img", "aria-label": `View ${this.name(index)}` });
      this.tile(tile.getContext("2d"), index, 0, 0, 32);
      const h = strip(this.h.subarray(index * features, (index + 1) * features), limitH, this.theme, "h");
      const z = strip(this.unit.subarray(index * width, (index + 1) * width), limitZ, this.theme, "z");
      return [element("b", {}, this.name(index)), tile, element("span", { class: "arrow" }, "→"), h, element("span", { class: "arrow" }, "→"), z];
    });
    const titles = ["", "view", "", element("span", {}, element("b", {}, "h"), ` ${features} numbers, ${encoder}`), "", element("span", {}, element("b", {}, "z"), ` ${width} numbers, ${head}`)];
    this.chain.replaceChildren(...titles.map((title) => element("span", { class: "title" }, title)), ...lines.flat());
  }
}

export default mounted(View);
