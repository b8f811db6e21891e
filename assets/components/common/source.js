// Pictures and small grids of numbers as (C, H, W) planes of floats.

const LUMA = [19595 / 65536, 38470 / 65536, 7471 / 65536]; // as engine.images.grey

const pictures = new Map(); // address -> promise of {width, height, data}

// The pixels of a picture by address, as {width, height, data}.
export function pixelsOf(address) {
  if (!pictures.has(address)) {
    if (pictures.size > 24) pictures.delete(pictures.keys().next().value);
    const promise = fetch(new URL(address, document.baseURI))
      .then((answer) => {
        if (!answer.ok) throw new Error(`picture ${answer.status}`);
        return answer.blob();
      })
      .then((blob) => createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" }))
      .then((bitmap) => {
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height);
      });
    promise.catch(() => pictures.delete(address));
    pictures.set(address, promise);
  }
  return pictures.get(address);
}

// {url, grey} or {values, height, width} -> {planes, channels, height, width}
export async function planesOf({ url, grey, values, height, width }) {
  if (values) return { planes: Float32Array.from(values), channels: 1, height, width };
  const image = await pixelsOf(url);
  const size = image.width * image.height;
  const channels = grey ? 1 : 3;
  const planes = new Float32Array(channels * size);
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [image.data[4 * i], image.data[4 * i + 1], image.data[4 * i + 2]];
    if (grey) planes[i] = (LUMA[0] * r + LUMA[1] * g + LUMA[2] * b) / 255;
    else {
      planes[i] = r / 255;
      planes[size + i] = g / 255;
      planes[2 * size + i] = b / 255;
    }
  }
  return { planes, channels, height: image.height, width: image.width };
}
