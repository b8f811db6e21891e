// What drawings of many small maps share: steps of the arrow keys, the bar of colours, an outline seen on any colour.

import { element } from "./dom.js";
import { css, diverging } from "./theme.js";

export const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }; // rows, columns

// The index nearest to `value` from 0 to `most`.
export const clamp = (value, most) => Math.min(Math.max(value, 0), most);

// The diverging scale from its negative to its positive end.
export function colourBar(theme, width, label) {
  const bar = element("canvas", { class: "legend", width, height: 8, role: "img", "aria-label": label });
  const g = bar.getContext("2d");
  for (let x = 0; x < width; x++) {
    g.fillStyle = css(diverging(theme, (x / (width - 1)) * 2 - 1, 1));
    g.fillRect(x, 0, 1, 8);
  }
  return bar;
}

export function outline(g, theme, x, y, width, height) {
  for (const [colour, thick] of [[theme.background, 4], [theme.accent, 2]]) {
    g.strokeStyle = colour;
    g.lineWidth = thick;
    g.strokeRect(x, y, width, height);
  }
}
