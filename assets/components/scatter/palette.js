// Colours of points: categories (Okabe and Ito's, four more, then the same in another shape), sequential values, and
// values that go round in a circle. A column becomes groups; the legend shows and filters groups.

import { number } from "../common/format.js";
import { rgb } from "../common/theme.js";
import { MISSING } from "./store.js";

export const SHAPES = ["circle", "square", "diamond", "triangle"];
const BINS = 8;
// Viridis at steps of 1/8 (van der Walt, Smith 2015); the ends that vanish into the page are left out below.
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"].map(rgb);
const RANGE = { true: [0.22, 1], false: [0, 0.9] }; // dark page, light page
const MORE = { true: ["#b692f6", "#c8a27c", "#5fd0d8", "#ff7d9d"], false: ["#6b3fa0", "#7a4a21", "#00868b", "#b5174f"] };
const UNKNOWN = { true: [120, 124, 140], false: [150, 152, 165] };

export function viridis(t, dark) {
  const [low, high] = RANGE[dark];
  const at = (low + (high - low) * Math.min(Math.max(t, 0), 1)) * (VIRIDIS.length - 1);
  const n = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return VIRIDIS[n].map((v, i) => v + (VIRIDIS[n + 1][i] - v) * (at - n));
}

// A hue as it is seen, at one lightness: OKLCH turned into sRGB.
export function round(t, dark) {
  const angle = 2 * Math.PI * t + 0.5;
  const [lightness, chroma] = dark ? [0.74, 0.13] : [0.62, 0.14];
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((v) => {
    const c = Math.min(Math.max(v, 0), 1);
    return 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
  });
}

// The colour itself whose hue this is: HSV at one saturation, a little darker on a light page.
export function hue(t, dark) {
  const value = dark ? 245 : 215;
  return [5, 3, 1].map((n) => {
    const k = (n + 6 * t) % 6;
    return value * (1 - 0.82 * Math.max(0, Math.min(k, 4 - k, 1)));
  });
}

const SCALES = { number: viridis, angle: round, hue };

// A column -> {groups: [{name, colour, shape, count}], of: group of every point, colours: rgb bytes, shapes: bytes}
export function paint(column, count, theme) {
  const groups = column.kind === "category" ? categories(column, theme) : bins(column, theme);
  const of = new Uint16Array(count);
  const colours = new Uint8Array(3 * count);
  const shapes = new Uint8Array(count);
  const last = groups.length; // points without a value
  for (let n = 0; n < count; n++) {
    const code = column.codes[n];
    const missing = code === MISSING;
    of[n] = missing ? last : column.kind === "category" ? code : Math.min(Math.floor((code / 65535) * BINS), BINS - 1);
    let colour = UNKNOWN[theme.dark];
    if (!missing && column.kind === "category") colour = groups[code].colour;
    else if (!missing) colour = SCALES[column.kind](code / 65534, theme.dark);
    for (let i = 0; i < 3; i++) colours[3 * n + i] = colour[i];
    shapes[n] = missing || column.kind !== "category" ? 0 : groups[code].shape;
  }
  if (of.includes(last)) groups.push({ name: "not known", colour: UNKNOWN[theme.dark], shape: 0 });
  for (const group of groups) group.count = 0;
  for (let n = 0; n < count; n++) groups[of[n]].count++;
  return { groups, of, colours, shapes };
}

function categories({ names }, theme) {
  const colours = [...theme.categories, ...MORE[theme.dark].map(rgb)];
  return names.map((name, n) => ({
    name,
    colour: colours[n % colours.length],
    shape: Math.floor(n / colours.length) % SHAPES.length,
  }));
}

function bins({ kind, low, high }, theme) {
  const step = (high - low) / BINS;
  const digits = Math.max(0, Math.min(4, Math.ceil(1 - Math.log10(step || 1))));
  return Array.from({ length: BINS }, (_, n) => ({
    name: `${number(low + n * step, digits)} to ${number(low + (n + 1) * step, digits)}`,
    colour: SCALES[kind]((n + 0.5) / BINS, theme.dark),
    shape: 0,
  }));
}
