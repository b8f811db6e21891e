// Colours of the surrounding Streamlit theme, read from its CSS variables, and the colour maps for pictures.

const read = (host, name, fallback) => getComputedStyle(host).getPropertyValue(name).trim() || fallback;

export const rgb = (text) => {
  const match = /^#?([0-9a-f]{6})$/i.exec(text);
  if (match) return [0, 2, 4].map((i) => parseInt(match[1].slice(i, i + 2), 16));
  return (text.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
};

// WCAG relative luminance, 0 to 1.
export const luminance = ([r, g, b]) => {
  const linear = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};

export const inkOn = (colour) => (luminance(colour) > 0.179 ? "#000000" : "#ffffff");
export const css = ([r, g, b]) => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;

export function readTheme(host) {
  const background = read(host, "--st-background-color", "#ffffff");
  const dark = luminance(rgb(background)) < 0.2;
  return {
    dark,
    background,
    text: read(host, "--st-text-color", "#1c1c28"),
    accent: read(host, "--st-primary-color", "#4338ca"),
    border: read(host, "--st-border-color", "#d9d9e3"),
    soft: read(host, "--st-secondary-background-color", "#f4f4f8"),
    // Blue, neutral, orange: safe for every common colour vision; the neutral is exactly 0.
    negative: dark ? [94, 176, 255] : [8, 81, 156],
    neutral: dark ? [28, 30, 40] : [247, 247, 247],
    positive: dark ? [255, 158, 77] : [179, 71, 0],
    categories: read(host, "--st-chart-categorical-colors", "#0072B2,#E69F00,#009E73,#D55E00").split(",").map((text) => text.trim()),
  };
}

const mix = (a, b, t) => [0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * t);

// A value on the diverging scale with symmetric limits (-limit, limit).
export const diverging = (theme, value, limit) => {
  const t = Math.min(Math.abs(value) / (limit || 1), 1);
  return mix(theme.neutral, value < 0 ? theme.negative : theme.positive, t);
};

// A brightness: 0 black, 1 white, as in the photograph; below 0 it turns to the negative colour, so that it is
// never mistaken for black.
export const brightness = (theme, value, limit = 1) => {
  if (value < 0) return mix([0, 0, 0], theme.negative, Math.min(-value / limit, 1));
  const v = Math.min(value, 1) * 255;
  return [v, v, v];
};

// A value from 0 to 1 on viridis (van der Walt and Smith, CC0): dark to bright, even steps, safe for colour vision.
const VIRIDIS = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"].map(rgb);
export const sequential = (value) => {
  const at = Math.min(Math.max(value, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return mix(VIRIDIS[low], VIRIDIS[low + 1], at - low);
};

// Fill an RGBA array from values through `paint(value) -> [r, g, b]`, with a table of 2048 steps for speed.
export function paintInto(target, values, low, high, paint) {
  const steps = 2047;
  const table = new Uint32Array(steps + 1);
  for (let i = 0; i <= steps; i++) {
    const [r, g, b] = paint(low + ((high - low) * i) / steps);
    table[i] = (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);
  }
  const words = new Uint32Array(target.buffer);
  const scale = steps / (high - low || 1);
  for (let i = 0; i < values.length; i++) {
    const index = (values[i] - low) * scale + 0.5;
    words[i] = table[index < 0 ? 0 : index > steps ? steps : index | 0];
  }
}
