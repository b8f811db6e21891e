// The sliding window: input and output side by side, the arithmetic of one position underneath, an editable kernel.
// Everything here is computed in the browser from the picture and the weights; Python hears of an edit or a pin
// once the hand is still.

import { Board } from "../common/board.js";
import { activate, activation, convolve, normalised, padded, turned, windowAt } from "../common/convolution.js";
import { button, element, saveCanvas } from "../common/dom.js";
import { number, short } from "../common/format.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { planesOf } from "../common/source.js";
import { brightness, css, diverging, paintInto, readTheme } from "../common/theme.js";
import { Transport } from "../common/transport.js";
import { KernelEditor } from "./editor.js";

const QUIET = 250; // ms without a change before Python hears of it
const NAMES = { 1: [""], 3: ["red", "green", "blue"] };

// Symmetric limit of the diverging scale. On a photograph a few border cells would make the rest pale, so there it
// is the value that 99.5 % of the cells stay below; cells beyond it keep the full colour.
function limitOf(values, largest) {
  if (!largest) return 1;
  if (values.length < 4096) return largest;
  const bins = new Uint32Array(1024);
  for (const v of values) bins[Math.min((Math.abs(v) / largest) * 1024, 1023) | 0]++;
  let rest = values.length * 0.005;
  let bin = 1023;
  while (bin > 0 && (rest -= bins[bin]) > 0) bin--;
  return ((bin + 1) / 1024) * largest;
}

