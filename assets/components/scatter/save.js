// What leaves the component: the picture as PNG, the selection as text.

import { element, saveCanvas } from "../common/dom.js";

const [TOP, FOOT] = [30, 44]; // pixels for captions above, legend and provenance below

export function savePicture({ width, height, ratio, theme, renderer, over, captions, panes, painted, legend, column, data }) {
  const canvas = element("canvas", { width: width * ratio, height: (height + TOP + FOOT) * ratio });
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  g.fillStyle = theme.background;
  g.fillRect(0, 0, width, height + TOP + FOOT);
  for (const layer of [renderer.canvas, over]) g.drawImage(layer, 0, TOP, width, height);
  g.fillStyle = theme.text;
  g.font = "13px sans-serif";
  [...captions.element.children, ...captions.between.children].forEach((head, n) => g.fillText(head.textContent, panes[n].rect.x + 4, panes[n].rect.y + 18, panes[n].rect.width));
  const groups = painted.groups.filter((_, n) => !legend.hidden.has(n)).map((group) => group.name);
  g.fillText(`${column.title}: ${groups.join(", ")}`, 4, height + TOP + 18, width - 8);
  g.fillText(`${data.title}. ${data.provenance}`, 4, height + TOP + 36, width - 8);
  saveCanvas(canvas, "embedding.png");
}

// A mask as base64, one bit per point, the first in the highest place (as numpy.unpackbits reads it).
export function packed(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((on, n) => on && (bytes[n >> 3] |= 128 >> (n & 7)));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
