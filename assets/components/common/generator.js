// A small generator run in the browser from its own weights: real decodes at the speed of the pointer.
//
// The layers are those of engine.models.generator as engine.glo.portable writes them: a dense layer, activations,
// doublings and a sigmoid. A doubling, nearest neighbour or transposed, is a transposed convolution with a 4 x 4 kernel
// and stride 2 (see engine.models.doubling): each of the four places in a doubled pixel has its own 2 x 2 of the kernel.
// Results equal torch's to float32 rounding.

import { fitCanvas } from "./sprites.js";
import { load } from "./tensors.js";

const LEAK = 0.2; // as engine.models
const FEW = 8; // outputs below which the inner loop runs over the inputs

const ACTIVATIONS = {
  relu: (v) => (v > 0 ? v : 0),
  leaky_relu: (v) => (v > 0 ? v : LEAK * v),
  tanh: Math.tanh,
};

// Along one side: which of three taps over repeated values makes up a tap of the transposed kernel.
const TAPS = [[2], [1, 2], [0, 1], [0]];

// For each of 4 places and 4 taps a table (in, out), or (out, in) where there are few outputs. Kernels are (out, in, 3, 3)
// for nearest, (in, out, 4, 4) for transposed.
function placed({ shape, values }, nearest) {
  const [outputs, inputs] = nearest ? shape : [shape[1], shape[0]];
  const from = nearest ? [9 * inputs, 9] : [16, 16 * outputs];
  const to = outputs < FEW ? [inputs, 1] : [1, outputs];
  const tables = [];
  for (let place = 0; place < 4; place++) {
    for (let tap = 0; tap < 4; tap++) {
      const [y, x] = [3 - (place >> 1) - 2 * (tap >> 1), 3 - (place & 1) - 2 * (tap & 1)];
      const taps = nearest ? TAPS[y].flatMap((v) => TAPS[x].map((u) => 3 * v + u)) : [4 * y + x];
      tables.push(gathered(values, taps, outputs, inputs, from, to));
    }
  }
  return tables;
}

// Sums of the kernels' taps, for every pair of output and input. `from` and `to`: steps per output and per input.
function gathered(values, taps, outputs, inputs, from, to) {
  const table = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const at = o * from[0] + i * from[1];
      let sum = 0;
      for (let t = 0; t < taps.length; t++) sum += values[at + taps[t]];
      table[o * to[0] + i * to[1]] = sum;
    }
  }
  return table;
}

class Dense {
  constructor({ weight, bias }, { channels, height, width }) {
    [this.channels, this.height, this.width] = [channels, height, width];
    this.inputs = weight.shape[1];
    this.weight = weight.values;
    // Maps are kept with the channels of a place next to each other: (height, width, channels).
    this.order = new Int32Array(channels * height * width);
    for (let c = 0; c < channels; c++) for (let at = 0; at < height * width; at++) this.order[c * height * width + at] = at * channels + c;
    this.bias = bias.values;
  }

  run(code) {
    const values = new Float32Array(this.order.length);
    for (let o = 0; o < this.order.length; o++) {
      let sum = this.bias[o];
      const from = o * this.inputs;
      for (let i = 0; i < this.inputs; i++) sum += this.weight[from + i] * code[i];
      values[this.order[o]] = sum;
    }
    return { values, height: this.height, width: this.width, channels: this.channels };
  }
}

// Adds the products of one place's inputs with a table to the sums. Small functions of their own, called thousands of
// times: the browser compiles them within the first picture.
function addMany(sums, values, from, table, inputs, outputs) {
  for (let i = 0, at = 0; i < inputs; i++, at += outputs) {
    const value = values[from + i];
    if (value === 0) continue;
    for (let o = 0; o < outputs; o++) sums[o] += value * table[at + o];
  }
}

function addFew(sums, values, from, table, inputs, outputs) {
  for (let o = 0, at = 0; o < outputs; o++, at += inputs) {
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += values[from + i] * table[at + i];
    sums[o] += sum;
  }
}

class Doubling {
  constructor({ weight, bias }, nearest) {
    [this.outputs, this.inputs] = nearest ? weight.shape : [weight.shape[1], weight.shape[0]];
    this.tables = placed(weight, nearest);
    this.bias = bias.values;
  }

