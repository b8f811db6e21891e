// The drawing as a file: an SVG that needs nothing else, or a PNG of it.

import { element, svg } from "./dom.js";

const MARGIN = 16;
const HEAD = 44;
const FOOT = 30;
const MOST_PIXELS = 64e6;
const PROPERTIES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity", "display", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "paint-order", "stroke-linejoin"];

// drawing: an <svg> with one <g> in it, which holds the zoom; size [width, height] at zoom 1; title and provenance are
// written around it. What only serves the pointer (.row) or is hidden (.squeezed, .known) is left out.
export function standalone(drawing, [width, height], { title, provenance, theme }) {
  const copy = drawing.cloneNode(true);
  inline(drawing, copy);
  copy.firstChild.removeAttribute("transform"); // at zoom 1
  for (const node of [...copy.querySelectorAll(".row, .squeezed, .known")]) node.remove();
  for (const node of copy.querySelectorAll("*")) {
    for (const name of ["class", "tabindex", "role", "aria-label", "aria-level", "aria-expanded", "data-id"]) node.removeAttribute(name);
  }
  const font = getComputedStyle(drawing).fontFamily;
  const [w, h] = [width + 2 * MARGIN, height + HEAD + FOOT];
  const text = (y, size, weight, content) =>
    svg("text", { x: MARGIN, y, "font-family": font, "font-size": size, "font-weight": weight, fill: theme.text }, content);
  const whole = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: w, height: h, viewBox: `0 0 ${w} ${h}` });
  const body = svg("g", { transform: `translate(${MARGIN} ${HEAD})` }, ...copy.children);
  whole.append(svg("rect", { width: w, height: h, fill: theme.background }), text(27, 17, 650, title), body, text(h - 11, 11, 400, provenance));
  return [new XMLSerializer().serializeToString(whole), w, h];
}

function inline(from, to) {
  const style = getComputedStyle(from);
  const text = PROPERTIES.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
  to.setAttribute("style", text);
  for (let i = 0; i < from.children.length; i++) inline(from.children[i], to.children[i]);
}

function save(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function saveSvg([text], name) {
  save(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
}

export async function savePng([text, width, height], name) {
  const scale = Math.min(2, Math.sqrt(MOST_PIXELS / (width * height)), 16000 / height);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
}
