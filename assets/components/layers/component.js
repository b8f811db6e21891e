// A stack of convolutional layers: every map on one screen, one of them large with its kernels. A pinned map is taken
// apart into what each input channel contributes. Maps and weights come from torch; the parts are computed here.

import { Board } from "../common/board.js";
import { activation, convolve, padded, windowAt } from "../common/convolution.js";
import { element } from "../common/dom.js";
import { number } from "../common/format.js";
import { STEPS, clamp, colourBar, outline } from "../common/maps.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { diverging, paintInto, readTheme } from "../common/theme.js";

const COLOURS = ["red", "green", "blue"];
const column = (table) => Float32Array.from(table.getChildAt(0).toArray());
const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
const signed = (value) => (value < 0 ? " − " : " + ") + number(Math.abs(value));

// A small picture of one map that can be outlined: the bitmap is painted once, the outline with every move.
class Tile {
  constructor(attributes) {
    this.canvas = element("canvas", attributes);
    this.bitmap = new OffscreenCanvas(1, 1);
  }

  set(height, width, paint) {
    Object.assign(this, { height, width });
    this.bitmap = new OffscreenCanvas(width, height);
    const context = this.bitmap.getContext("2d");
    const image = context.createImageData(width, height);
    paint(image.data);
    context.putImageData(image, 0, 0);
  }

  size(side) {
    const ratio = window.devicePixelRatio || 1;
    this.scale = side / Math.max(this.height, this.width);
    const [w, h] = [Math.max(this.width * this.scale, 2), Math.max(this.height * this.scale, 2)];
    this.canvas.width = Math.round(w * ratio);
    this.canvas.height = Math.round(h * ratio);
    this.canvas.style.width = `${w}px`;
    this.canvas.style.height = `${h}px`;
    this.ratio = ratio;
  }

  // box: [top, left, height, width] in cells, or null.
  draw(box, theme) {
    const g = this.canvas.getContext("2d");
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.imageSmoothingEnabled = this.canvas.width < this.width;
    g.drawImage(this.bitmap, 0, 0, this.canvas.width, this.canvas.height);
    if (!box || box[2] <= 0 || box[3] <= 0) return;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    let [y, x, h, w] = box.map((v) => v * this.scale);
    if (h < 5) [y, h] = [y - (5 - h) / 2, 5];
    if (w < 5) [x, w] = [x - (5 - w) / 2, 5];
    outline(g, theme, x, y, w, h);
  }

