// Pooling in the browser, as engine.pooling computes it, over one map {values, height, width}.
// Padding never wins for max and min, is averaged in as zeros for average, and adds nothing to L2.
// Pure functions without a document: the browser tests compare them with the engine over random geometries.

import { count, padded } from "./convolution.js";

export const MODES = ["max", "average", "min", "l2"];

const outputSize = ({ height, width }, { window, stride, pad }) => [
  count(height + 2 * pad[0], window[0], stride[0], 1),
  count(width + 2 * pad[1], window[1], stride[1], 1),
];

// First and last row (or column) of the picture that output cell `at` reads.
const span = (at, axis, size, { window, stride, pad }) => {
  const first = at * stride[axis] - pad[axis];
  return [Math.max(first, 0), Math.min(first + window[axis], size)];
};

// The four results of output cell (y, x) with the places of max and min, the first in reading order.
export function cellAt(map, setting, y, x) {
  const { values, width } = map;
  const [top, bottom] = span(y, 0, map.height, setting);
  const [left, right] = span(x, 1, width, setting);
  let [max, min, sum, squares, maxAt, minAt] = [-Infinity, Infinity, 0, 0, -1, -1];
  for (let i = top; i < bottom; i++) {
    for (let n = i * width + left; n < i * width + right; n++) {
      const v = values[n];
      if (v > max) [max, maxAt] = [v, n];
      if (v < min) [min, minAt] = [v, n];
      sum += v;
      squares += v * v;
    }
  }
  const average = sum / (setting.window[0] * setting.window[1]);
  return { max, min, average, l2: Math.sqrt(squares), maxAt, minAt, top, left, bottom, right };
}

// Every mode at once: {max, average, min, l2} as maps, and for max and min the index of each winner.
export function pool(map, setting) {
  const [height, width] = outputSize(map, setting);
  const blank = () => ({ values: new Float32Array(height * width), height, width });
  const result = { max: blank(), average: blank(), min: blank(), l2: blank() };
  const winners = { max: new Int32Array(height * width), min: new Int32Array(height * width) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = cellAt(map, setting, y, x);
      const n = y * width + x;
      for (const mode of MODES) result[mode].values[n] = cell[mode];
      winners.max[n] = cell.maxAt;
      winners.min[n] = cell.minAt;
    }
  }
  return { maps: result, winners };
}

// Where a gradient of ones at the outputs goes, for every mode: maps of the input's size.
export function gradients(map, setting, pooled) {
  const blank = () => ({ ...map, values: new Float32Array(map.values.length) });
  const result = { max: blank(), average: blank(), min: blank(), l2: blank() };
  const share = 1 / (setting.window[0] * setting.window[1]);
  const { height, width } = pooled.maps.max;
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, 0, map.height, setting);
    for (let x = 0; x < width; x++) {
      const [left, right] = span(x, 1, map.width, setting);
      const at = y * width + x;
      const length = pooled.maps.l2.values[at];
      for (const mode of ["max", "min"]) result[mode].values[pooled.winners[mode][at]] += 1;
      for (let i = top; i < bottom; i++) {
        for (let n = i * map.width + left; n < i * map.width + right; n++) {
          result.average.values[n] += share;
          if (length) result.l2.values[n] += map.values[n] / length;
        }
      }
    }
  }
  return result;
}

// The same for a convolution of weights (k * k), zero padding `pad` on every side and `stride`.
export function convolutionGradient(map, { kernel, weights, stride, pad }) {
  const values = new Float32Array(map.values.length);
  const height = count(map.height + 2 * pad, kernel, stride[0], 1);
  const width = count(map.width + 2 * pad, kernel, stride[1], 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < kernel * kernel; k++) {
        const i = y * stride[0] - pad + Math.floor(k / kernel);
        const j = x * stride[1] - pad + (k % kernel);
        if (i >= 0 && j >= 0 && i < map.height && j < map.width) values[i * map.width + j] += weights[k];
      }
    }
  }
  return { ...map, values };
}

// A convolution with one stride per axis, zeros around.
export function strided(map, { kernel, weights, stride, pad }) {
  const input = padded(map.values, 1, map.height, map.width, [pad, pad, pad, pad], "zeros");
  const height = count(input.height, kernel, stride[0], 1);
  const width = count(input.width, kernel, stride[1], 1);
  const values = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < kernel * kernel; k++) {
        const row = y * stride[0] + Math.floor(k / kernel);
        sum += weights[k] * input.values[row * input.width + x * stride[1] + (k % kernel)];
      }
      values[y * width + x] = sum;
    }
  }
  return { values, height, width };
}

// Pool again and again down to 1 x 1; a window larger than the map shrinks to it. As engine.pooling.repeated.
export function repeated(map, mode, { window, stride }) {
  const maps = [];
  let current = map;
  while (current.height > 1 || current.width > 1) {
    const fitted = [Math.min(window[0], current.height), Math.min(window[1], current.width)];
    const smaller = pool(current, { window: fitted, stride, pad: [0, 0] }).maps[mode];
    if (maps.length === 64 || smaller.values.length >= current.values.length) break;
    maps.push(smaller);
    current = smaller;
  }
  return maps;
}

// Columns from `left` on, `width` of them.
export function columns(map, left, width) {
  const values = new Float32Array(map.height * width);
  for (let y = 0; y < map.height; y++) {
    values.set(map.values.subarray(y * map.width + left, y * map.width + left + width), y * width);
  }
  return { values, height: map.height, width };
}

// after - before, and the share of cells that differ by more than `tolerance` of the range of both.
export function difference(before, after, tolerance = 0.05) {
  let [low, high] = [Infinity, -Infinity];
  for (const map of [before, after]) {
    for (const v of map.values) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  const values = after.values.map((v, n) => v - before.values[n]);
  let changed = 0;
  for (const v of values) if (Math.abs(v) > tolerance * (high - low)) changed++;
  return { ...after, values, share: changed / values.length };
}
