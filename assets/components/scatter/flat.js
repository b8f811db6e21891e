// The same drawing on a plain canvas, for browsers without WebGL2: stamps instead of shaders.

import { element } from "../common/dom.js";
import { spriteAt } from "./store.js";

const KEPT = 4096; // stamps

export class Flat {
  constructor() {
    this.name = "canvas";
    this.canvas = element("canvas", { class: "base", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.places = [];
    this.stamps = new Map();
  }

  setAtlas(atlas) {
    this.atlas = atlas;
    return true;
  }

  setPlaces(pane, before, after) {
    this.places[pane] = { before, after };
  }

  setStyle(style) {
    this.style = style;
  }

  begin(width, height, ratio) {
    const { canvas, context } = this;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    if (this.ratio !== ratio) this.stamps.clear();
    this.ratio = ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
  }

  draw({ pane, rect, camera, mixing, dots, sprites, dotSize, spriteSize, border }) {
    const { context } = this;
    const { before, after } = this.places[pane];
    const mixed = new Float32Array(3);
    const rotation = camera.rotation;
    const at = (n) => {
      for (let d = 0; d < 3; d++) mixed[d] = before[3 * n + d] + (after[3 * n + d] - before[3 * n + d]) * mixing;
      return camera.project(mixed, 0, rotation);
    };
    context.save();
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    for (const n of dots) {
      const [x, y] = at(n);
      const stamp = this.#stamp(n, dotSize);
      context.globalAlpha = this.style.opacity[n];
      context.drawImage(stamp, x - dotSize / 2 - 1, y - dotSize / 2 - 1, dotSize + 2, dotSize + 2);
    }
    for (const n of sprites) {
      const [x, y] = at(n);
      const inner = spriteSize - 2 * border;
      context.globalAlpha = this.style.opacity[n];
      context.fillStyle = `rgb(${this.style.colours.subarray(3 * n, 3 * n + 3).join(" ")})`;
      context.fillRect(x - spriteSize / 2, y - spriteSize / 2, spriteSize, spriteSize);
      if (!this.atlas) continue;
      const { side, bitmap } = this.atlas;
      context.drawImage(bitmap, ...spriteAt(this.atlas, n), side, side, x - inner / 2, y - inner / 2, inner, inner);
    }
    context.restore();
  }

  // A dot of this point's colour and shape, kept for the next of its kind. Colours in steps of 8 are near enough.
  #stamp(n, size) {
    const [r, g, b] = this.style.colours.subarray(3 * n, 3 * n + 3).map((v) => v & 0xf8);
    const shape = this.style.shapes[n];
    const key = `${r} ${g} ${b} ${shape} ${size}`;
    const found = this.stamps.get(key);
    if (found) return found;
    if (this.stamps.size > KEPT) this.stamps.clear();
    const whole = Math.ceil((size + 2) * this.ratio);
    const stamp = new OffscreenCanvas(whole, whole);
    const context = stamp.getContext("2d");
    context.setTransform((whole / (size + 2)) * (size / 2), 0, 0, (whole / (size + 2)) * (size / 2), whole / 2, whole / 2);
    context.fillStyle = `rgb(${this.style.colours.subarray(3 * n, 3 * n + 3).join(" ")})`;
    context.beginPath();
    outline(context, shape);
    context.fill();
    this.stamps.set(key, stamp);
    return stamp;
  }

  dispose() {
    this.stamps.clear();
  }
}

// A shape of the legend and the dots, within a circle of radius 1 about the origin.
export function outline(context, shape) {
  if (shape === 1) context.rect(-0.85, -0.85, 1.7, 1.7);
  else if (shape === 2) corners(context, [[0, -1], [1, 0], [0, 1], [-1, 0]]);
  else if (shape === 3) corners(context, [[0, -1], [1, 0.8], [-1, 0.8]]);
  else context.arc(0, 0, 1, 0, 7);
}

function corners(context, points) {
  points.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
}
