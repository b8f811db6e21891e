// Two panels that follow a film: where many codes are in the plane, and how long they are.

import { element } from "../common/dom.js";
import { short } from "../common/format.js";
import { fitCanvas } from "../common/sprites.js";

const RADIUS = 3;

// Dots of one frame after the other, coloured by class. points: Float32Array (frames, count, 2).
export class Cloud {
  constructor() {
    this.canvas = element("canvas", { role: "img", class: "still" });
    this.legend = element("div", { class: "classes" });
    this.element = element("div", { class: "panel" }, element("div", { class: "caption" }), this.canvas, this.legend);
  }

  set({ points, labels, classes, title }) {
    Object.assign(this, { points, labels, classes });
    this.count = labels.length;
    this.frames = points.length / (2 * this.count);
    let most = 1e-9;
    for (const v of points) most = Math.max(most, Math.abs(v));
    this.most = most * 1.05;
    this.element.firstChild.textContent = title;
    this.canvas.setAttribute("aria-label", `${title}: ${this.count} dots`);
  }

  resize(side, theme) {
    [this.side, this.theme] = [side, theme];
    const several = this.classes.length > 1 && this.classes.length <= 12;
    this.legend.replaceChildren(
      ...(several ? this.classes : []).map((name, index) => {
        const swatch = element("span", { class: "swatch" });
        swatch.style.background = this.colour(index);
        return element("span", {}, swatch, name);
      }),
    );
  }

  // Eight colours; further classes take them again as rings.
  colour = (label) => this.theme.categories[label % this.theme.categories.length];

  // place: a frame, or a place between two, where dots are on their way.
  draw(place) {
    const g = fitCanvas(this.canvas, this.side, this.side);
    const at = Math.min(Math.max(place, 0), this.frames - 1);
    const [before, share] = [Math.floor(at), at - Math.floor(at)];
    const after = Math.min(before + 1, this.frames - 1);
    const scale = this.side / 2 / this.most;
    g.clearRect(0, 0, this.side, this.side);
    for (let i = 0; i < this.count; i++) {
      const [a, b] = [2 * (before * this.count + i), 2 * (after * this.count + i)];
      const x = this.side / 2 + scale * (this.points[a] + share * (this.points[b] - this.points[a]));
      const y = this.side / 2 - scale * (this.points[a + 1] + share * (this.points[b + 1] - this.points[a + 1]));
      const ring = this.labels[i] >= this.theme.categories.length;
      g.beginPath();
      g.arc(x, y, RADIUS, 0, 7);
      g[ring ? "strokeStyle" : "fillStyle"] = this.colour(this.labels[i]);
      g.globalAlpha = 0.8;
      if (ring) g.stroke();
      else g.fill();
    }
    g.globalAlpha = 1;
  }
}

// Histogram of one frame after the other. counts: numbers (frames, bins) over [0, most], with a mark at 1.
export class Histogram {
  constructor() {
    this.canvas = element("canvas", { role: "img", class: "still" });
    this.element = element("div", { class: "panel" }, element("div", { class: "caption" }), this.canvas);
  }

  set({ counts, bins, most, title, mark }) {
    Object.assign(this, { counts, bins, most, mark });
    this.peak = counts.reduce((high, v) => Math.max(high, v), 1);
    this.element.firstChild.textContent = title;
    this.title = title;
  }

  resize(width, height, theme) {
    Object.assign(this, { width, height, theme });
  }

  draw(frame) {
    const g = fitCanvas(this.canvas, this.width, this.height);
    const { width, height, theme, bins, most } = this;
    const floor = height - 18;
    g.clearRect(0, 0, width, height);
    const row = this.counts.slice(frame * bins, (frame + 1) * bins);
    g.fillStyle = theme.accent;
    row.forEach((count, i) => {
      const tall = count ? Math.max((Math.sqrt(count) / Math.sqrt(this.peak)) * (floor - 4), 1) : 0;
      g.fillRect((i / bins) * width + 0.5, floor - tall, width / bins - 1, tall);
    });
    g.strokeStyle = theme.text;
    g.setLineDash([3, 3]);
    g.beginPath();
    g.moveTo((1 / most) * width, 0);
    g.lineTo((1 / most) * width, floor);
    g.stroke();
    g.setLineDash([]);
    g.fillStyle = theme.text;
    g.font = "12px ui-sans-serif, system-ui, sans-serif";
    g.textBaseline = "top";
    for (const tick of [0, 0.5, 1]) {
      g.textAlign = tick ? "center" : "left";
      g.fillText(tick === 1 ? this.mark : short(tick), (tick / most) * width, floor + 3);
    }
    const total = row.reduce((sum, v) => sum + v, 0);
    const edge = row.slice(Math.floor((0.95 / most) * bins)).reduce((sum, v) => sum + v, 0);
    this.canvas.setAttribute("aria-label", `${this.title}: ${Math.round((100 * edge) / (total || 1))} % at or beyond the edge of the ball`);
  }
}