  cellAt(event) {
    const area = this.canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - area.top) / area.height) * this.height);
    const x = Math.floor(((event.clientX - area.left) / area.width) * this.width);
    return { y: clamp(y, this.height - 1), x: clamp(x, this.width - 1) };
  }
}

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, pinned: false, focus: { layer: 0, unit: 0 } });
    this.stack = element("div", { class: "stack" });
    this.head = element("div", { class: "caption" });
    this.canvas = element("canvas", {});
    this.board = new Board(this.canvas, {
      label: "The chosen map, large. Arrow keys move the cell, Enter pins the map, Escape lets it go.",
      onPoint: (cell) => cell && this.move(cell),
      onPick: (cell) => this.pick(this.focus, cell),
      onKey: (event) => this.boardKey(event),
      onZoom: () => {},
    });
    this.formula = element("p", { class: "formula numeric" });
    this.hint = element("p", { class: "hint quiet" });
    this.parts = element("div", { class: "parts" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.stage = element(
      "div",
      { class: "stage" },
      element("div", { class: "large" }, this.head, this.canvas),
      element("div", { class: "apart" }, this.hint, this.parts, this.formula),
    );
    root.replaceChildren(this.stack, this.stage, this.live);
    root.onkeydown = (event) => {
      if (event.key === "Escape" && this.pinned) this.letGo();
    };
    this.observer = watchWidth(this, () => this.data);
  }

  dispose() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  update({ data }) {
    const same = !arrives(this, data) && this.data?.shape === data.shape;
    this.data = data;
    this.theme = readTheme(this.host);
    this.input = column(data.input);
    this.layers = data.layers.map((layer, i) => this.#layer(layer, column(data[`maps${i}`]), column(data[`weights${i}`])));
    if (!same) {
      this.pinned = false;
      this.focus = { layer: 0, unit: 0 };
      const { height, width } = this.layers[0];
      this.cell = { y: height >> 1, x: width >> 1 };
    }
    this.#build();
    this.layout();
  }

  #layer(layer, before, weights) {
    const after = before.map(activation(layer.activation));
    return { ...layer, before, after, weights, limit: largest(after) || 1 };
  }

  // What layer i reads: its planes inside their padding.
  padded(i) {
    const layer = this.layers[i];
    if (!layer.read) {
      const planes = i ? this.layers[i - 1].after : this.input;
      const [height, width] = i ? [this.layers[i - 1].height, this.layers[i - 1].width] : [this.data.height, this.data.width];
      layer.read = padded(planes, layer.channels, height, width, layer.pads, "zeros");
    }
    return layer.read;
  }

  #build() {
    const { height, width, channels } = this.data;
    this.inputTile = new Tile({ role: "img", class: "still", "aria-label": `Input: ${this.data.title}, ${height} by ${width}` });
    this.inputTile.set(height, width, (target) => this.#paintInput(target, channels, height * width));
    const columns = [element("section", {}, this.#caption(element("b", {}, "Input"), ` ${height} × ${width} × ${channels}`), element("div", { class: "maps" }, this.inputTile.canvas))];
    for (const [i, layer] of this.layers.entries()) {
      layer.tiles = Array.from({ length: layer.filters }, (_, unit) => this.#tile(i, layer, unit));
      const text = ` ${layer.height} × ${layer.width} × ${layer.filters}`;
      columns.push(element("section", {}, this.#caption(element("b", {}, `Layer ${i + 1}`), text), element("div", { class: "maps" }, ...layer.tiles.map((tile) => tile.canvas)), this.#legend(layer)));
    }
    const held = this.root.getRootNode().activeElement?.dataset?.map;
    this.stack.replaceChildren(...columns);
    if (held) this.stack.querySelector(`[data-map="${held}"]`)?.focus();
  }

  #caption = (...children) => element("div", { class: "caption" }, element("span", {}, ...children));

  #legend(layer) {
    const bar = colourBar(this.theme, 72, "Colour scale");
    return element("div", { class: "scale numeric" }, number(-layer.limit, 1), bar, number(layer.limit, 1));
  }

  #paintInput(target, channels, size) {
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) target[4 * i + c] = Math.round(this.input[(channels === 3 ? c * size : 0) + i] * 255);
      target[4 * i + 3] = 255;
    }
  }

  #tile(i, layer, unit) {
    const tile = new Tile({ role: "button", class: "map", "data-map": `${i}-${unit}`, tabIndex: -1 });
    const values = this.mapOf(layer, unit);
    let [low, high] = [Infinity, -Infinity];
    for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
    const label = `Layer ${i + 1}, map ${unit + 1}, ${layer.height} by ${layer.width}, from ${number(low)} to ${number(high)}`;
    tile.canvas.setAttribute("aria-label", label);
    tile.label = label;
    tile.set(layer.height, layer.width, (target) => this.#diverge(target, values, layer.limit));
    tile.canvas.onpointermove = (event) => this.point({ layer: i, unit }, tile.cellAt(event));
    tile.canvas.onclick = (event) => this.pick({ layer: i, unit }, tile.cellAt(event));
    tile.canvas.onkeydown = (event) => this.key(event);
    tile.canvas.onfocus = () => !this.pinned && this.show({ layer: i, unit });
    return tile;
  }

  #diverge(target, values, limit) {
    paintInto(target, values, -limit, limit, (v) => diverging(this.theme, v, limit));
  }

  mapOf({ after, height, width }, unit) {
    return after.subarray(unit * height * width, (unit + 1) * height * width);
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const narrow = total < 640;
    this.stack.classList.toggle("narrow", narrow);
    this.stage.classList.toggle("narrow", narrow);
    const each = narrow ? total : (total - 20 * this.layers.length) / (this.layers.length + 1);
    this.inputTile.size(Math.min(each, narrow ? 140 : 230));
    for (const layer of this.layers) {
      const across = narrow ? Math.max(Math.ceil(layer.filters / 2), 4) : Math.ceil(Math.sqrt(layer.filters));
      const side = Math.min(Math.floor((each - 5 * (across - 1) - 2) / across), narrow ? 100 : 150);
      for (const tile of layer.tiles) tile.size(side);
    }
    this.show(this.focus);
    ready(this.root);
  }

  get current() {
    return this.layers[this.focus.layer];
  }

  // --- what the user does ----------------------------------------------------------------------------------------

  point(focus, cell) {
    const here = focus.layer === this.focus.layer && focus.unit === this.focus.unit;
    if (this.pinned && !here) return;
    if (here) return this.move(cell);
    this.cell = cell;
    this.show(focus);
  }

  move(cell) {
    this.cell = cell;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.mark();
    });
  }

  pick(focus, cell) {
    const here = focus.layer === this.focus.layer && focus.unit === this.focus.unit;
    this.pinned = true;
    this.cell = cell;
    this.show(focus);
    this.live.textContent = `${here ? "" : "Now "}pinned: ${this.current.tiles[focus.unit].label}. ${this.formula.textContent}`;
  }

  letGo() {
    this.pinned = false;
    this.show(this.focus);
    this.live.textContent = "Let go.";
  }

  // Left and right: the map before and after in this layer; up and down: the layer before and after.
  key(event) {
    const step = STEPS[event.key];
    if (!step && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    if (!step) return this.pick(this.focus, this.cell);
    const layer = clamp(this.focus.layer + step[0], this.layers.length - 1);
    const unit = clamp(this.focus.unit + step[1], this.layers[layer].filters - 1);
    this.show({ layer, unit });
    const tile = this.layers[layer].tiles[unit];
    tile.canvas.focus();
    this.live.textContent = tile.label;
  }

  boardKey(event) {
    const step = STEPS[event.key];
    if (step) {
      const { height, width } = this.current;
      this.cell = { y: clamp(this.cell.y + step[0], height - 1), x: clamp(this.cell.x + step[1], width - 1) };
      this.mark();
      this.live.textContent = this.formula.textContent;
    } else if (event.key === "Enter") this.pick(this.focus, this.cell);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- what is drawn ---------------------------------------------------------------------------------------------

  show(focus) {
    this.focus = focus;
    const layer = this.current;
    this.cell = { y: clamp(this.cell.y, layer.height - 1), x: clamp(this.cell.x, layer.width - 1) };
    for (const [i, each] of this.layers.entries()) {
      for (const [unit, tile] of each.tiles.entries()) {
        const here = i === focus.layer && unit === focus.unit;
        tile.canvas.classList.toggle("chosen", here);
        tile.canvas.tabIndex = here ? 0 : -1;
        tile.canvas.setAttribute("aria-pressed", String(here && this.pinned));
      }
    }
    const values = this.mapOf(layer, focus.unit);
    this.board.setMap({ height: layer.height, width: layer.width, channels: 1, values }, (image) => this.#diverge(image.data, values, layer.limit));
    const room = this.laidOut < 640 ? this.laidOut - 4 : Math.min(this.laidOut * 0.36, 330);
    this.board.resize(room, Math.min(room, 330), this.theme);
    const name = element("span", {}, element("b", {}, `Layer ${focus.layer + 1}, map ${focus.unit + 1}`), ` ${layer.height} × ${layer.width}`);
    const field = this.data.fields[focus.layer + 1];
    this.head.replaceChildren(name, element("span", {}, `sees ${field.rows} × ${field.columns} pixels`));
    this.#takeApart();
    this.mark();
  }

  get unitWeights() {
    const { channels, kernel, weights } = this.current;
    const size = channels * kernel * kernel;
    return weights.subarray(this.focus.unit * size, (this.focus.unit + 1) * size);
  }

  // One card per input channel: its kernel and, once pinned, the map it contributes.
  #takeApart() {
    const layer = this.current;
    const { channels, kernel } = layer;
    const weights = this.unitWeights;
    const most = largest(weights) || 1;
    const read = this.padded(this.focus.layer);
    const plane = read.height * read.width;
    const size = kernel * kernel;
    const maps = [];
    this.partTiles = [];
    this.values = [];
    const cards = Array.from({ length: channels }, (_, c) => {
      const own = weights.subarray(c * size, (c + 1) * size);
      const tile = new Tile({ role: "img", class: "still", "aria-label": `Kernel for input channel ${c + 1}` });
      tile.set(kernel, kernel, (target) => this.#diverge(target, own, most));
      tile.size(channels > 8 ? 30 : 38);
      tile.draw(null, this.theme);
      if (this.pinned) {
        const input = { values: read.values.subarray(c * plane, (c + 1) * plane), height: read.height, width: read.width };
        maps.push(convolve(input, 1, own, kernel, { stride: layer.stride, dilation: 1, bias: 0 }).values);
      }
      const value = element("span", { class: "numeric" });
      this.values.push(value);
      return element("div", { class: "card" }, element("span", { class: "quiet" }, this.channelName(c)), tile.canvas, value);
    });
    if (this.pinned) this.#addMaps(cards, maps);
    this.parts.replaceChildren(...cards);
    this.hint.textContent = this.pinned
      ? "Each input channel under its kernel gives one map; their sum plus the bias is the map before the activation. Escape lets go."
      : `The ${kernel} × ${kernel} weights of this map, one square for each of its ${channels} input channels. Click the map to take it apart.`;
  }

  #addMaps(cards, maps) {
    const layer = this.current;
    const size = layer.height * layer.width;
    const total = layer.before.subarray(this.focus.unit * size, (this.focus.unit + 1) * size);
    const limit = maps.reduce((most, map) => Math.max(most, largest(map)), largest(total)) || 1;
    const show = (values, label) => {
      const tile = new Tile({ role: "img", class: "still", "aria-label": label });
      tile.set(layer.height, layer.width, (target) => this.#diverge(target, values, limit));
      tile.size(maps.length > 8 ? 58 : 84);
      this.partTiles.push(tile);
      return tile.canvas;
    };
    for (const [c, map] of maps.entries()) cards[c].insertBefore(show(map, `Contribution of ${this.channelName(c)}`), cards[c].lastChild);
    const bias = element("div", { class: "card sum" }, element("span", { class: "quiet" }, `sum + bias ${number(layer.bias)}`), show(total, "Sum before the activation"));
    this.sumValue = element("span", { class: "numeric" });
    bias.append(this.sumValue);
    cards.push(bias);
  }

  channelName(c) {
    if (this.focus.layer) return `map ${c + 1}`;
    return this.data.channels === 3 ? COLOURS[c] : "grey";
  }

  // Cells of the input (entry 0) and of each map that the marked cell has read, as engine.receptive_field.field_of.
  fieldBoxes() {
    const boxes = [[this.cell.y, this.cell.x, this.cell.y, this.cell.x]];
    for (let i = this.focus.layer; i >= 0; i--) {
      const [{ stride, pads, kernel }, [top, left, bottom, right]] = [this.layers[i], boxes[0]];
      const below = i ? this.layers[i - 1] : this.data;
      boxes.unshift([
        Math.max(top * stride - pads[0], 0),
        Math.max(left * stride - pads[2], 0),
        Math.min(bottom * stride - pads[0] + kernel - 1, below.height - 1),
        Math.min(right * stride - pads[2] + kernel - 1, below.width - 1),
      ]);
    }
    return boxes.map(([top, left, bottom, right]) => [top, left, bottom - top + 1, right - left + 1]);
  }

  mark() {
    const layer = this.current;
    const { y, x } = this.cell;
    const boxes = this.fieldBoxes();
    this.inputTile.draw(boxes[0], this.theme);
    for (const [i, each] of this.layers.entries()) {
      for (const [unit, tile] of each.tiles.entries()) {
        const inside = i < this.focus.layer || (i === this.focus.layer && unit === this.focus.unit);
        tile.draw(inside ? boxes[i + 1] : null, this.theme);
      }
    }
    for (const tile of this.partTiles) tile.draw([y, x, 1, 1], this.theme);
    this.board.draw([{ y, x, height: 1, width: 1 }]);
    const geometry = { stride: layer.stride, dilation: 1, bias: layer.bias };
    const { sums, total } = windowAt(this.padded(this.focus.layer), layer.channels, this.unitWeights, layer.kernel, geometry, y, x);
    const value = activation(layer.activation)(total);
    sums.forEach((sum, c) => (this.values[c].textContent = number(sum)));
    if (this.pinned) this.sumValue.textContent = number(total);
    const terms = Array.from(sums, (sum, c) => (c ? signed(sum) : number(sum))).join("");
    const end = layer.activation === "none" ? "" : ` → ${layer.activation_title} ${number(value)}`;
    this.formula.textContent = `Row ${y + 1}, column ${x + 1}: ${terms} + bias ${number(layer.bias)} = ${number(total)}${end}`;
    Object.assign(this.root.dataset, { layer: this.focus.layer, unit: this.focus.unit, row: y, column: x, total, value, pinned: this.pinned, field: boxes[0].join(",") });
  }
}

export default mounted(View);
