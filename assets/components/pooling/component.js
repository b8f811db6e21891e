// Pooling side by side: one map, one window, and what max, average, min, L2 and a strided convolution make of it.
// Everything is computed in the browser from the picture; Python hears only of a pinned place.

import { Board } from "../common/board.js";
import { activate, convolve, padded } from "../common/convolution.js";
import { button, element, saveCanvas } from "../common/dom.js";
import { number, short, whole } from "../common/format.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import * as pooling from "../common/pooling.js";
import { planesOf } from "../common/source.js";
import { brightness, css, diverging, inkOn, paintInto, readTheme } from "../common/theme.js";
import { Transport } from "../common/transport.js";

const QUIET = 250; // ms without a change before Python hears of it
const TITLES = { max: "Max", average: "Average", min: "Min", l2: "L2", convolution: "Convolution" };
const ALL = Object.keys(TITLES);
const MOST_NUMBERS = 64; // cells of a window that are written out
const KEYS = "Arrow keys move the window, Enter pins it, Escape lets it go.";

const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.pinned = false;
    this.boards = { input: this.#board("Input", "input") };
    this.captions = { input: element("div", { class: "caption" }) };
    this.sides = {};
    this.outputs = element("div", { class: "outputs" });
    for (const mode of ALL) {
      this.boards[mode] = this.#board(TITLES[mode], mode);
      this.captions[mode] = element("div", { class: "caption" });
      this.sides[mode] = element("div", { class: "side" }, this.captions[mode], this.boards[mode].canvas);
      this.outputs.append(this.sides[mode]);
    }
    this.transport = new Transport((position, playing) => {
      this.shading = playing && this.settings.view === "values";
      this.pinned = true;
      this.schedule();
      if (!playing) this.commitPosition();
    });
    const save = button("save", "Save the outputs as PNG", () => this.save());
    this.strip = element("div", { class: "strip" });
    this.repeated = element("div", { class: "repeated" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    const input = element("div", { class: "side" }, this.captions.input, this.boards.input.canvas, this.strip);
    this.stage = element("div", { class: "stage" }, input, this.outputs);
    const bar = element("div", { class: "bar" }, this.transport.element, save);
    root.replaceChildren(this.stage, bar, this.repeated, this.live);
    this.observer = watchWidth(this, () => this.shown);
  }

  #board(title, side) {
    return new Board(element("canvas", { "data-side": side }), {
      label: `${title}. ${KEYS}`,
      onPoint: (cell) => this.point(side, cell),
      onPick: (cell) => this.pick(side, cell),
      onKey: (event) => this.key(event),
      onZoom: () => {},
    });
  }

  dispose() {
    this.transport.pause();
    this.observer.disconnect();
    clearTimeout(this.pinTimer);
  }

  async update({ data, setStateValue }) {
    this.send = setStateValue;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let source;
    try {
      source = await planesOf(data.source);
    } catch {
      this.live.classList.remove("hidden");
      this.live.textContent = "The picture did not arrive. Check the connection and reload the page.";
      return;
    }
    if (turn !== this.turn) return; // a newer update overtook this one while its picture loaded
    const given = arrives(this, data);
    const sameShape = this.settings?.shape === data.shape;
    this.settings = data;
    this.source = this.mapOf(source);
    this.theme = readTheme(this.host);
    this.compute();
    const { height, width } = this.pooled.maps.max;
    if (given) this.pinned = Boolean(data.at);
    if (given && this.pinned) {
      this.transport.rest(Math.min(data.at[0], height - 1) * width + Math.min(data.at[1], width - 1));
    } else if (given || (!sameShape && !this.pinned)) {
      const start = height * width <= 100 ? 0 : (height >> 1) * width + (width >> 1);
      if (given) this.transport.rest(start);
      else this.transport.follow(start);
    }
    this.layout();
  }

  // The map that is pooled: the brightness itself, or the feature map of a kernel over it.
  mapOf({ planes, height, width }) {
    const { feature } = this.settings;
    if (!feature) return { values: planes, height, width };
    const input = padded(planes, 1, height, width, feature.pads, "replicate");
    const map = convolve(input, 1, feature.weights, feature.kernel, { stride: 1, dilation: 1, bias: 0 });
    return activate(map, feature.activation);
  }

  // One output of every mode for a map.
  run(map) {
    const pooled = pooling.pool(map, this.settings);
    if (this.settings.convolution) pooled.maps.convolution = pooling.strided(map, this.settings.convolution);
    return pooled;
  }

  compute() {
    const started = performance.now();
    const { view, convolution } = this.settings;
    this.modes = ALL.filter((mode) => mode !== "convolution" || convolution);
    this.map = view === "shift" ? pooling.columns(this.source, 1, this.source.width - 1) : this.source;
    this.pooled = this.run(this.map);
    this.shown = this.pooled.maps;
    if (view === "gradient") {
      this.shown = pooling.gradients(this.map, this.settings, this.pooled);
      if (convolution) this.shown.convolution = pooling.convolutionGradient(this.map, convolution);
    } else if (view === "shift") {
      const before = this.run(pooling.columns(this.source, 0, this.source.width - 1)).maps;
      this.shown = Object.fromEntries(
        this.modes.map((mode) => [mode, pooling.difference(before[mode], this.pooled.maps[mode])]),
      );
    }
    this.root.dataset.milliseconds = (performance.now() - started).toFixed(1);
    this.paintBoards();
    this.transport.setTotal(this.pooled.maps.max.values.length);
    this.strips();
  }

  // Colours of the pooled map: brightness from 0, or the diverging scale where values are negative.
  colours(limit, signed) {
    const paint = signed ? (v) => diverging(this.theme, v, limit) : (v) => brightness(this.theme, v / limit);
    return { paint, low: signed ? -limit : 0, high: limit };
  }

  scaleOf(mode) {
    const { view, window, convolution } = this.settings;
    if (view === "gradient") return this.colours(Math.max(...this.modes.map((m) => largest(this.shown[m].values))) || 1, true);
    if (view === "shift") return this.colours(mode === "l2" ? largest(this.shown.l2.values) || 1 : this.limit, true);
    if (mode === "l2") return this.colours(this.limit * Math.sqrt(window[0] * window[1]), this.signed);
    if (mode === "convolution" && Math.abs(convolution.weights.reduce((a, b) => a + b, 0) - 1) > 0.01) {
      return this.colours(largest(this.shown.convolution.values) || 1, true);
    }
    return this.colours(this.limit, this.signed);
  }

  paintBoards() {
    this.signed = this.map.values.some((v) => v < 0);
    this.limit = this.signed || this.settings.numbers || this.settings.feature ? largest(this.map.values) || 1 : 1;
    this.inputScale = this.colours(this.limit, this.signed);
    this.scales = { input: this.inputScale };
    const { height, width } = this.map;
    const unread = this.unread();
    this.#paint("input", this.map, this.inputScale, { frame: [0, 0, height, width], dropped: unread });
    for (const mode of this.modes) {
      this.scales[mode] = this.scaleOf(mode);
      this.#paint(mode, this.shown[mode], this.scales[mode]);
    }
  }

  #paint(side, map, { paint, low, high }, options) {
    this.boards[side].setMap({ ...map, channels: 1 }, (image) => paintInto(image.data, map.values, low, high, paint), options);
  }

  // Rows and columns of the picture at its end that no window reads.
  unread() {
    const { window, stride, pad } = this.settings;
    const out = this.pooled.maps.max;
    const rest = (size, n, axis) => Math.max(size + pad[axis] - ((n - 1) * stride[axis] + window[axis]), 0);
    return [rest(this.map.height, out.height, 0), rest(this.map.width, out.width, 1)];
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const stacked = total < 560;
    this.stage.classList.toggle("stacked", stacked);
    const input = stacked ? total - 2 : Math.min(total * 0.38, 420);
    const rest = stacked ? total : total - input - 24;
    const columns = rest > 480 ? 3 : 2;
    const each = Math.floor((rest - 16 * (columns - 1)) / columns) - 2;
    this.outputs.style.setProperty("--columns", columns);
    this.boards.input.resize(input, input, this.theme);
    this.strip.style.width = `${input}px`;
    for (const mode of ALL) {
      this.sides[mode].hidden = !this.modes.includes(mode);
      if (this.modes.includes(mode)) {
        this.boards[mode].resize(each, each, this.theme);
        this.sides[mode].style.width = `${each}px`;
      }
    }
    this.caption();
    this.showWindow();
    ready(this.root);
  }

  caption() {
    const { view } = this.settings;
    const size = ({ height, width }) => `${height} × ${width}`;
    const [low, high] = [this.inputScale.low, this.inputScale.high].map((v) => number(v, 1));
    this.captions.input.replaceChildren(
      element("span", {}, element("b", {}, view === "shift" ? "Map, one pixel further" : "Map"), ` ${size(this.map)}`),
      element("span", { class: "numeric" }, `${low} to ${high}`),
    );
    for (const mode of this.modes) {
      const scale = this.scales[mode];
      const range = `${number(scale.low, 1)} to ${number(scale.high, 1)}`;
      const share = view === "shift" ? `${(100 * this.shown[mode].share).toFixed(1)} % changed` : size(this.shown[mode]);
      this.captions[mode].replaceChildren(
        element("span", {}, element("b", {}, TITLES[mode]), ` ${share}`),
        element("span", { class: "numeric quiet" }, range),
      );
      if (view === "shift") this.root.dataset[`${mode}Share`] = this.shown[mode].share;
    }
  }

  // --- where the window is ---------------------------------------------------------------------------------------

  get cell() {
    const { width } = this.pooled.maps.max;
    return [Math.floor(this.transport.position / width), this.transport.position % width];
  }

  cellOf(side, { y, x }) {
    const { window, stride, pad, view } = this.settings;
    const out = this.pooled.maps.max;
    const clamp = (v, most) => Math.min(Math.max(v, 0), most - 1);
    if (side !== "input" && view !== "gradient") return [clamp(y, out.height), clamp(x, out.width)];
    const back = (v, axis) => Math.round((v + pad[axis] - (window[axis] - 1) / 2) / stride[axis]);
    return [clamp(back(y, 0), out.height), clamp(back(x, 1), out.width)];
  }

  point(side, cell) {
    if (this.pinned || this.transport.playing || !cell || !this.shown) return;
    const [y, x] = this.cellOf(side, cell);
    this.transport.follow(y * this.pooled.maps.max.width + x);
    this.schedule();
  }

  pick(side, cell) {
    this.transport.pause();
    this.settle(...this.cellOf(side, cell), true);
  }

  key(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const { height, width } = this.pooled.maps.max;
    let [y, x] = this.cell;
    if (move) {
      y = Math.min(Math.max(y + move[0], 0), height - 1);
      x = Math.min(Math.max(x + move[1], 0), width - 1);
    } else if (event.key === "Home") [y, x] = [0, 0];
    else if (event.key === "End") [y, x] = [height - 1, width - 1];
    else if (!["Enter", "Escape", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    if (event.key === " ") {
      this.transport.toggle();
      return;
    }
    this.transport.pause();
    this.settle(y, x, event.key !== "Escape");
  }

  settle(y, x, pinned) {
    this.pinned = pinned;
    this.shading = false;
    this.transport.follow(y * this.pooled.maps.max.width + x);
    this.showWindow();
    this.commitPosition();
    this.live.textContent = `Row ${y + 1}, column ${x + 1}: ${this.sentence}`;
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.showWindow();
    });
  }

  showWindow() {
    const { view } = this.settings;
    const [y, x] = this.cell;
    const cell = pooling.cellAt(this.map, this.settings, y, x);
    const inside = { y: cell.top, x: cell.left, height: cell.bottom - cell.top, width: cell.right - cell.left };
    const ring = (at) => ({ y: Math.floor(at / this.map.width), x: at % this.map.width, height: 1, width: 1, ring: true });
    const large = this.boards.input.scale >= 8;
    this.boards.input.draw(large ? [inside, ring(cell.maxAt), ring(cell.minAt)] : [inside]);
    this.boards.input.lens(inside);
    for (const mode of this.modes) {
      const { height, width } = this.shown[mode];
      const one = { y: Math.min(y, height - 1), x: Math.min(x, width - 1), height: 1, width: 1 };
      this.boards[mode].draw([view === "gradient" ? inside : one], this.shading ? one.y * width + one.x + 1 : null);
    }
    this.arithmetic(cell, inside, y, x);
  }

  arithmetic(cell, inside, y, x) {
    const area = this.settings.window[0] * this.settings.window[1];
    const convolution = this.pooled.maps.convolution;
    const values = { max: cell.max, average: cell.average, min: cell.min, l2: cell.l2 };
    if (convolution) {
      const row = Math.min(y, convolution.height - 1);
      values.convolution = convolution.values[row * convolution.width + Math.min(x, convolution.width - 1)];
    }
    const texts = this.settings.view === "gradient" ? this.sent(cell, area) : this.made(area);
    const rows = Object.entries(values).flatMap(([mode, value]) => [
      element("span", {}, TITLES[mode]),
      element("b", { class: "numeric" }, number(value, 3)),
      element("span", { class: "quiet" }, texts[mode]),
    ]);
    this.sentence = Object.entries(values).map(([mode, value]) => `${TITLES[mode]} ${short(value, 3)}`).join(", ");
    const place = `Window at row ${y + 1}, column ${x + 1}${this.pinned ? ", pinned" : ""}`;
    this.strip.replaceChildren(
      element("div", {}, element("div", { class: "head" }, place), this.numbers(cell, inside)),
      element("div", {}, element("div", { class: "head" }, "One number each"), element("div", { class: "results" }, ...rows)),
    );
    Object.assign(this.root.dataset, { row: y, column: x, pinned: this.pinned, ...values });
  }

  made(area) {
    return {
      max: "the largest, ringed",
      average: `sum / ${whole(area)}`,
      min: "the smallest, dashed ring",
      l2: "root of the sum of squares",
      convolution: "weighted sum with the chosen kernel",
    };
  }

  sent(cell, area) {
    return {
      max: "sends all of its gradient to the ringed cell",
      average: `sends 1 / ${whole(area)} to every cell`,
      min: "sends all of its gradient to the cell with the dashed ring",
      l2: cell.l2 ? "sends value / L2 to every cell" : "sends nothing: every value is 0",
      convolution: "sends each cell its weight",
    };
  }

  // The values of the window with the winners ringed.
  numbers(cell, { y, x, height, width }) {
    if (height * width > MOST_NUMBERS) {
      return element("div", { class: "quiet" }, `${whole(height * width)} cells, too many to write out.`);
    }
    const grid = element("div", { class: width > 5 ? "grid many" : "grid" });
    grid.style.setProperty("--cells", width);
    for (let i = y; i < y + height; i++) {
      for (let n = i * this.map.width + x; n < i * this.map.width + x + width; n++) {
        const colour = this.inputScale.paint(this.map.values[n]);
        const span = element("span", {}, number(this.map.values[n], 2));
        span.style.background = css(colour);
        span.style.color = inkOn(colour);
        span.className = n === cell.maxAt ? "max" : n === cell.minAt ? "min" : "";
        grid.append(span);
      }
    }
    return grid;
  }

  // --- pooling again and again -----------------------------------------------------------------------------------

  strips() {
    this.repeated.replaceChildren();
    const { strip } = this.settings;
    if (!strip) return;
    this.repeated.append(element("div", { class: "head" }, "Pooled again and again, down to one number"));
    for (const mode of pooling.MODES) {
      const maps = pooling.repeated(this.source, mode, strip);
      const row = element("div", { class: "row" }, element("b", { class: "name" }, TITLES[mode]));
      for (const map of maps) row.append(this.tiny(map, mode));
      this.root.dataset[`${mode}Last`] = maps.at(-1).values[0];
      this.repeated.append(row);
    }
  }

  tiny(map, mode) {
    const canvas = element("canvas", { width: map.width, height: map.height, role: "img" });
    const side = Math.max(22, Math.min(72, map.width));
    canvas.style.width = `${side}px`;
    canvas.style.height = `${(side * map.height) / map.width}px`;
    const { paint, low, high } = this.colours(mode === "l2" ? largest(map.values) || 1 : this.limit, this.signed);
    const g = canvas.getContext("2d");
    const image = g.createImageData(map.width, map.height);
    paintInto(image.data, map.values, low, high, paint);
    g.putImageData(image, 0, 0);
    const text = map.values.length === 1 ? number(map.values[0], 3) : `${map.height} × ${map.width}`;
    canvas.setAttribute("aria-label", `${TITLES[mode]}, ${text}`);
    return element("div", { class: "tiny numeric" }, canvas, text);
  }

  // --- what Python hears of, and the file ------------------------------------------------------------------------

  commitPosition() {
    clearTimeout(this.pinTimer);
    this.pinTimer = setTimeout(() => this.send("at", this.pinned ? this.cell : null), QUIET);
  }

  save() {
    const side = 256;
    const canvas = element("canvas", { width: this.modes.length * (side + 8), height: side + 44 });
    const g = canvas.getContext("2d");
    g.imageSmoothingEnabled = false;
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.fillStyle = this.theme.text;
    g.font = "13px sans-serif";
    this.modes.forEach((mode, n) => {
      const { height, width } = this.shown[mode];
      const by = side / Math.max(height, width);
      g.fillText(TITLES[mode], n * (side + 8) + 4, 15);
      g.drawImage(this.boards[mode].bitmap, n * (side + 8) + 4, 20, width * by, height * by);
    });
    g.fillText(`${this.settings.title}. ${this.settings.provenance}`, 4, canvas.height - 8, canvas.width - 8);
    saveCanvas(canvas, "pooling.png");
  }
}

export default mounted(View);