  run({ values, height, width }) {
    const { inputs, outputs, tables } = this;
    const add = outputs < FEW ? addFew : addMany;
    const result = new Float32Array(4 * height * width * outputs);
    const sums = new Float64Array(outputs);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let place = 0; place < 4; place++) {
          sums.set(this.bias);
          for (let tap = 0; tap < 4; tap++) {
            const row = y + (tap >> 1) - 1 + (place >> 1);
            const column = x + (tap & 1) - 1 + (place & 1);
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            add(sums, values, (row * width + column) * inputs, tables[4 * place + tap], inputs, outputs);
          }
          result.set(sums, ((2 * y + (place >> 1)) * 2 * width + 2 * x + (place & 1)) * outputs);
        }
      }
    }
    return { values: result, height: 2 * height, width: 2 * width, channels: outputs };
  }
}

class Pointwise {
  constructor(apply) {
    this.apply = apply;
  }

  run(map) {
    const { values } = map;
    for (let i = 0; i < values.length; i++) values[i] = this.apply(values[i]);
    return map;
  }
}

export class Generator {
  // As `common/tensors.js` reads it: metadata.layers is a list of {kind, name?, channels?, height?, width?}.
  constructor({ tensors, metadata }) {
    this.metadata = metadata;
    this.tensors = tensors;
    [this.channels, this.height, this.width] = JSON.parse(metadata.shape);
    this.layers = JSON.parse(metadata.layers).map((layer, index) => {
      const own = { weight: tensors[`layer${index}.weight`], bias: tensors[`layer${index}.bias`] };
      if (layer.kind === "dense") return new Dense(own, layer);
      if (layer.kind === "doubling" || layer.kind === "transposed") return new Doubling(own, layer.kind === "doubling");
      if (layer.kind === "sigmoid") return new Pointwise((v) => 1 / (1 + Math.exp(-v)));
      return new Pointwise(ACTIVATIONS[layer.name]);
    });
    this.dimension = this.layers[0].inputs;
  }

  static async from(address) {
    return new Generator(await load(address));
  }

  // Code i of the training pictures, as a view.
  code(i) {
    const { values } = this.tensors.codes;
    return values.subarray(i * this.dimension, (i + 1) * this.dimension);
  }

  get count() {
    return this.tensors.codes.shape[0];
  }

  // A code -> Float32Array (height, width, channels) in [0, 1].
  decode(code) {
    let map = code;
    for (const layer of this.layers) map = layer.run(map);
    const { height, width, channels } = this;
    if (map.height === height && map.width === width) return map.values;
    const [top, left] = [(map.height - height) >> 1, (map.width - width) >> 1];
    const cut = new Float32Array(height * width * channels);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * map.width + left) * channels;
      cut.set(map.values.subarray(from, from + width * channels), y * width * channels);
    }
    return cut;
  }
}

// Picture (height, width, channels) in [0, 1] into RGBA bytes, to the nearest step as engine.images.to_uint8.
export function paint(target, values, channels) {
  for (let i = 0, n = values.length / channels; i < n; i++) {
    for (let c = 0; c < 3; c++) target[4 * i + c] = Math.round(values[i * channels + (channels === 3 ? c : 0)] * 255);
    target[4 * i + 3] = 255;
  }
}

// The same on a canvas, every pixel a square of `scale` CSS pixels.
export function drawPicture(canvas, values, { width, height, channels }, scale) {
  const g = fitCanvas(canvas, width * scale, height * scale);
  g.drawImage(tile(values, { width, height, channels }), 0, 0, width * scale, height * scale);
}

// A picture as a small canvas of its own size.
export function tile(values, { width, height, channels }) {
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext("2d");
  const image = context.createImageData(width, height);
  paint(image.data, values, channels);
  context.putImageData(image, 0, 0);
  return small;
}

// Room for `count` pictures in rows on a canvas, as many next to each other as `room` allows and at most `most`: the
// function that draws picture i of them.
export function strip(canvas, count, generator, { scale, gap, room, most = count }) {
  const [w, h] = [generator.width * scale, generator.height * scale];
  const across = Math.max(Math.min(Math.floor((room + gap) / (w + gap)), most), 1);
  const lines = Math.ceil(count / across);
  const g = fitCanvas(canvas, Math.min(across, count) * (w + gap) - gap, lines * (h + gap) - gap);
  return (i, values) => g.drawImage(tile(values, generator), (i % across) * (w + gap), Math.floor(i / across) * (h + gap), w, h);
}

// All of them at once.
export function drawStrip(canvas, pictures, generator, room) {
  const draw = strip(canvas, pictures.length, generator, room);
  pictures.forEach((values, i) => draw(i, values));
}
