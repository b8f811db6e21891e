// One plane of two numbers: a surface in colour, arrows of one update, trajectories up to a step, a start to drag.

import { css, rgb } from "../common/theme.js";

export const EXTENT = 2; // the plane shows -2 to 2 on both axes
const CELLS = 96; // of the surface
const ARROWS = 13;
const MARGIN = { left: 34, bottom: 30 };

export class Plane {
  // label: for screen readers; onStart([x, y], done): the start was dragged or moved by keys.
  constructor(canvas, { label, onStart }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", label);
    canvas.style.touchAction = "none";
    let held = false;
    canvas.onpointerdown = (event) => {
      held = true;
      canvas.setPointerCapture(event.pointerId);
      onStart(this.#point(event), false);
    };
    canvas.onpointermove = (event) => held && onStart(this.#point(event), false);
    canvas.onpointerup = (event) => {
      if (held) onStart(this.#point(event), true);
      held = false;
    };
    canvas.onpointercancel = () => (held = false);
    canvas.onkeydown = (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation(); // the arrow keys also step through a lesson
      const clamp = (v) => Math.min(Math.max(Math.round(v * 20) / 20, -EXTENT), EXTENT);
      onStart([clamp(this.start[0] + by[0] / 20), clamp(this.start[1] + by[1] / 20)], true);
    };
  }

  resize(side, theme) {
    this.side = side;
    this.theme = theme;
    this.ratio = window.devicePixelRatio || 1;
    const [width, height] = [side + MARGIN.left, side + MARGIN.bottom];
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  // surface(x, y) -> [r, g, b]; arrow(x, y) -> [dx, dy]; solution: list of polylines; axes: [horizontal, vertical].
  set({ surface, arrow, solution, axes }) {
    Object.assign(this, { arrow, solution, axes });
    const image = new ImageData(CELLS, CELLS);
    for (let row = 0; row < CELLS; row++) {
      for (let column = 0; column < CELLS; column++) {
        const at = (i) => ((i + 0.5) / CELLS) * 2 * EXTENT - EXTENT;
        image.data.set([...surface(at(column), -at(row)), 255], 4 * (row * CELLS + column));
      }
    }
    this.bitmap = new OffscreenCanvas(CELLS, CELLS);
    this.bitmap.getContext("2d").putImageData(image, 0, 0);
  }

  #x = (x) => MARGIN.left + ((x + EXTENT) / (2 * EXTENT)) * this.side;
  #y = (y) => ((EXTENT - y) / (2 * EXTENT)) * this.side;

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const clamp = (v) => Math.min(Math.max(Math.round(v * 100) / 100, -EXTENT), EXTENT);
    const x = (((event.clientX - box.left) - MARGIN.left) / this.side) * 2 * EXTENT - EXTENT;
    const y = EXTENT - ((event.clientY - box.top) / this.side) * 2 * EXTENT;
    return [clamp(x), clamp(y)];
  }

  // paths: [{name, colour, states}], drawn up to index `until`.
  draw(start, paths, until) {
    this.start = start;
    const g = this.context;
    const { theme, side } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    g.imageSmoothingEnabled = true;
    g.drawImage(this.bitmap, MARGIN.left, 0, side, side);
    g.save();
    g.beginPath();
    g.rect(MARGIN.left, 0, side, side);
    g.clip();
    this.#field();
    g.strokeStyle = theme.text;
    g.lineWidth = 2;
    for (const line of this.solution) this.#polyline(line);
    for (const { colour, states } of paths) {
      g.lineJoin = "round";
      for (const [stroke, width] of [[theme.background, 5], [colour, 2.5]]) {
        [g.strokeStyle, g.lineWidth] = [stroke, width];
        this.#polyline(states.slice(0, until + 1));
      }
    }
    for (const { colour, states } of paths) this.#head(states[Math.min(until, states.length - 1)], colour);
    this.#ring(start);
    g.restore();
    this.#labels();
  }

  #polyline(states) {
    const g = this.context;
    g.beginPath();
    for (const [index, [x, y]] of states.entries()) {
      if (index) g.lineTo(this.#x(x), this.#y(y));
      else g.moveTo(this.#x(x), this.#y(y));
    }
    g.stroke();
  }

  #field() {
    const g = this.context;
    const room = (2 * EXTENT) / ARROWS;
    g.strokeStyle = css([...rgb(this.theme.text)]);
    g.globalAlpha = 0.45;
    g.lineWidth = 1.2;
    for (let i = 0; i < ARROWS; i++) {
      for (let j = 0; j < ARROWS; j++) {
        const [x, y] = [(i + 0.5) * room - EXTENT, (j + 0.5) * room - EXTENT];
        const [dx, dy] = this.arrow(x, y);
        const length = Math.hypot(dx, dy);
        if (length < 1e-9) continue;
        const scale = (room * 0.62 * Math.min(0.35 + 0.5 * length, 1)) / length;
        const [X, Y] = [this.#x(x + dx * scale), this.#y(y + dy * scale)];
        const angle = Math.atan2(Y - this.#y(y), X - this.#x(x));
        g.beginPath();
        g.moveTo(this.#x(x), this.#y(y));
        g.lineTo(X, Y);
        for (const turn of [2.6, -2.6]) {
          g.moveTo(X, Y);
          g.lineTo(X + 4 * Math.cos(angle + turn), Y + 4 * Math.sin(angle + turn));
        }
        g.stroke();
      }
    }
    g.globalAlpha = 1;
  }

  #head([x, y], colour) {
    const g = this.context;
    const inside = Math.max(Math.abs(x), Math.abs(y)) <= EXTENT;
    const clamp = (v) => Math.min(Math.max(v, -EXTENT), EXTENT);
    g.beginPath();
    g.arc(this.#x(clamp(x)), this.#y(clamp(y)), inside ? 6 : 4, 0, 7);
    g.fillStyle = colour;
    g.strokeStyle = this.theme.background;
    g.lineWidth = 2;
    g.fill();
    g.stroke();
  }

  #ring([x, y]) {
    const g = this.context;
    for (const [colour, width] of [[this.theme.background, 5], [this.theme.text, 2]]) {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.beginPath();
      g.arc(this.#x(x), this.#y(y), 9, 0, 7);
      g.stroke();
    }
  }

  #labels() {
    const g = this.context;
    g.font = "12px ui-sans-serif, system-ui, sans-serif";
    g.fillStyle = this.theme.text;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const tick of [-2, -1, 0, 1, 2]) {
      const text = String(tick).replace("-", "\u2212");
      g.textAlign = tick === -2 ? "left" : tick === 2 ? "right" : "center";
      g.fillText(text, this.#x(tick), this.side + 3);
      g.textAlign = "right";
      g.textBaseline = tick === -2 ? "bottom" : tick === 2 ? "top" : "middle";
      g.fillText(text, MARGIN.left - 5, this.#y(tick));
      g.textBaseline = "top";
    }
    g.textAlign = "center";
    g.fillText(this.axes[0], MARGIN.left + this.side / 2, this.side + 16);
    g.save();
    g.translate(2, this.side / 2);
    g.rotate(-Math.PI / 2);
    g.fillText(this.axes[1], 0, 0);
    g.restore();
  }
}
