// A small line chart on a canvas that follows a cursor: for curves that belong to a transport in the same component.

import { short } from "./format.js";

const LEFT = 46;
const BOTTOM = 30;
const TOP = 10;
const RIGHT = 12;

// Powers of ten for a logarithmic axis, round steps otherwise: at most about `count` of them.
export function ticks(low, high, log, count = 5) {
  if (log) {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const each = Math.max(Math.ceil((to - from + 1) / count), 1);
    const found = [];
    for (let power = to; power >= from; power -= each) found.unshift(10 ** power);
    return found;
  }
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const each = [1, 2, 5, 10].map((step) => step * power).find((step) => step >= raw - 1e-12);
  const found = [];
  for (let at = Math.ceil(low / each - 1e-9) * each; at <= high + each * 1e-6; at += each) found.push(Math.abs(at) < each * 1e-6 ? 0 : at);
  return found;
}

const power = (value) => {
  const text = String(Math.round(Math.log10(value))).replace("-", "⁻");
  return `10${text.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])}`;
};

export class Chart {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  // series: [{name, colour, x?, values, dashed}]; x defaults to the index. options: {log, low, high, xTitle, yTitle}.
  set(series, options) {
    this.series = series;
    this.options = options;
    const all = series.flatMap(({ values }) => Array.from(values)).filter((v) => Number.isFinite(v) && (!options.log || v > 0));
    this.low = Math.max(options.low ?? Math.min(...all), options.log ? options.low ?? 1e-12 : -Infinity);
    this.high = options.high ?? Math.max(...all);
    if (!(this.high > this.low)) [this.low, this.high] = options.log ? [this.low / 2 || 0.1, this.low * 2 || 1] : [this.low - 1, this.low + 1];
    this.end = options.end ?? Math.max(...series.map(({ x, values }) => (x ? x.at(-1) : values.length - 1)), 1);
  }

  resize(width, height, theme) {
    [this.width, this.height, this.theme] = [width, height, theme];
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  #x = (at) => LEFT + (at / this.end) * (this.width - LEFT - RIGHT);

  #y(value) {
    const scale = this.options.log ? Math.log10 : (v) => v;
    const share = (scale(Math.max(value, this.options.log ? this.low / 10 : -Infinity)) - scale(this.low)) / (scale(this.high) - scale(this.low));
    return this.height - BOTTOM - share * (this.height - TOP - BOTTOM);
  }

  // Position on the x axis under a pointer event.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return ((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)) * this.end;
  }

  // cursor: a position on the x axis, or null. Lines are drawn up to `until` strongly and faintly after it.
  draw(cursor = null, until = Infinity) {
    const g = this.context;
    const { theme, width, height } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    g.font = "12px ui-sans-serif, system-ui, sans-serif";
    g.fillStyle = theme.text;
    g.strokeStyle = theme.border;
    g.lineWidth = 1;
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const tick of ticks(this.low, this.high, this.options.log, Math.max(Math.floor(height / 45), 2))) {
      const y = Math.round(this.#y(tick)) + 0.5;
      g.beginPath();
      g.moveTo(LEFT, y);
      g.lineTo(width - RIGHT, y);
      g.stroke();
      g.fillText(this.options.log ? power(tick) : short(tick), LEFT - 6, y);
    }
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const tick of ticks(0, this.end, false, Math.max(Math.floor(width / 110), 2))) g.fillText(short(tick), this.#x(tick), height - BOTTOM + 5);
    g.textAlign = "right";
    g.fillText(this.options.xTitle, width - RIGHT, height - 13);
    g.save();
    g.beginPath();
    g.rect(LEFT, TOP - 4, width - LEFT - RIGHT + 4, height - TOP - BOTTOM + 8);
    g.clip();
    for (const line of this.series) this.#line(line, until);
    if (cursor !== null) {
      g.strokeStyle = theme.text;
      g.setLineDash([3, 3]);
      g.beginPath();
      g.moveTo(this.#x(cursor), TOP);
      g.lineTo(this.#x(cursor), height - BOTTOM);
      g.stroke();
      g.setLineDash([]);
    }
    g.restore();
  }

  #line({ values, x, colour, dashed }, until) {
    const g = this.context;
    g.strokeStyle = colour;
    g.lineWidth = 2;
    g.lineJoin = "round";
    g.setLineDash(dashed ? [6, 4] : []);
    for (const strong of [false, true]) {
      g.globalAlpha = strong ? 1 : 0.25;
      g.beginPath();
      let pen = false;
      for (let i = 0; i < values.length; i++) {
        const at = x ? x[i] : i;
        if (strong && at > until) break;
        if (!Number.isFinite(values[i]) || (this.options.log && values[i] <= 0)) {
          pen = false;
          continue;
        }
        if (pen) g.lineTo(this.#x(at), this.#y(values[i]));
        else g.moveTo(this.#x(at), this.#y(values[i]));
        pen = true;
      }
      g.stroke();
      if (until === Infinity) break;
    }
    g.globalAlpha = 1;
    g.setLineDash([]);
  }
}
