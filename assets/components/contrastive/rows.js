// One row in detail: its softmax as bars, and a vector as a strip of colours.

import { element } from "../common/dom.js";
import { css, diverging, paintInto } from "../common/theme.js";

const HIGH = 66; // pixels of the tallest bar

export class Bars {
  // onPoint(place | null)
  constructor(canvas, onPoint) {
    this.canvas = canvas;
    canvas.setAttribute("role", "img");
    canvas.onpointermove = (event) => {
      const x = event.clientX - canvas.getBoundingClientRect().left;
      const place = Math.floor(x / this.step);
      onPoint(place >= 0 && place < this.rows ? place : null);
    };
    canvas.onpointerleave = () => onPoint(null);
  }

  resize(width, rows) {
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this, { width, rows, step: width / rows, ratio });
    this.picture = Math.min(this.step - 2, 26);
    this.height = HIGH + this.picture + 22;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
  }

  // values: probabilities by place; own, partner, column: places.
  draw({ values, own, partner, column, picture, theme }) {
    const g = this.canvas.getContext("2d");
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    g.imageSmoothingEnabled = false;
    const floor = HIGH + 16;
    g.strokeStyle = theme.border;
    g.beginPath();
    g.moveTo(0, floor + 0.5);
    g.lineTo(this.width, floor + 0.5);
    g.stroke();
    values.forEach((value, place) => {
      const x = place * this.step + (this.step - this.picture) / 2;
      if (place === own) g.globalAlpha = 0.25;
      picture(g, place, x, floor + 3, this.picture);
      g.globalAlpha = 1;
      if (place === own) return;
      g.fillStyle = place === partner ? theme.accent : css(theme.dark ? [150, 152, 165] : [110, 112, 125]);
      g.fillRect(x, floor - value * HIGH, this.picture, Math.max(value * HIGH, 0.75));
      if (place === column || place === partner) {
        g.strokeStyle = theme.accent;
        g.lineWidth = place === column ? 3 : 1.5;
        g.strokeRect(x - 0.5, floor + 2.5, this.picture + 1, this.picture + 1);
      }
    });
    g.fillStyle = theme.text;
    g.font = "12px sans-serif";
    g.textAlign = "center";
    const labelled = column !== null && column !== own ? [partner, column] : [partner];
    for (const place of labelled) {
      const x = Math.min(Math.max((place + 0.5) * this.step, 14), this.width - 14);
      g.fillText(values[place].toFixed(2), x, floor - values[place] * HIGH - 4);
    }
    const text = values.map((value, place) => (place === own ? null : value)).filter((value) => value !== null);
    this.canvas.setAttribute("aria-label", `Softmax of the row: the positive has ${values[partner].toFixed(3)}, the largest is ${Math.max(...text).toFixed(3)}`);
  }
}

// A vector as one row of colours, zero in the middle of the scale.
export function strip(values, limit, theme, name) {
  const canvas = element("canvas", { width: values.length, height: 1, class: "vector", role: "img", "aria-label": `${values.length} numbers of ${name}` });
  const g = canvas.getContext("2d");
  const image = g.createImageData(values.length, 1);
  paintInto(image.data, values, -limit, limit, (v) => diverging(theme, v, limit));
  g.putImageData(image, 0, 0);
  return canvas;
}
