// What a scatter draws, fetched once by address: layouts, columns of values, neighbours, the atlas of pictures.
// An address names its content for ever, so nothing is fetched twice while the page is open.

const LARGEST = 64; // entries kept
const kept = new Map(); // address -> promise

function once(address, read) {
  if (kept.has(address)) {
    const found = kept.get(address);
    kept.delete(address);
    kept.set(address, found); // the most recently used stands last
    return found;
  }
  const promise = fetch(new URL(address, document.baseURI)).then((answer) => {
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return read(answer);
  });
  promise.catch(() => kept.delete(address));
  kept.set(address, promise);
  if (kept.size > LARGEST) kept.delete(kept.keys().next().value);
  return promise;
}

const buffer = (address) => once(address, (answer) => answer.arrayBuffer());

// {url, dims, frames} -> frames of 3 * count coordinates in -1..1; in the plane the third is 0.
export async function layoutOf({ url, dims, frames }, count) {
  const words = new Uint16Array(await buffer(url));
  if (words.length !== frames * count * dims) throw new Error("A layout does not fit its points.");
  return Array.from({ length: frames }, (_, frame) => {
    const places = new Float32Array(3 * count);
    const first = frame * count * dims;
    for (let n = 0; n < count; n++) {
      for (let d = 0; d < dims; d++) places[3 * n + d] = words[first + n * dims + d] / 32767.5 - 1;
    }
    return places;
  });
}

export const MISSING = 65535;

// {url, kind, names, low, high} -> the same with `codes`: a class number, or a step of 0..65534 from low to high.
export async function columnOf(column) {
  return { ...column, codes: new Uint16Array(await buffer(column.url)) };
}

// {indices, distances, k} -> per point the k nearest in the space of the vectors.
export async function neighboursOf({ indices, distances, k }) {
  const [who, far] = await Promise.all([buffer(indices), buffer(distances)]);
  return { k, who: new Uint32Array(who), far: new Float32Array(far) };
}

// {url, side, columns} -> the same with `bitmap`.
export async function atlasOf(atlas) {
  const bitmap = await once(atlas.url, async (answer) =>
    createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" }),
  );
  return { ...atlas, bitmap };
}

// Where picture n lies in the atlas.
export const spriteAt = ({ side, columns }, n) => [(n % columns) * side, Math.floor(n / columns) * side];

export const valueOf = ({ kind, codes, low, high }, n) => {
  if (codes[n] === MISSING) return null;
  return kind === "category" ? codes[n] : low + ((high - low) * codes[n]) / 65534;
};
