// Counts as the lecture writes them, with commas; large ones short. Colours of the families of layers.

import { MINUS } from "../common/format.js";
import { inkOn, rgb } from "../common/theme.js";

export const MEASURES = { parameters: "Parameters", macs: "Multiply-adds", memory: "Memory" };

export const commas = (value) => (value < 0 ? MINUS : "") + Math.abs(value).toLocaleString("en-US");

export function bytes(value) {
  let size = Math.abs(value);
  for (const unit of ["bytes", "KB", "MB", "GB"]) {
    if (size < 1024 || unit === "GB") return `${value < 0 ? MINUS : ""}${unit === "bytes" ? size : size.toFixed(1)} ${unit}`;
    size /= 1024;
  }
}

// At most about seven characters: 15,120, 1.82 M, 4.09 G.
export function brief(value) {
  const size = Math.abs(value);
  for (const [least, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"]]) {
    if (size >= least) return `${value < 0 ? MINUS : ""}${(size / least).toPrecision(3)} ${unit}`;
  }
  return commas(value);
}

export const amount = (measure, value) => (measure === "memory" ? bytes(value) : brief(value));
export const share = (part, whole) => {
  if (!whole) return "0 %";
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
};

const PLACE = { convolution: 0, dense: 1, normalisation: 2, attention: 4, other: 7 };

// {family: {fill, ink}} in the colours of the theme's categories.
export function palette(host) {
  const list = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors").split(/,(?![^(]*\))/).map((c) => c.trim());
  return Object.fromEntries(
    Object.entries(PLACE).map(([family, place]) => {
      const fill = list[place] || "#777777";
      return [family, { fill, ink: inkOn(rgb(fill)) }];
    }),
  );
}
