// Tensors from a safetensors file: an 8-byte length, a JSON header, raw little-endian numbers. F32 and F16.

const files = new Map(); // address -> promise

// Halves (IEEE 754 binary16) as their bits -> Float32Array.
export function halves(bits) {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const [sign, exponent, fraction] = [(bits[i] & 0x8000) << 16, (bits[i] >> 10) & 31, bits[i] & 1023];
    if (exponent === 31) words[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent) words[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction) {
      const shift = Math.clz32(fraction) - 21; // a subnormal half is a normal single
      words[i] = sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
    } else words[i] = sign;
  }
  return new Float32Array(words.buffer);
}

// The same by the browser itself, where it knows them (Chrome and Edge since 2025, Firefox and Safari since 2024).
const read = (bytes) => (globalThis.Float16Array ? new Float32Array(new Float16Array(bytes)) : halves(new Uint16Array(bytes)));

// ArrayBuffer -> {tensors: {name: {shape, values}}, metadata: {}}
export function parse(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { __metadata__: metadata = {}, ...described } = header;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(described)) {
    const bytes = buffer.slice(8 + length + from, 8 + length + to);
    if (dtype === "F32") tensors[name] = { shape, values: new Float32Array(bytes) };
    else if (dtype === "F16") tensors[name] = { shape, values: read(bytes) };
    else throw new Error(`${name}: numbers of type ${dtype} are not read here`);
  }
  return { tensors, metadata };
}

export function load(address) {
  if (!files.has(address)) {
    if (files.size > 6) files.delete(files.keys().next().value);
    const promise = fetch(new URL(address, document.baseURI))
      .then((answer) => {
        if (!answer.ok) throw new Error(`weights ${answer.status}`);
        return answer.arrayBuffer();
      })
      .then(parse);
    promise.catch(() => files.delete(address));
    files.set(address, promise);
  }
  return files.get(address);
}
