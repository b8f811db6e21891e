// Draw a picture of the generator's own size with a soft brush; Python gets its bytes when the pen is lifted.

import { element } from "../common/dom.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { fitCanvas } from "../common/sprites.js";

const STEP = 0.5; // of a pixel between two dabs of the brush

class View {
  constructor(root) {
    this.root = root;
    this.canvas = element("canvas", { "data-part": "sketch", tabIndex: 0, role: "application" });
    this.canvas.style.touchAction = "none";
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.#at(event);
      this.#dab(this.last);
    };
    this.canvas.onpointermove = (event) => this.last && this.#line(this.#at(event));
    this.canvas.onpointerup = () => this.#lift();
    this.canvas.onpointercancel = () => this.#lift();
    this.canvas.onkeydown = (event) => this.#key(event);
    this.pen = element("input", { type: "color", "aria-label": "Colour of the brush" });
    this.size = element("input", { type: "range", min: "0.6", max: "3", step: "0.1", value: "1.1", "aria-label": "Width of the brush" });
    this.size.onkeydown = (event) => event.stopPropagation();
    const clear = element("button", { type: "button", "data-part": "clear" }, "Clear");
    clear.onclick = () => {
      this.#fill();
      this.show();
      this.#commit();
    };
    this.erase = element("button", { type: "button", "aria-pressed": "false" }, "Eraser");
    this.erase.onclick = () => this.erase.setAttribute("aria-pressed", String(this.erase.getAttribute("aria-pressed") !== "true"));
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    root.replaceChildren(this.canvas, element("div", { class: "tools" }, this.pen, element("label", { class: "width" }, "Brush", this.size), this.erase, clear), this.live);
    this.observer = watchWidth(this, () => this.shape);
  }

  dispose() {
    this.observer.disconnect();
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    const key = `${data.shape} ${data.id}`;
    if (arrives(this, data) || key !== this.key) {
      this.key = key;
      this.shape = data.shape; // [channels, height, width]
      this.paper = data.paper; // 0 to 255
      this.pen.value = data.shape[0] === 3 ? "#e69f00" : data.paper < 128 ? "#ffffff" : "#000000";
      this.pen.hidden = data.shape[0] !== 3;
      this.#fill(data.picture);
      this.cursor = [data.shape[1] / 2, data.shape[2] / 2];
    }
    this.layout();
    ready(this.root);
  }

  // The paper, or a picture given as base64 of (channels, height, width) bytes.
  #fill(picture) {
    const [channels, height, width] = this.shape;
    this.values = new Float32Array(channels * height * width).fill(this.paper);
    if (picture) Uint8Array.from(atob(picture), (c) => c.charCodeAt(0)).forEach((v, i) => (this.values[i] = v));
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const [, height, width] = this.shape;
    this.scale = Math.max(Math.floor(Math.min(total - 2, 300) / Math.max(width, height)), 1);
    this.canvas.setAttribute("aria-label", `Drawing of ${width} by ${height} pixels. Arrow keys move the pen, space draws.`);
    this.show();
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientY - box.top) / this.scale, (event.clientX - box.left) / this.scale];
  }

  get ink() {
    if (this.erase.getAttribute("aria-pressed") === "true") return [this.paper, this.paper, this.paper];
    return [1, 3, 5].map((at) => parseInt(this.pen.value.slice(at, at + 2), 16));
  }

  // One touch of a brush with a soft edge of one pixel.
  #dab([row, column]) {
    const [channels, height, width] = this.shape;
    const radius = Number(this.size.value);
    for (let y = Math.max(Math.floor(row - radius - 1), 0); y < Math.min(Math.ceil(row + radius + 1), height); y++) {
      for (let x = Math.max(Math.floor(column - radius - 1), 0); x < Math.min(Math.ceil(column + radius + 1), width); x++) {
        const away = Math.hypot(y + 0.5 - row, x + 0.5 - column);
        const share = Math.min(Math.max(radius + 0.5 - away, 0), 1);
        for (let c = 0; c < channels && share > 0; c++) {
          const at = (c * height + y) * width + x;
          const wanted = this.ink[c];
          const covered = this.values[at] + (wanted - this.values[at]) * share;
          // Strokes over each other never fade: only move towards the ink.
          if (Math.abs(wanted - covered) < Math.abs(wanted - this.values[at])) this.values[at] = covered;
        }
      }
    }
    this.show();
  }

  #line(to) {
    const length = Math.hypot(to[0] - this.last[0], to[1] - this.last[1]);
    const steps = Math.ceil(length / STEP);
    for (let i = 1; i <= steps; i++) this.#dab([0, 1].map((k) => this.last[k] + ((to[k] - this.last[k]) * i) / steps));
    this.last = to;
  }

  #lift() {
    if (!this.last) return;
    this.last = null;
    this.#commit();
  }

  #key(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const [, height, width] = this.shape;
    if (by) this.cursor = [Math.min(Math.max(this.cursor[0] + by[0], 0), height - 1), Math.min(Math.max(this.cursor[1] + by[1], 0), width - 1)];
    if (!by || event.shiftKey) {
      this.#dab(this.cursor.map((v) => v + 0.5));
      this.#commit();
    }
    this.show(true);
    this.live.textContent = `Row ${Math.round(this.cursor[0]) + 1}, column ${Math.round(this.cursor[1]) + 1}`;
  }

  show(cursor = false) {
    const [channels, height, width] = this.shape;
    const g = fitCanvas(this.canvas, width * this.scale, height * this.scale);
    const image = new ImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = Math.round(this.values[(channels === 3 ? c * height * width : 0) + i]);
      image.data[4 * i + 3] = 255;
    }
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(image, 0, 0);
    g.drawImage(small, 0, 0, width * this.scale, height * this.scale);
    if (cursor) {
      g.strokeStyle = getComputedStyle(this.root).getPropertyValue("--accent") || "#4338ca";
      g.lineWidth = 2;
      g.strokeRect(this.cursor[1] * this.scale, this.cursor[0] * this.scale, this.scale, this.scale);
    }
  }

  #commit() {
    let text = "";
    for (const v of this.values) text += String.fromCharCode(Math.round(v));
    this.send("picture", btoa(text));
  }
}

export default mounted(View);
