// Sheets of small pictures by address, and single pictures cut out of them, drawn pixelated.

const sheets = new Map(); // address -> promise of an ImageBitmap
const MOST = 400;

export function sheet(address) {
  if (!sheets.has(address)) {
    if (sheets.size >= MOST) sheets.delete(sheets.keys().next().value);
    const promise = fetch(new URL(address, document.baseURI))
      .then((answer) => {
        if (!answer.ok) throw new Error(`picture ${answer.status}`);
        return answer.blob();
      })
      .then((blob) => createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" }));
    promise.catch(() => sheets.delete(address));
    sheets.set(address, promise);
  }
  return sheets.get(address);
}

// Size a canvas for `width` x `height` CSS pixels on this screen; its context, scaled to CSS pixels.
export function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

// The largest whole scale at which `count` tiles of `side` pixels with a gap fit into `room` CSS pixels, at least 1.
export const wholeScale = (room, count, side, gap) => Math.max(Math.floor((room - gap * (count - 1)) / count / side), 1);
