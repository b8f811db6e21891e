// The training pictures of a model, from one sheet: as pixels for blends and distances, as tiles for drawing.

import { sheet } from "./sprites.js";

export class TrainingPictures {
  // tile: {channels, height, width}; count pictures in a sheet with this many columns.
  static async from(address, tile, count, columns) {
    const bitmap = await sheet(address);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return new TrainingPictures(context.getImageData(0, 0, bitmap.width, bitmap.height), bitmap, tile, count, columns);
  }

  constructor(image, bitmap, { channels, height, width }, count, columns) {
    Object.assign(this, { bitmap, channels, height, width, count, columns });
    this.size = channels * height * width;
    this.bytes = new Uint8Array(count * this.size); // (count, height, width, channels)
    for (let i = 0; i < count; i++) {
      const [left, top] = this.place(i);
      for (let y = 0; y < height; y++) {
        let from = 4 * ((top + y) * image.width + left);
        let to = i * this.size + y * width * channels;
        for (let x = 0; x < width; x++, from += 4) for (let c = 0; c < channels; c++) this.bytes[to++] = image.data[from + c];
      }
    }
  }

  // Left and top of picture i in the sheet.
  place = (i) => [(i % this.columns) * this.width, Math.floor(i / this.columns) * this.height];

  draw(context, i, x, y, scale) {
    const [left, top] = this.place(i);
    context.drawImage(this.bitmap, left, top, this.width, this.height, x, y, this.width * scale, this.height * scale);
  }

  // Cross-fade of pictures with weights that sum to 1 -> Float32Array (height, width, channels) in [0, 1].
  blend(indices, weights) {
    const found = new Float32Array(this.size);
    indices.forEach((index, k) => {
      const from = index * this.size;
      for (let p = 0; p < this.size; p++) found[p] += (weights[k] * this.bytes[from + p]) / 255;
    });
    return found;
  }

  // The `count` pictures nearest to one in [0, 1]: [{index, distance}], RMS difference in brightness, nearest first.
  nearest(picture, count) {
    const wanted = Float32Array.from(picture, (v) => v * 255);
    const found = [];
    let worst = Infinity;
    for (let i = 0; i < this.count; i++) {
      const from = i * this.size;
      let sum = 0;
      for (let p = 0; p < this.size; p++) {
        const apart = this.bytes[from + p] - wanted[p];
        sum += apart * apart;
      }
      if (sum >= worst) continue;
      found.push({ index: i, sum });
      found.sort((a, b) => a.sum - b.sum);
      if (found.length > count) found.pop();
      if (found.length === count) worst = found.at(-1).sum;
    }
    return found.map(({ index, sum }) => ({ index, distance: Math.sqrt(sum / this.size) / 255 }));
  }
}
