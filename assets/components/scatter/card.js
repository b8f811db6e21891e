// What is said about one point: its picture, enlarged in whole steps, and its values; and the row of its neighbours.

import { element } from "../common/dom.js";
import { number, whole } from "../common/format.js";
import { css } from "../common/theme.js";
import { spriteAt, valueOf } from "./store.js";

const LARGE = 112; // pixels at most
const SMALL = 44;

// A canvas with picture n of the atlas at a whole scale.
export function pictureOf(atlas, n, most) {
  const scale = Math.max(1, Math.floor(most / atlas.side));
  const canvas = element("canvas", { width: atlas.side, height: atlas.side, class: "sprite", "aria-hidden": "true" });
  canvas.style.width = canvas.style.height = `${scale * atlas.side}px`;
  canvas.getContext("2d").drawImage(atlas.bitmap, ...spriteAt(atlas, n), atlas.side, atlas.side, 0, 0, atlas.side, atlas.side);
  return canvas;
}

export function textOf(column, n) {
  const value = valueOf(column, n);
  if (value === null) return "not known";
  return column.kind === "category" ? column.names[value] : number(value, 2);
}

// One sentence for screen readers and the caption.
export const sentenceOf = (columns, n) => [`Picture ${whole(n)}`, ...columns.map((c) => `${c.title} ${textOf(c, n)}`)].join(", ");

export class Card {
  constructor() {
    this.element = element("div", { class: "card", hidden: true });
  }

  // Beside (x, y), inside a stage of this width and height.
  show({ n, atlas, columns, colour, x, y, width, height }) {
    if (this.shown !== n || this.atlas !== atlas || this.columns !== columns) {
      Object.assign(this, { shown: n, atlas, columns });
      const lines = columns.map((c) => element("div", {}, element("span", { class: "quiet" }, `${c.title} `), textOf(c, n)));
      const pictures = atlas ? [pictureOf(atlas, n, LARGE)] : [];
      this.element.replaceChildren(...pictures, element("div", {}, element("b", { class: "numeric" }, `Picture ${whole(n)}`), ...lines));
      this.element.style.borderColor = css(colour);
    }
    this.element.hidden = false;
    const [w, h] = [this.element.offsetWidth, this.element.offsetHeight];
    this.element.style.left = `${x + 18 + w < width ? x + 18 : Math.max(0, x - 18 - w)}px`;
    this.element.style.top = `${Math.min(Math.max(y - h / 2, 0), Math.max(height - h, 0))}px`;
  }

  hide() {
    this.element.hidden = true;
  }
}
