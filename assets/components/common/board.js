// A board: one map of cells on a canvas, drawn pixelated, with zoom, numbers in large cells and outlined windows.
// It knows nothing of convolution or pooling; it reports the cell under the pointer and draws what it is told.

import { number } from "./format.js";
import { css, inkOn } from "./theme.js";

const NUMBERS_FROM = 30; // CSS pixels per cell from which its value is written into it
const LEVELS = [1, 2, 4, 8, 16, 32, 48];

export class Board {
  // label: what a screen reader says; onPoint(cell | null), onPick(cell), onKey(event): what the user does.
  constructor(canvas, { label, onPoint, onPick, onKey, onZoom }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", label);
    this.bitmap = new OffscreenCanvas(1, 1);
    this.zoom = 0; // 0: everything; else CSS pixels per cell
    this.centre = [0, 0];
    let down = null;
    canvas.onpointermove = (event) => {
      if (down) {
        const [x, y] = this.#at(event);
        if (Math.hypot(x - down.x, y - down.y) > 4) down.moved = true;
        if (down.moved && this.zoom) {
          this.centre = [down.centre[0] - (x - down.x) / this.scale, down.centre[1] - (y - down.y) / this.scale];
          this.draw();
          return;
        }
      }
      onPoint(this.cellAt(event));
    };
    canvas.onpointerdown = (event) => {
      const [x, y] = this.#at(event);
      down = { x, y, centre: [...this.centre], moved: false };
    };
    canvas.onpointerup = (event) => {
      const clicked = down && !(down.moved && this.zoom);
      down = null;
      const cell = this.cellAt(event);
      if (clicked && cell) onPick(cell);
    };
    canvas.onpointerleave = () => {
      down = null;
      onPoint(null);
    };
    canvas.onkeydown = onKey;
    canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey && canvas.getRootNode().activeElement !== canvas) return;
      event.preventDefault();
      onZoom(event.deltaY < 0 ? 1 : -1);
    };
  }

  // map: {height, width, channels, values}; paint(ImageData) fills one pixel per cell; frame [top, left, height,
  // width]: the picture inside its padding; dropped [rows, columns]: cells at the end no window reads.
  setMap(map, paint, { frame = null, dropped = [0, 0] } = {}) {
    this.map = map;
    this.frame = frame;
    this.dropped = dropped;
    if (this.bitmap.width !== map.width || this.bitmap.height !== map.height) {
      this.bitmap = new OffscreenCanvas(map.width, map.height);
    }
    const context = this.bitmap.getContext("2d");
    const image = context.createImageData(map.width, map.height);
    paint(image);
    context.putImageData(image, 0, 0);
    this.colours = image.data;
  }

  // Fit the canvas into `width` x `height` CSS pixels; keeps the map's aspect.
  resize(width, height, theme) {
    this.theme = theme;
    const ratio = window.devicePixelRatio || 1;
    const fit = Math.min(width / this.map.width, height / this.map.height);
    this.fit = fit >= 4 ? Math.floor(fit) : fit; // small pictures at a whole scale, photographs as large as they go
    const w = Math.round(this.map.width * this.fit);
    const h = Math.round(this.map.height * this.fit);
    this.width = this.zoom ? Math.min(width, Math.max(w, Math.min(width, height))) : w;
    this.height = this.zoom ? Math.min(height, Math.max(h, Math.min(width, height))) : h;
    const pixels = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) [this.canvas.width, this.canvas.height] = pixels;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.ratio = ratio;
  }

  get scale() {
    return this.zoom || this.fit;
  }

  // Next zoom level above or below the present scale; 0 is "all of it".
  level(step) {
    if (step > 0) return LEVELS.find((z) => z > this.scale + 0.01) ?? LEVELS.at(-1);
    const lower = LEVELS.findLast((z) => z < this.scale - 0.01) ?? 0;
    return lower <= this.fit ? 0 : lower;
  }

  lookAt(y, x) {
    this.centre = [x, y];
  }

  #origin() {
    if (!this.zoom) return [0, 0];
    const clamp = (c, view, cells) =>
      cells <= view ? (cells - view) / 2 : Math.min(Math.max(c - view / 2, 0), cells - view);
    return [
      clamp(this.centre[0], this.width / this.scale, this.map.width),
      clamp(this.centre[1], this.height / this.scale, this.map.height),
    ];
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * this.width) / box.width, ((event.clientY - box.top) * this.height) / box.height];
  }

  cellAt(event) {
    if (!this.map) return null;
    const [x, y] = this.#at(event);
    const [left, top] = this.#origin();
    const cell = { x: Math.floor(left + x / this.scale), y: Math.floor(top + y / this.scale) };
    return cell.x >= 0 && cell.y >= 0 && cell.x < this.map.width && cell.y < this.map.height ? cell : null;
  }

  // Is a rectangle of cells in view? Playback uses it to follow the window.
  shows(y, x, height, width) {
    const [left, top] = this.#origin();
    return (
      x >= left && y >= top && x + width <= left + this.width / this.scale && y + height <= top + this.height / this.scale
    );
  }

  // windows: [{y, x, height, width, step, colour, strong}] in cells; shade: cells from this index on are not yet
  // computed in playback; gradient etc. are painted by the caller into the map itself.
  draw(windows = this.windows, shade = this.shade) {
    if (!this.map) return;
    this.windows = windows;
    this.shade = shade;
    const g = this.context;
    const [left, top] = this.#origin();
    const s = this.scale;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.fillStyle = this.theme.soft;
    g.fillRect(0, 0, this.width, this.height);
    g.imageSmoothingEnabled = s < 2 && s !== 1;
    g.imageSmoothingQuality = "high";
    g.drawImage(this.bitmap, -left * s, -top * s, this.map.width * s, this.map.height * s);
    if (s >= 12) this.#grid(left, top, s);
    if (s >= NUMBERS_FROM) this.#numbers(left, top, s);
    if (this.frame) this.#padding(left, top, s);
    if (this.dropped[0] || this.dropped[1]) this.#dropped(left, top, s);
    if (shade !== undefined && shade !== null) this.#shade(shade, left, top, s);
    for (const w of windows ?? []) this.#window(w, left, top, s);
  }

  #grid(left, top, s) {
    const g = this.context;
    g.strokeStyle = this.theme.dark ? "rgb(0 0 0 / 0.35)" : "rgb(255 255 255 / 0.55)";
    g.lineWidth = 1;
    g.beginPath();
    for (let x = Math.ceil(left); x <= left + this.width / s; x++) {
      g.moveTo((x - left) * s, 0);
      g.lineTo((x - left) * s, this.height);
    }
    for (let y = Math.ceil(top); y <= top + this.height / s; y++) {
      g.moveTo(0, (y - top) * s);
      g.lineTo(this.width, (y - top) * s);
    }
    g.stroke();
  }

  #numbers(left, top, s) {
    const g = this.context;
    const { height, width, channels, values } = this.map;
    const digits = s >= 40 ? 2 : 1;
    const lines = channels > 1 ? channels : 1;
    const size = Math.min(lines > 1 ? s / 4.2 : s / 3.1, 17);
    if (size < 7.5) return;
    g.font = `${size}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    for (let y = Math.max(Math.floor(top), 0); y < Math.min(Math.ceil(top + this.height / s), height); y++) {
      for (let x = Math.max(Math.floor(left), 0); x < Math.min(Math.ceil(left + this.width / s), width); x++) {
        const at = 4 * (y * width + x);
        g.fillStyle = inkOn([this.colours[at], this.colours[at + 1], this.colours[at + 2]]);
        for (let c = 0; c < lines; c++) {
          const text = number(values[(c * height + y) * width + x], digits);
          g.fillText(text, (x + 0.5 - left) * s, (y + 0.5 - top) * s + (c - (lines - 1) / 2) * size * 1.15);
        }
      }
    }
  }

  #hatch(x, y, width, height, colour) {
    if (width <= 0 || height <= 0) return;
    const g = this.context;
    g.save();
    g.beginPath();
    g.rect(x, y, width, height);
    g.clip();
    g.strokeStyle = colour;
    g.lineWidth = 1;
    g.beginPath();
    for (let d = -height; d < width; d += 6) {
      g.moveTo(x + d, y + height);
      g.lineTo(x + d + height, y);
    }
    g.stroke();
    g.restore();
  }

  #padding(left, top, s) {
    const [y, x, height, width] = this.frame;
    if (y === 0 && x === 0 && height === this.map.height && width === this.map.width) return;
    const g = this.context;
    g.strokeStyle = this.theme.text;
    g.setLineDash([4, 3]);
    g.lineWidth = 1;
    g.strokeRect((x - left) * s + 0.5, (y - top) * s + 0.5, width * s - 1, height * s - 1);
    g.setLineDash([]);
  }

  #dropped(left, top, s) {
    const [rows, columns] = this.dropped;
    const w = this.map.width;
    const h = this.map.height;
    const colour = this.theme.dark ? "rgb(255 255 255 / 0.75)" : "rgb(0 0 0 / 0.7)";
    this.#hatch((w - columns - left) * s, -top * s, columns * s, h * s, colour);
    this.#hatch(-left * s, (h - rows - top) * s, (w - columns) * s, rows * s, colour);
  }

  #shade(from, left, top, s) {
    const g = this.context;
    const w = this.map.width;
    const row = Math.floor(from / w);
    const column = from % w;
    g.globalAlpha = 0.88;
    g.fillStyle = this.theme.background;
    g.fillRect((column - left) * s, (row - top) * s, (w - column) * s, s);
    g.fillRect(-left * s, (row + 1 - top) * s, w * s, (this.map.height - row - 1) * s);
    g.globalAlpha = 1;
  }

  // A window outlined in the accent colour with a halo, so that it stands out on any picture.
  #window({ y, x, height, width, step = 1, ring = false }, left, top, s) {
    const g = this.context;
    const least = 7;
    let [X, Y, W, H] = [(x - left) * s, (y - top) * s, width * s, height * s];
    if (W < least) [X, W] = [X - (least - W) / 2, least];
    if (H < least) [Y, H] = [Y - (least - H) / 2, least];
    for (const [colour, thick] of [[this.theme.background, 5], [this.theme.accent, 2.5]]) {
      g.strokeStyle = colour;
      g.lineWidth = thick;
      g.beginPath();
      if (ring) g.ellipse(X + W / 2, Y + H / 2, W / 2, H / 2, 0, 0, 7);
      else g.rect(X, Y, W, H);
      g.stroke();
    }
    if (step > 1 && s >= 4) {
      g.fillStyle = this.theme.accent;
      for (let i = 0; i < height; i += step) {
        for (let j = 0; j < width; j += step) g.fillRect((x + j + 0.5 - left) * s - 1.5, (y + i + 0.5 - top) * s - 1.5, 3, 3);
      }
    }
  }

  // A lens: the cells around a small window, enlarged, drawn over the far corner of the board.
  lens({ y, x, height, width }) {
    if (this.scale >= 8) return;
    const g = this.context;
    const cells = Math.max(height, width) + 6;
    const side = Math.min(Math.floor(Math.min(this.width, this.height) * 0.36), 150);
    const s = side / cells;
    const [cy, cx] = [y + height / 2, x + width / 2];
    const [left, top] = this.#origin();
    const X = (cx - left) * this.scale < this.width / 2 ? this.width - side - 6 : 6;
    const Y = (cy - top) * this.scale < this.height / 2 ? this.height - side - 6 : 6;
    g.save();
    g.beginPath();
    g.rect(X, Y, side, side);
    g.clip();
    g.fillStyle = this.theme.soft;
    g.fillRect(X, Y, side, side);
    g.imageSmoothingEnabled = false;
    g.drawImage(this.bitmap, X - (cx - cells / 2) * s, Y - (cy - cells / 2) * s, this.map.width * s, this.map.height * s);
    g.strokeStyle = this.theme.accent;
    g.lineWidth = 2;
    g.strokeRect(X + (x - cx + cells / 2) * s, Y + (y - cy + cells / 2) * s, width * s, height * s);
    g.restore();
    g.strokeStyle = this.theme.background;
    g.lineWidth = 4;
    g.strokeRect(X, Y, side, side);
    g.strokeStyle = css([128, 128, 128]);
    g.lineWidth = 1;
    g.strokeRect(X, Y, side, side);
  }
}