class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.pinned = false;
    this.plane = 0;
    this.linked = true;
    this.inputBoard = this.#board("Input. Arrow keys move the window, Enter pins it, Escape lets it go.", "input");
    this.outputBoard = this.#board("Output. Arrow keys move the window, Enter pins it, Escape lets it go.", "output");
    this.transport = new Transport((position, playing) => {
      this.shading = playing;
      this.moveTo(position);
      if (!playing) this.commitPosition();
    });
    this.inputCaption = element("div", { class: "caption" });
    this.outputCaption = element("div", { class: "caption" });
    this.tools = element(
      "div",
      { class: "tools" },
      button("minus", "Zoom out", () => this.zoom(-1)),
      button("whole", "Show all", () => this.zoom(0)),
      button("plus", "Zoom in on the window", () => this.zoom(1)),
      button("save", "Save the output as PNG", () => this.save()),
    );
    this.editor = new KernelEditor({
      onEdit: (weights) => this.edit(weights),
      onPlane: (plane) => {
        this.plane = plane;
        this.editor.show(this.weights, this.settings.kernel, this.channels, this.plane, this.linked, this.theme);
        this.showWindow();
      },
      onLink: (linked) => {
        this.linked = linked;
        if (linked) this.edit(this.editor.spread(this.weights, this.plane));
      },
      onNormalise: () => this.edit(normalised(this.weights)),
      onTurn: () => this.edit(turned(this.weights, this.settings.kernel)),
      onReset: () => this.edit(Float64Array.from(this.settings.preset)),
    });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.boards = element(
      "div",
      { class: "boards" },
      element("div", { class: "side" }, this.inputCaption, this.inputBoard.canvas),
      element("div", { class: "side" }, this.outputCaption, this.outputBoard.canvas),
    );
    const bar = element("div", { class: "bar" }, this.transport.element, this.tools);
    root.replaceChildren(this.boards, bar, this.editor.element, this.live);
    this.observer = watchWidth(this, () => this.result);
  }

  #board(label, side) {
    return new Board(element("canvas", { "data-side": side }), {
      label,
      onPoint: (cell) => this.point(side, cell),
      onPick: (cell) => this.pick(side, cell),
      onKey: (event) => this.key(event),
      onZoom: (step) => this.zoom(step),
    });
  }

  dispose() {
    this.transport.pause();
    this.observer.disconnect();
    clearTimeout(this.editTimer);
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
    const sameKernel = this.settings?.id === data.id;
    const sameShape = this.settings && this.shapeId === data.shape;
    this.settings = data;
    this.shapeId = data.shape;
    this.source = source;
    this.channels = source.channels;
    if (!sameKernel) {
      this.weights = Float64Array.from(data.weights);
      this.linked = this.editor.equalPlanes(this.weights, this.channels);
      this.plane = Math.min(this.plane, this.channels - 1);
    }
    this.theme = readTheme(this.host);
    this.compute();
    if (given) this.pinned = Boolean(data.at);
    if (given && this.pinned) {
      const { height, width } = this.result;
      this.transport.rest(Math.min(data.at[0], height - 1) * width + Math.min(data.at[1], width - 1));
    } else if (given) {
      this.transport.rest(this.startingCell());
    } else if (!sameShape && !this.pinned) {
      this.transport.follow(this.startingCell());
    }
    this.layout();
  }

  // Where nothing has been pointed at yet: the place where the output is largest, so that something is to be seen.
  startingCell() {
    const { values, height, width } = this.result;
    if (values.length <= 100) return 0;
    let best = 0;
    const edge = Math.ceil(Math.min(height, width) / 8); // the border shows the padding more than the picture
    for (let y = edge; y < height - edge; y++) {
      for (let i = y * width + edge; i < (y + 1) * width - edge; i++) {
        if (Math.abs(values[i]) > Math.abs(values[best]) || best === 0) best = i;
      }
    }
    return best;
  }

  get geometry() {
    const { stride, dilation, bias } = this.settings;
    return { stride, dilation, bias };
  }

  compute() {
    const { kernel, pads, mode } = this.settings;
    const { planes, height, width } = this.source;
    const started = performance.now();
    this.input = padded(planes, this.channels, height, width, pads, mode);
    this.before = convolve(this.input, this.channels, this.weights, kernel, this.geometry);
    this.result = activate(this.before, this.settings.activation);
    this.took = performance.now() - started;
    this.root.dataset.milliseconds = this.took.toFixed(1);
    let [low, high] = [Infinity, -Infinity];
    for (const v of this.result.values) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
    this.range = [low, high];
    this.limit = limitOf(this.result.values, Math.max(Math.abs(low), Math.abs(high)));
    this.paintBoards();
    this.transport.setTotal(this.result.height * this.result.width);
  }

  // Brightness for kernels that keep it, the diverging scale for the rest; the page may force either.
  get scale() {
    if (this.settings.scale !== "auto") return this.settings.scale;
    const sum = this.weights.reduce((a, b) => a + b, 0);
    return Math.abs(sum - 1) < 0.01 && this.settings.bias === 0 && this.settings.signed !== true ? "photo" : "signed";
  }

  paintBoards() {
    const { pads, dropped, signed } = this.settings;
    const { height, width } = this.source;
    const input = { ...this.input, channels: this.channels };
    const limit = signed ? this.input.values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) : 1;
    this.inputBoard.setMap(
      input,
      (image) => {
        if (this.channels === 1) {
          const paint = signed ? (v) => diverging(this.theme, v, limit) : (v) => brightness(this.theme, v);
          paintInto(image.data, this.input.values, signed ? -limit : 0, limit, paint);
        } else {
          const size = this.input.height * this.input.width;
          for (let i = 0; i < size; i++) {
            for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(this.input.values[c * size + i] * 255);
            image.data[4 * i + 3] = 255;
          }
        }
      },
      { frame: [pads[0], pads[2], height, width], dropped },
    );
    const photo = this.scale === "photo";
    const paint = photo ? (v) => brightness(this.theme, v) : (v) => diverging(this.theme, v, this.limit);
    const [low, high] = photo ? [Math.min(this.range[0], 0), 1] : [-this.limit, this.limit];
    this.outputBoard.setMap({ ...this.result, channels: 1 }, (image) =>
      paintInto(image.data, this.result.values, low, high, paint),
    );
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const stacked = total < 520;
    this.boards.classList.toggle("stacked", stacked);
    const width = stacked ? total - 2 : (total - 24) / 2;
    const height = Math.min(width, 400, Math.max(window.innerHeight / 2 - 110, 220)); // the arithmetic stays in view
    this.inputBoard.resize(width, height, this.theme);
    this.outputBoard.resize(width, height, this.theme);
    this.editor.show(this.weights, this.settings.kernel, this.channels, this.plane, this.linked, this.theme);
    this.captions();
    this.showWindow();
    ready(this.root);
  }

  captions() {
    const { height, width } = this.source;
    const [top, bottom, left, right] = this.settings.pads;
    const padding = top + bottom + left + right ? `, padded to ${this.input.height} × ${this.input.width}` : "";
    const colours = this.channels === 3 ? " × 3 colours" : "";
    this.inputCaption.replaceChildren(element("b", {}, "Input"), ` ${height} × ${width}${colours}${padding}`);
    const legend = element("canvas", { class: "legend", width: 96, height: 10, role: "img", "aria-label": "Colour scale" });
    const photo = this.scale === "photo";
    const [low, high] = photo ? [Math.min(this.range[0], 0), 1] : [-this.limit, this.limit];
    const beyond = (end, extreme) => (Math.abs(extreme) > Math.abs(end) + 5e-3 && extreme * end > 0 ? `${end < 0 ? "≤" : "≥"} ` : "") + number(end, 2);
    const g = legend.getContext("2d");
    for (let x = 0; x < 96; x++) {
      const v = low + ((high - low) * (x + 0.5)) / 96;
      g.fillStyle = css(photo ? brightness(this.theme, v) : diverging(this.theme, v, this.limit));
      g.fillRect(x, 0, 1, 10);
    }
    this.outputCaption.replaceChildren(
      element("span", {}, element("b", {}, "Output"), ` ${this.result.height} × ${this.result.width}`),
      element("span", { class: "scale numeric" }, beyond(low, this.range[0]), legend, beyond(high, this.range[1])),
    );
  }

  // --- where the window is ---------------------------------------------------------------------------------------

  get cell() {
    const { width } = this.result;
    return [Math.floor(this.transport.position / width), this.transport.position % width];
  }

  outputCellOf(side, cell) {
    const { stride, kernel, dilation } = this.settings;
    if (side === "output") return [cell.y, cell.x];
    const half = (dilation * (kernel - 1)) / 2;
    const clamp = (v, most) => Math.min(Math.max(Math.round(v), 0), most - 1);
    return [clamp((cell.y - half) / stride, this.result.height), clamp((cell.x - half) / stride, this.result.width)];
  }

  point(side, cell) {
    if (this.pinned || this.transport.playing || !cell || !this.result) return;
    const [y, x] = this.outputCellOf(side, cell);
    this.transport.follow(y * this.result.width + x);
    this.schedule();
  }

  pick(side, cell) {
    this.transport.pause();
    const [y, x] = this.outputCellOf(side, cell);
    this.pinned = true;
    this.shading = false;
    this.transport.follow(y * this.result.width + x);
    this.showWindow();
    this.commitPosition();
    this.say();
  }

  moveTo(position) {
    this.pinned = true;
    this.transport.follow(position);
    this.schedule();
  }

  key(event) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const { height, width } = this.result;
    let [y, x] = this.cell;
    if (move) {
      y = Math.min(Math.max(y + move[0], 0), height - 1);
      x = Math.min(Math.max(x + move[1], 0), width - 1);
    } else if (event.key === "Home") [y, x] = [0, 0];
    else if (event.key === "End") [y, x] = [height - 1, width - 1];
    else if (event.key === " ") this.transport.toggle();
    else if (event.key === "Escape") this.pinned = false;
    else if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1 : -1);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    if (event.key === " ") return;
    this.transport.pause();
    this.shading = false;
    if (event.key !== "Escape") this.pinned = true;
    this.transport.follow(y * width + x);
    this.showWindow();
    this.commitPosition();
    this.say();
  }

  zoom(step) {
    const [y, x] = this.cell;
    const level = step === 0 ? 0 : this.inputBoard.level(step);
    this.inputBoard.zoom = level;
    this.outputBoard.zoom = level > this.outputBoard.fit ? level : 0;
    this.centreOn(y, x);
    this.layout();
  }

  centreOn(y, x) {
    const { stride, kernel, dilation } = this.settings;
    const half = (dilation * (kernel - 1) + 1) / 2;
    this.inputBoard.lookAt(y * stride + half, x * stride + half);
    this.outputBoard.lookAt(y + 0.5, x + 0.5);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.showWindow();
    });
  }

  showWindow() {
    const { stride, kernel, dilation } = this.settings;
    const [y, x] = this.cell;
    const span = dilation * (kernel - 1) + 1;
    const inside = { y: y * stride, x: x * stride, height: span, width: span, step: dilation };
    const one = { y, x, height: 1, width: 1 };
    if (!this.inputBoard.shows(inside.y, inside.x, span, span) || !this.outputBoard.shows(y, x, 1, 1)) this.centreOn(y, x);
    this.inputBoard.draw([inside]);
    this.inputBoard.lens(inside);
    this.outputBoard.draw([one], this.shading ? this.transport.position + 1 : null);
    if (!this.shading) this.outputBoard.lens(one);
    const window = windowAt(this.input, this.channels, this.weights, kernel, this.geometry, y, x);
    const value = activation(this.settings.activation)(window.total);
    this.editor.arithmetic(window, {
      kernel,
      plane: this.plane,
      names: NAMES[this.channels],
      bias: this.settings.bias,
      activation: this.settings.activation,
      value,
      signed: this.settings.signed,
      limit: this.limit,
      place: [y, x],
      pinned: this.pinned,
      theme: this.theme,
    });
    Object.assign(this.root.dataset, { row: y, column: x, total: window.total, value, pinned: this.pinned });
  }

  say() {
    const [y, x] = this.cell;
    this.live.textContent = `Row ${y + 1}, column ${x + 1}: output ${short(Number(this.root.dataset.value))}`;
  }

  // --- what Python hears of --------------------------------------------------------------------------------------

  edit(weights) {
    this.weights = Float64Array.from(weights);
    this.compute();
    this.editor.show(this.weights, this.settings.kernel, this.channels, this.plane, this.linked, this.theme);
    this.captions();
    this.showWindow();
    clearTimeout(this.editTimer);
    this.editTimer = setTimeout(
      () => this.send("edit", { id: this.settings.id, weights: Array.from(this.weights, (v) => Number(v.toPrecision(7))) }),
      QUIET,
    );
  }

  commitPosition() {
    clearTimeout(this.pinTimer);
    this.pinTimer = setTimeout(() => this.send("at", this.pinned ? this.cell : null), QUIET);
  }

  save() {
    const { values, height, width } = this.result;
    const scale = Math.max(1, Math.floor(512 / Math.max(height, width)));
    const canvas = element("canvas", { width: width * scale, height: height * scale + 22 });
    const g = canvas.getContext("2d");
    g.imageSmoothingEnabled = false;
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.drawImage(this.outputBoard.bitmap, 0, 0, width * scale, height * scale);
    g.fillStyle = this.theme.text;
    g.font = "11px sans-serif";
    g.fillText(`${this.settings.title}, ${values.length} values. ${this.settings.provenance}`, 4, canvas.height - 7, canvas.width - 8);
    saveCanvas(canvas, "convolution.png");
  }
}

export default mounted(View);
