// Convolution in the browser, as engine.convolution computes it: cross-correlation, (C, H, W) planes, one filter.
// Pure functions without a document: the browser tests compare them with torch over random geometries.

// Index into a row of `size` cells for position i of the padded row; -1 stands for the value 0.
function source(i, size, mode) {
  if (i >= 0 && i < size) return i;
  if (mode === "replicate") return i < 0 ? 0 : size - 1;
  if (mode === "reflect") return i < 0 ? -i : 2 * size - 2 - i;
  return -1;
}

// planes: Float32Array (C, H, W) -> {values, height, width} with pads [top, bottom, left, right] around it.
export function padded(planes, channels, height, width, pads, mode) {
  const [top, bottom, left, right] = pads;
  const H = height + top + bottom;
  const W = width + left + right;
  if (H === height && W === width) return { values: planes, height, width };
  const values = new Float32Array(channels * H * W);
  const columns = Int32Array.from({ length: W }, (_, x) => source(x - left, width, mode));
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < H; y++) {
      const row = source(y - top, height, mode);
      if (row < 0) continue;
      const from = (c * height + row) * width;
      const to = (c * H + y) * W;
      for (let x = 0; x < W; x++) if (columns[x] >= 0) values[to + x] = planes[from + columns[x]];
    }
  }
  return { values, height: H, width: W };
}

// How often a window of `kernel` taps fits into `size` padded cells.
export const count = (size, kernel, stride, dilation) =>
  Math.floor((size - (dilation * (kernel - 1) + 1)) / stride) + 1;

// One filter over the padded planes -> Float32Array (h, w), before the activation.
// Tap by tap with contiguous inner loops, which the browser's compiler turns into its fastest code.
export function convolve(input, channels, weights, kernel, { stride, dilation, bias }) {
  const { values, height, width } = input;
  const h = count(height, kernel, stride, dilation);
  const w = count(width, kernel, stride, dilation);
  const out = new Float32Array(h * w).fill(bias);
  const row = new Float64Array(w);
  for (let y = 0; y < h; y++) {
    row.fill(bias);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < kernel; i++) {
        const line = (c * height + y * stride + i * dilation) * width;
        for (let j = 0; j < kernel; j++) {
          const weight = weights[(c * kernel + i) * kernel + j];
          if (weight === 0) continue;
          let at = line + j * dilation;
          if (stride === 1) for (let x = 0; x < w; x++) row[x] += weight * values[at + x];
          else for (let x = 0; x < w; x++, at += stride) row[x] += weight * values[at];
        }
      }
    }
    out.set(row, y * w);
  }
  return { values: out, height: h, width: w };
}

// The arithmetic of one output cell: patch and products (C, k, k), sums (C), total with the bias.
export function windowAt(input, channels, weights, kernel, { stride, dilation, bias }, y, x) {
  const size = kernel * kernel;
  const patch = new Float32Array(channels * size);
  const products = new Float64Array(channels * size);
  const sums = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < kernel; i++) {
      for (let j = 0; j < kernel; j++) {
        const k = (c * kernel + i) * kernel + j;
        patch[k] = input.values[(c * input.height + y * stride + i * dilation) * input.width + x * stride + j * dilation];
        products[k] = patch[k] * weights[k];
        sums[c] += products[k];
      }
    }
  }
  return { patch, products, sums, total: sums.reduce((a, b) => a + b, bias) };
}

const ACTIVATIONS = {
  none: (v) => v,
  relu: (v) => Math.max(v, 0),
  leaky_relu: (v) => (v < 0 ? 0.01 * v : v),
  tanh: Math.tanh,
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
};

export const activation = (name) => ACTIVATIONS[name];

export function activate(map, name) {
  if (name === "none") return map;
  return { ...map, values: map.values.map(ACTIVATIONS[name]) };
}

// As engine.kernels.normalise: divided by the size of the sum, or, where the weights cancel, of their absolute values.
export function normalised(weights) {
  const sum = weights.reduce((a, b) => a + b, 0);
  const size = weights.reduce((a, b) => a + Math.abs(b), 0);
  if (size === 0) return weights.slice();
  const by = Math.abs(sum) > 1e-4 * size ? Math.abs(sum) : size;
  return weights.map((v) => v / by);
}

// Every plane turned by 180 degrees: correlation <-> convolution.
export function turned(weights, kernel) {
  const size = kernel * kernel;
  return weights.map((_, n) => weights[Math.floor(n / size) * size + (size - 1 - (n % size))]);
}
