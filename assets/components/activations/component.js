// What the blocks of a network put out for one picture: small maps in rows, one of them large. The maps come from torch
// as 8-bit pictures with one symmetric scale per block; here they are coloured, enlarged and read.

import { Board } from "../common/board.js";
import { element } from "../common/dom.js";
import { number } from "../common/format.js";
import { STEPS, clamp, colourBar, outline } from "../common/maps.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { pixelsOf } from "../common/source.js";
import { diverging, paintInto, readTheme } from "../common/theme.js";

const ZERO = 128; // the level that stands for 0; 1 and 255 are minus and plus the scale

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, focus: { block: 0, map: 0 }, pinned: false, cell: { y: 0, x: 0 } });
    this.rows = element("div", { class: "rows" });
    this.head = element("div", { class: "caption" });
    this.canvas = element("canvas", {});
    this.board = new Board(this.canvas, {
      label: "The chosen map, large. Arrow keys move the cell, Enter pins the map, Escape lets it go.",
      onPoint: (cell) => cell && this.move(cell),
      onPick: (cell) => this.pick(this.focus, cell),
      onKey: (event) => this.#boardKey(event),
      onZoom: () => {},
    });
    this.value = element("p", { class: "value numeric" });
    this.scale = element("div", { class: "scale numeric" });
    this.seen = element("canvas", { class: "seen", role: "img" });
    this.seenHead = element("div", { class: "caption" }, element("span", {}, "The picture as the network sees it"));
    this.guesses = element("div", { class: "guesses" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    const stage = element("div", { class: "stage" }, this.head, this.canvas, this.scale, this.value, this.seenHead, this.seen, this.guesses);
    this.body = element("div", { class: "body" }, this.rows, stage);
    root.replaceChildren(this.body, this.live);
    root.onkeydown = (event) => {
      if (event.key === "Escape" && this.pinned) this.#letGo();
    };
    this.observer = watchWidth(this, () => this.blocks);
  }

  dispose() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  async update({ data }) {
    this.data = data;
    let pictures;
    try {
      pictures = await Promise.all([data.seen, ...data.blocks.map((block) => block.url)].map(pixelsOf));
    } catch {
      if (this.data === data) this.rows.replaceChildren("The maps could not be loaded: the server did not answer. Change any setting to try again.");
      return;
    }
    if (this.data !== data) return; // a later update overtook this one
    this.theme = readTheme(this.host);
    const [seen, ...atlases] = pictures;
    this.seenPixels = seen;
    this.blocks = data.blocks.map((block, i) => ({ ...block, levels: atlases[i].data }));
    if (arrives(this, data) || this.shape !== data.shape) {
      const { height, width } = this.blocks[0];
      Object.assign(this, { pinned: false, focus: { block: 0, map: 0 }, cell: { y: height >> 1, x: width >> 1 } });
    }
    this.shape = data.shape;
    this.#build();
    this.layout();
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  // Map number i of a block as levels; the picture stacks the maps of a block.
  #levels({ levels, width, height }, i) {
    const size = width * height;
    const out = new Uint8Array(size);
    for (let k = 0; k < size; k++) out[k] = levels[4 * (i * size + k)];
    return out;
  }

  #build() {
    const held = this.root.getRootNode().activeElement?.dataset?.map;
    this.rows.replaceChildren(...this.blocks.map((block, b) => this.#row(block, b)));
    if (held) this.rows.querySelector(`[data-map="${held}"]`)?.focus();
    this.#guesses();
  }

  #row(block, b) {
    block.maps = block.channels.map((channel, i) => ({ channel, levels: this.#levels(block, i) }));
    const tiles = block.maps.map((map, i) => this.#tile(block, b, map, i));
    const name = block.name === block.title.toLowerCase() ? "" : ` ${block.name}`;
    const facts = `${block.shape.join(" × ")} · ${(100 * block.zeros).toFixed(0)} % zeros`;
    return element(
      "section",
      {},
      element("div", { class: "caption" }, element("span", {}, element("b", {}, block.title), element("span", { class: "quiet" }, name)), element("span", { class: "facts" }, facts)),
      element("div", { class: "tiles" }, ...tiles),
    );
  }

  #tile(block, b, map, i) {
    const canvas = element("canvas", { class: "map", role: "button", "data-map": `${b}-${i}`, tabIndex: -1, width: block.width, height: block.height });
    const context = canvas.getContext("2d");
    const image = context.createImageData(block.width, block.height);
    this.#paint(image, map.levels);
    context.putImageData(image, 0, 0);
    map.canvas = canvas;
    let [low, high, zeros] = [255, 0, 0];
    for (const level of map.levels) {
      low = Math.min(low, level);
      high = Math.max(high, level);
      zeros += level === ZERO;
    }
    map.range = [low, high].map((level) => ((level - ZERO) / 127) * block.scale);
    map.empty = zeros === map.levels.length;
    canvas.classList.toggle("empty", map.empty);
    const says = map.empty ? "zero everywhere" : `from ${number(map.range[0])} to ${number(map.range[1])}`;
    canvas.setAttribute("aria-label", `${block.title}, channel ${map.channel}, ${block.height} by ${block.width}, ${says}`);
    canvas.title = `channel ${map.channel}`;
    canvas.onpointerenter = () => !this.pinned && this.show({ block: b, map: i });
    canvas.onclick = () => this.pick({ block: b, map: i }, this.cell);
    canvas.onfocus = () => !this.pinned && this.show({ block: b, map: i });
    canvas.onkeydown = (event) => this.#tileKey(event);
    return element("span", { class: "tile" }, canvas, element("small", { "aria-hidden": "true" }, String(map.channel)));
  }

  #paint(image, levels) {
    paintInto(image.data, levels, 1, 255, (level) => diverging(this.theme, level - ZERO, 127));
  }

  #guesses() {
    this.guesses.replaceChildren(
      ...this.data.guesses.map(([label, share]) =>
        element(
          "div",
          { class: "guess" },
          element("span", {}, label),
          element("span", { class: "facts" }, `${(100 * share).toFixed(1)} %`),
          element("i", { style: `width: ${100 * share}%` }),
        ),
      ),
    );
    if (!this.data.guesses.length) this.guesses.append(element("span", { class: "quiet" }, this.data.silence));
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const narrow = total < 560;
    this.body.classList.toggle("narrow", narrow);
    const stage = narrow ? total : Math.min(Math.max(total * 0.34, 220), 320);
    this.root.style.setProperty("--stage", `${stage}px`);
    const room = narrow ? total : total - stage - 24;
    const across = narrow ? 6 : 8;
    const side = Math.floor((room - 6 * (across - 1) - 2) / across);
    for (const block of this.blocks) {
      for (const { canvas } of block.maps) {
        const scale = side / Math.max(block.width, block.height);
        canvas.style.width = `${block.width * scale}px`;
        canvas.style.height = `${block.height * scale}px`;
      }
    }
    this.stageSide = narrow ? Math.min(total - 4, 340) : stage;
    this.show(this.focus);
    ready(this.root);
  }

  get block() {
    return this.blocks[this.focus.block];
  }

  get map() {
    return this.block.maps[this.focus.map];
  }

  // --- what the user does --------------------------------------------------------------------------------------------

  show(focus) {
    this.focus = { block: clamp(focus.block, this.blocks.length - 1), map: 0 };
    this.focus.map = clamp(focus.map, this.block.maps.length - 1);
    const { block, map } = this;
    for (const each of this.blocks) {
      for (const { canvas } of each.maps) {
        const here = canvas === map.canvas;
        canvas.classList.toggle("chosen", here);
        canvas.tabIndex = here ? 0 : -1;
        canvas.setAttribute("aria-pressed", String(here && this.pinned));
      }
    }
    const { height, width } = block;
    const values = Float32Array.from(map.levels, (level) => ((level - ZERO) / 127) * block.scale);
    this.board.setMap({ height, width, channels: 1, values }, (image) => this.#paint(image, map.levels));
    this.board.resize(this.stageSide, this.stageSide, this.theme);
    this.cell = { y: clamp(this.cell.y, height - 1), x: clamp(this.cell.x, width - 1) };
    const size = block.averaged ? `averaged to ${height} × ${width}` : `${height} × ${width}`;
    this.head.replaceChildren(element("b", {}, block.title), element("span", { class: "facts" }, `channel ${map.channel} of ${block.shape[0]}, ${size}`));
    this.#legend(block);
    this.mark();
    Object.assign(this.root.dataset, { block: block.id, channel: map.channel, pinned: this.pinned });
  }

  #legend({ scale }) {
    const bar = colourBar(this.theme, 96, `Colours from ${number(-scale)} to ${number(scale)}, neutral at 0`);
    this.scale.replaceChildren(number(-scale), bar, number(scale));
  }

  move(cell) {
    this.cell = cell;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.mark();
    });
  }

  // The marked cell: its value, and the part of the picture at the same place.
  mark() {
    const { y, x } = this.cell;
    const { block, map } = this;
    this.board.draw([{ y, x, height: 1, width: 1 }]);
    const value = ((map.levels[y * block.width + x] - ZERO) / 127) * block.scale;
    this.value.textContent = `Row ${y + 1}, column ${x + 1}: ${number(value)}`;
    this.root.dataset.value = value;
    const seen = this.seenPixels;
    const side = Math.min(this.stageSide, 240);
    const ratio = window.devicePixelRatio || 1;
    const scale = side / Math.max(seen.width, seen.height);
    const [w, h] = [seen.width * scale, seen.height * scale];
    this.seen.width = Math.round(w * ratio);
    this.seen.height = Math.round(h * ratio);
    this.seen.style.width = `${w}px`;
    this.seen.style.height = `${h}px`;
    this.seen.setAttribute("aria-label", `${this.data.picture}, ${seen.width} by ${seen.height} pixels, with the part marked that lies where the chosen cell lies`);
    const g = this.seen.getContext("2d");
    this.bitmap ??= new OffscreenCanvas(1, 1);
    if (this.bitmapOf !== seen) {
      Object.assign(this.bitmap, { width: seen.width, height: seen.height });
      this.bitmap.getContext("2d").putImageData(seen, 0, 0);
      this.bitmapOf = seen;
    }
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.drawImage(this.bitmap, 0, 0, w, h);
    outline(g, this.theme, (x / block.width) * w, (y / block.height) * h, Math.max(w / block.width, 3), Math.max(h / block.height, 3));
  }

  pick(focus, cell) {
    const here = focus.block === this.focus.block && focus.map === this.focus.map;
    this.pinned = !(here && this.pinned && cell === this.cell);
    this.cell = cell;
    this.show(focus);
    this.live.textContent = `${this.pinned ? "Pinned" : "Let go"}: ${this.map.canvas.getAttribute("aria-label")}. ${this.value.textContent}`;
  }

  #letGo() {
    this.pinned = false;
    this.show(this.focus);
    this.live.textContent = "Let go.";
  }

  // Left and right: the map before and after in this block; up and down: the block before and after.
  #tileKey(event) {
    const step = STEPS[event.key];
    if (!step && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    if (!step) return this.pick(this.focus, this.cell);
    const block = clamp(this.focus.block + step[0], this.blocks.length - 1);
    const map = clamp(this.focus.map + step[1], this.blocks[block].maps.length - 1);
    this.show({ block, map });
    this.map.canvas.focus();
    this.live.textContent = this.map.canvas.getAttribute("aria-label");
  }

  #boardKey(event) {
    const step = STEPS[event.key];
    if (step) {
      this.cell = { y: clamp(this.cell.y + step[0], this.block.height - 1), x: clamp(this.cell.x + step[1], this.block.width - 1) };
      this.mark();
      this.live.textContent = this.value.textContent;
    } else if (event.key === "Enter") this.pick(this.focus, { ...this.cell });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export default mounted(View);
