// What the modes share: waiting for pictures, laying out again when the width changes, saying what went wrong.

import { element, still } from "../common/dom.js";
import { ready } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";

const FADE = 280; // ms from the old picture to the new one
const bitmaps = new Map(); // address -> promise of ImageBitmap
const KEPT = 160;

// inline: the picture's PNG in base64, where the message brought it along.
export function bitmap(address, inline) {
  if (!bitmaps.has(address)) {
    if (bitmaps.size >= KEPT) bitmaps.delete(bitmaps.keys().next().value);
    const promise = fetch(inline ? `data:image/png;base64,${inline}` : new URL(address, document.baseURI))
      .then((answer) => {
        if (!answer.ok) throw new Error(`picture ${answer.status}`);
        return answer.blob();
      })
      .then((blob) => createImageBitmap(blob, { colorSpaceConversion: "none" }));
    promise.catch(() => bitmaps.delete(address));
    bitmaps.set(address, promise);
  }
  return bitmaps.get(address);
}

// The largest size of a picture `width` x `height` inside a square of `side`: whole multiples for small pictures.
export function fitted(width, height, side) {
  const by = side / Math.max(width, height);
  const scale = by >= 2 ? Math.floor(by) : by;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)), scale };
}

// Size a canvas in CSS pixels; its context in those units.
export function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

// One picture of a sheet, sharp where it is enlarged.
export function drawCell(g, sheet, index, columns, size, x, y, width, height) {
  g.imageSmoothingEnabled = width < 2 * size.width;
  g.imageSmoothingQuality = "high";
  const [column, row] = [index % columns, Math.floor(index / columns)];
  g.drawImage(sheet, column * size.width, row * size.height, size.width, size.height, x, y, width, height);
}

// Call paint(share) with a share that grows from 0 to 1; at once for who wants no motion. Returns a stop function.
export function fade(paint) {
  if (still()) {
    paint(1);
    return () => {};
  }
  let frame = 0;
  const start = performance.now();
  const tick = (now) => {
    const share = Math.min((now - start) / FADE, 1);
    paint(share * (2 - share));
    if (share < 1) frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(frame);
}

export class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.body = element("div", { class: "body" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    root.replaceChildren(this.body, this.live);
    this.build();
    this.observer = new ResizeObserver(() => {
      if (this.data && root.clientWidth !== this.laidOut) this.arrange();
    });
    this.observer.observe(root);
  }

  async update({ data, setStateValue, setTriggerValue }) {
    this.set = setStateValue;
    this.tell = setTriggerValue;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let pictures;
    try {
      pictures = await Promise.all(this.addresses(data).map((address) => bitmap(address, this.inline?.(data)?.[address])));
    } catch {
      this.live.classList.remove("hidden");
      this.live.textContent = "A picture did not arrive. Check the connection and reload the page.";
      return;
    }
    if (turn !== this.turn) return; // a newer update overtook this one while its pictures loaded
    this.live.classList.add("hidden");
    const before = this.data;
    this.data = data;
    this.theme = readTheme(this.host);
    this.receive(pictures, before);
    this.arrange();
    ready(this.root);
    this.root.dataset.turn = turn;
  }

  arrange() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.laidOut = width;
    this.layout(width);
  }

  say(text) {
    this.live.textContent = text;
  }

  dispose() {
    this.observer.disconnect();
  }

  // To be defined: build() once, addresses(data), receive(bitmaps, data before), layout(width).
}
