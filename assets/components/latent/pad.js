// The pad: a square of real decodes between two to four corners, and a point to drag over it.

import { paint } from "../common/generator.js";
import { blend } from "../common/latent.js";
import { fitCanvas } from "../common/sprites.js";
import { inTurns } from "../common/turns.js";

const GAP = 3;
const STEP = 0.02; // of the side, for one press of an arrow key
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  // onMove([across, down], done): the point was dragged or moved by keys.
  constructor(canvas, onMove) {
    this.canvas = canvas;
    this.point = [0.5, 0.5];
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "Latent pad. Drag the ring, or use the arrow keys: the picture between the corners follows.");
    canvas.style.touchAction = "none";
    let held = false;
    canvas.onpointerdown = (event) => {
      held = true;
      canvas.setPointerCapture(event.pointerId);
      onMove(this.#at(event), false);
    };
    canvas.onpointermove = (event) => held && onMove(this.#at(event), false);
    canvas.onpointerup = (event) => {
      if (held) onMove(this.#at(event), true);
      held = false;
    };
    canvas.onpointercancel = () => (held = false);
    canvas.onkeydown = (event) => {
      const by = KEYS[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation(); // the arrow keys also step through a lesson
      const size = event.shiftKey ? 5 * STEP : STEP;
      onMove(this.point.map((v, i) => Math.min(Math.max(Math.round((v + by[i] * size) * 1e4) / 1e4, 0), 1)), true);
    };
  }

  // Decode a square of pictures between the corner codes, a few at a time so that the pad never blocks a drag.
  show(generator, corners, how, side, scale, theme) {
    const rows = corners.length === 2 ? 1 : null;
    const [width, height] = [generator.width * scale + GAP, generator.height * scale + GAP];
    const across = Math.max(Math.floor((side + GAP) / width), 2);
    const down = rows ?? Math.max(Math.floor((side + GAP) / height), 2);
    const key = JSON.stringify([Array.from(corners, (code) => Array.from(code.slice(0, 4))), how, across, down, scale]);
    Object.assign(this, { theme, across, down, scale, cell: [width, height], tile: [generator.width, generator.height], triangle: corners.length === 3 });
    this.size = [across * width - GAP, down * height - GAP];
    if (key === this.key) return;
    this.key = key;
    this.bitmap = new OffscreenCanvas(across * generator.width, down * generator.height);
    const context = this.bitmap.getContext("2d");
    this.stop?.();
    const fill = (i) => {
      const [column, row] = [i % across, Math.floor(i / across)];
      const place = [across > 1 ? column / (across - 1) : 0, down > 1 ? row / (down - 1) : 0.5];
      if (!this.#inside(place)) return;
      const image = context.createImageData(...this.tile);
      paint(image.data, generator.decode(blend(corners, ...place, how)), generator.channels);
      context.putImageData(image, column * this.tile[0], row * this.tile[1]);
    };
    this.stop = inTurns(across * down, fill, () => this.draw());
  }

  dispose() {
    this.stop?.();
  }

  #inside = ([x, y]) => !this.triangle || Math.abs(x - 0.5) <= (1 - y) / 2 + 0.02;

  // Place of the pad under a pointer: the middle of a corner's tile is the corner.
  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [half, tall] = [(this.cell[0] - GAP) / 2, (this.cell[1] - GAP) / 2];
    const x = (event.clientX - box.left - half) / Math.max(this.size[0] - 2 * half, 1);
    const y = this.down > 1 ? (event.clientY - box.top - tall) / Math.max(this.size[1] - 2 * tall, 1) : 0.5;
    return [x, y].map((v) => Math.min(Math.max(Math.round(v * 1e4) / 1e4, 0), 1));
  }

  draw(point = this.point) {
    this.point = point;
    if (!this.bitmap) return;
    const g = fitCanvas(this.canvas, ...this.size);
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, ...this.size);
    for (let i = 0; i < this.across * this.down; i++) {
      const [column, row] = [i % this.across, Math.floor(i / this.across)];
      const place = [this.across > 1 ? column / (this.across - 1) : 0, this.down > 1 ? row / (this.down - 1) : 0.5];
      if (!this.#inside(place)) continue;
      const [w, h] = this.tile;
      g.drawImage(this.bitmap, column * w, row * h, w, h, column * this.cell[0], row * this.cell[1], w * this.scale, h * this.scale);
    }
    const [half, tall] = [(this.cell[0] - GAP) / 2, (this.cell[1] - GAP) / 2];
    let [x, y] = point;
    if (this.triangle) x = Math.min(Math.max(x, 0.5 - (1 - y) / 2), 0.5 + (1 - y) / 2);
    const [X, Y] = [half + x * (this.size[0] - 2 * half), this.down > 1 ? tall + y * (this.size[1] - 2 * tall) : tall];
    for (const [colour, width] of [[this.theme.background, 7], [this.theme.accent, 3.5]]) {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.beginPath();
      g.arc(X, Y, 13, 0, 7);
      g.stroke();
    }
  }
}
