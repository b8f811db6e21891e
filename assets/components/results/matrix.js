// A confusion matrix on a canvas: row-wise shares as colour, counts as numbers, keyboard and pointer.

import { element } from "../common/dom.js";
import { css, inkOn, sequential } from "../common/theme.js";

const FONT = "ui-sans-serif, system-ui, sans-serif";

export class Matrix {
  constructor({ onPoint, onPick }) {
    this.onPoint = onPoint;
    this.onPick = onPick;
    const label = "Confusion matrix. Arrow keys move, Enter shows the pictures of a cell.";
    this.canvas = element("canvas", { tabIndex: 0, role: "application", "aria-label": label, class: "matrix" });
    this.canvas.onpointermove = (event) => this.point(this.#at(event));
    this.canvas.onpointerleave = () => this.point(null);
    this.canvas.onclick = (event) => {
      const cell = this.#at(event);
      if (cell) this.onPick(cell);
    };
    this.canvas.onkeydown = (event) => this.key(event);
  }

  // counts: rows of the actual classes; room: CSS pixels of width; cell: the chosen one, or null.
  show({ counts, classes, room, theme, cell }) {
    Object.assign(this, { counts, classes, theme, chosen: cell });
    const n = classes.length;
    const g = this.canvas.getContext("2d");
    g.font = `12px ${FONT}`;
    const longest = Math.min(Math.max(...classes.map((name) => g.measureText(name).width)), 110);
    this.left = longest + 10;
    this.top = longest + 10;
    this.size = Math.max(Math.min(Math.floor((room - this.left - 2) / n), 44), 6);
    this.width = this.left + n * this.size + 2;
    this.height = this.top + n * this.size + 2;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.ratio = ratio;
    this.draw();
  }

  draw() {
    const g = this.canvas.getContext("2d");
    const { counts, classes, size, left, top, theme } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    g.font = `${Math.min(12, Math.max(size, 8))}px ${FONT}`;
    g.fillStyle = theme.text;
    g.textBaseline = "middle";
    g.textAlign = "right";
    classes.forEach((name, row) => size >= 8 && g.fillText(this.#fitted(g, name), left - 6, top + (row + 0.5) * size));
    g.textAlign = "left";
    classes.forEach((name, column) => {
      if (size < 8) return;
      g.save();
      g.translate(left + (column + 0.5) * size, top - 6);
      g.rotate(-Math.PI / 2);
      g.fillText(this.#fitted(g, name), 0, 0);
      g.restore();
    });
    g.textAlign = "center";
    counts.forEach((line, row) => {
      const total = line.reduce((a, b) => a + b, 0) || 1;
      line.forEach((count, column) => {
        const colour = sequential(count / total);
        g.fillStyle = css(colour);
        g.fillRect(left + column * size, top + row * size, size - 1, size - 1);
        if (size >= 22 && count) {
          g.fillStyle = inkOn(colour);
          g.fillText(String(count), left + (column + 0.5) * size, top + (row + 0.5) * size);
        }
      });
    });
    for (const [cell, width] of [[this.chosen, 3], [this.pointed, 2]]) {
      if (!cell) continue;
      g.strokeStyle = theme.accent;
      g.lineWidth = width;
      g.strokeRect(left + cell[1] * size, top + cell[0] * size, size - 1, size - 1);
    }
  }

  #fitted(g, name) {
    let text = name;
    while (text.length > 2 && g.measureText(text).width > 110) text = `${text.slice(0, -2)}…`;
    return text;
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - this.left) / this.size);
    const row = Math.floor((event.clientY - box.top - this.top) / this.size);
    const n = this.classes?.length ?? 0;
    return row >= 0 && column >= 0 && row < n && column < n ? [row, column] : null;
  }

  point(cell) {
    this.pointed = cell;
    this.draw();
    this.onPoint(cell);
  }

  key(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const from = this.pointed ?? this.chosen ?? [0, 0];
    if (event.key in moves) {
      const last = this.classes.length - 1;
      this.point(from.map((at, axis) => Math.min(Math.max(at + moves[event.key][axis], 0), last)));
    } else if (event.key === "Enter" || event.key === " ") this.onPick(from);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
  }
}
