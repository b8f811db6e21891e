// The same drawing on a plain canvas, for browsers without WebGL2: stamps instead of shaders.

import { element } from "../common/dom.js";
import { spriteAt } from "./store.js";

export class Flat {
  constructor() {
    this.name = "canvas";
    this.canvas = element("canvas", { class: "base", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
    this.stamps = new Map();
  }

  setAtlas(atlas) {
    this.atlas = atlas;
    return true;
  }

  setPlaces() {} // asked for when drawn

  // Points of one look share a stamp. Colours in steps of 8 are near enough.
  setStyle(style) {
    const { colours, shapes } = (this.style = style);
    this.looks = Uint32Array.from(shapes, (shape, n) => {
      const [r, g, b] = [0, 1, 2].map((i) => colours[3 * n + i] >> 3);
      return (((((shape << 5) | r) << 5) | g) << 5) | b;
    });
    this.stamps.clear();
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

  draw({ rect, screen, dots, sprites, dotSize, spriteSize, border }) {
    const { context } = this;
    const { opacity } = this.style;
    const places = screen();
    context.save();
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    // Calls draw(n, x, y) for those of the points that reach into the pane.
    const each = (points, size, draw) => {
      const reach = size / 2 + 1;
      const [left, top, right, bottom] = [rect.x - reach, rect.y - reach, rect.x + rect.width + reach, rect.y + rect.height + reach];
      let alpha = -1;
      for (const n of points) {
        const [x, y] = [places[2 * n], places[2 * n + 1]];
        if (x < left || x > right || y < top || y > bottom) continue;
        if (opacity[n] !== alpha) context.globalAlpha = alpha = opacity[n];
        draw(n, x, y);
      }
    };
    const size = Math.round(2 * dotSize) / 2; // few sizes, few stamps
    if (size !== this.size) this.stamps.clear();
    this.size = size;
    const [whole, offset] = [size + 2, size / 2 + 1];
    each(dots, size, (n, x, y) => context.drawImage(this.#stamp(n), x - offset, y - offset, whole, whole));
    const inner = spriteSize - 2 * border;
    each(sprites, spriteSize, (n, x, y) => {
      context.fillStyle = this.#colour(n);
      context.fillRect(x - spriteSize / 2, y - spriteSize / 2, spriteSize, spriteSize);
      if (!this.atlas) return;
      const { side, bitmap } = this.atlas;
      context.drawImage(bitmap, ...spriteAt(this.atlas, n), side, side, x - inner / 2, y - inner / 2, inner, inner);
    });
    context.restore();
  }

  #colour(n) {
    return `rgb(${this.style.colours.subarray(3 * n, 3 * n + 3).join(" ")})`;
  }

  // A dot of this point's colour and shape with a pixel of margin, kept for the next of its look.
  #stamp(n) {
    const { size, ratio } = this;
    const found = this.stamps.get(this.looks[n]);
    if (found) return found;
    const whole = Math.ceil((size + 2) * ratio);
    const stamp = new OffscreenCanvas(whole, whole);
    const context = stamp.getContext("2d");
    const radius = (whole / (size + 2)) * (size / 2);
    context.setTransform(radius, 0, 0, radius, whole / 2, whole / 2);
    context.fillStyle = this.#colour(n);
    context.beginPath();
    outline(context, this.style.shapes[n]);
    context.fill();
    this.stamps.set(this.looks[n], stamp);
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
