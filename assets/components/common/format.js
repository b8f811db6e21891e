// Numbers as people read them: a real minus sign, as many digits as say something, thin groups of thousands.

export const MINUS = "\u2212";

export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  let text = Math.abs(value).toFixed(digits);
  if (Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits && digits < 4)) {
    text = Math.abs(value) >= 1e5 ? Math.abs(value).toExponential(1) : Math.abs(value).toFixed(Math.min(digits + 2, 4));
  }
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + text;
}

// Always this many decimals: for cells with no room for more. What rounds to 0 has no sign.
export function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? MINUS : "") + text;
}

// Shortest text that still shows `value` to some decimals: 0.6, 0.25, 0.1111, 3.
export function short(value, digits = 4) {
  const rounded = Math.round(value * 10 ** digits) / 10 ** digits;
  return (rounded < 0 ? MINUS : "") + String(Math.abs(rounded));
}

export const parse = (text) => Number(text.trim().replace(MINUS, "-").replace(",", "."));
export const whole = (value) => value.toLocaleString("en-US").replaceAll(",", "\u202f");

// Large counts in three digits: 490, 12.8 k, 25.6 M, 4.09 G.
export function compact(value) {
  const step = value < 999.5 ? 0 : value < 999.5e3 ? 1 : value < 999.5e6 ? 2 : 3;
  if (!step) return String(Math.round(value));
  const scaled = value / 1000 ** step;
  return `${scaled.toFixed(scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0)} ${"kMG"[step - 1]}`;
}
