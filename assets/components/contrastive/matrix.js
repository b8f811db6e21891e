// The table of all pairs: pictures along both sides, one cell per pair. It draws what it is told and reports the cell
// under the pointer; it knows nothing of losses.

import { css } from "../common/theme.js";

const EDGE = 3; // pixels between pictures and cells

export class Matrix {
  // onPoint([row, column] | null), onPick([row, column]), onKey(event)
  constructor(canvas, { label, onPoint, onPick, onKey }) {
    this.canvas = canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", label);
    canvas.onpointermove = (event) => onPoint(this.cellAt(event));
    canvas.onpointerleave = () => onPoint(null);
    canvas.onpointerdown = (event) => {
      const cell = this.cellAt(event);
      if (cell) onPick(cell);
    };
    canvas.onkeydown = onKey;
  }

  // Fit `rows` cells and the pictures beside them into `side` CSS pixels.
  resize(side, rows) {
    const ratio = window.devicePixelRatio || 1;
    this.rows = rows;
    this.cell = Math.max(8, Math.floor((side - EDGE) / (rows + 1)));
    this.margin = this.cell + EDGE;
    this.side = this.margin + rows * this.cell;
    this.canvas.width = this.canvas.height = Math.round(this.side * ratio);
    this.canvas.style.width = this.canvas.style.height = `${this.side}px`;
    this.ratio = ratio;
  }

  cellAt(event) {
    const area = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    const [column, row] = [x, y].map((v) => Math.floor((v - this.margin) / this.cell));
    if (Math.min(row, column) >= 0 && Math.max(row, column) < this.rows) return [row, column];
    if (x < this.margin && row >= 0 && row < this.rows) return [row, null]; // a picture at the side
    return null;
  }

  // colour(row, column) -> [r, g, b] or null for no cell; picture(g, index, x, y, side); marks: cells to outline.
  draw({ colour, picture, row, column, marks, theme }) {
    const g = this.canvas.getContext("2d");
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.side, this.side);
    g.imageSmoothingEnabled = false;
    const at = (index) => this.margin + index * this.cell;
    for (let i = 0; i < this.rows; i++) {
      picture(g, i, 0, at(i), this.cell - 1);
      picture(g, i, at(i), 0, this.cell - 1);
      for (let j = 0; j < this.rows; j++) {
        const shade = colour(i, j);
        if (shade) g.fillStyle = css(shade);
        else g.fillStyle = theme.soft;
        g.fillRect(at(j), at(i), this.cell - 1, this.cell - 1);
      }
    }
    g.lineWidth = 1.5;
    g.strokeStyle = theme.text;
    for (const [i, j] of marks) g.strokeRect(at(j) + 0.5, at(i) + 0.5, this.cell - 2, this.cell - 2);
    g.lineWidth = 2;
    g.strokeStyle = theme.accent;
    if (row !== null) g.strokeRect(1, at(row) - 1, this.side - 2, this.cell + 1);
    if (column !== null && column !== undefined) {
      g.lineWidth = 3;
      g.strokeRect(at(column) - 1, at(row) - 1, this.cell + 1, this.cell + 1);
    }
  }
}
