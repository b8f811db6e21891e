// Walking among codes with the formulas of engine.glo.latent, in double precision; a browser test holds them equal.

const PARALLEL = 1e-4;
const clamp = (v, low = 0, high = 1) => Math.min(Math.max(v, low), high);

export const norm = (code) => Math.sqrt(code.reduce((sum, v) => sum + v * v, 0));
export const scale = (code, factor) => Float64Array.from(code, (v) => v * factor);
export const add = (a, b, factor = 1) => Float64Array.from(a, (v, i) => v + factor * b[i]);

// As engine.glo.codes.project: into the unit ball, onto the sphere, or as it is.
export function project(code, projection = "ball") {
  const length = norm(code);
  if (projection === "none" || (projection === "ball" && length <= 1)) return Float64Array.from(code);
  return scale(code, 1 / Math.max(length, 1e-12));
}

// The code at `share` of the way from a to b.
export function between(a, b, share, how = "linear") {
  const straight = () => Float64Array.from(a, (v, i) => v + (b[i] - v) * share);
  if (how === "linear") return straight();
  const [lengthA, lengthB] = [norm(a), norm(b)];
  if (!lengthA || !lengthB) return straight();
  let cosine = 0;
  for (let i = 0; i < a.length; i++) cosine += (a[i] / lengthA) * (b[i] / lengthB);
  const angle = Math.acos(clamp(cosine, -1, 1));
  if (!(angle > PARALLEL && angle < Math.PI - PARALLEL)) return straight();
  const length = lengthA + (lengthB - lengthA) * share;
  const [u, v] = [Math.sin((1 - share) * angle) / lengthA, Math.sin(share * angle) / lengthB];
  return Float64Array.from(a, (value, i) => ((u * value + v * b[i]) / Math.sin(angle)) * length);
}

export const path = (a, b, steps, how) => Array.from({ length: steps }, (_, i) => between(a, b, i / (steps - 1), how));

// The share of each of 2, 3 or 4 corners at a point of the unit square.
export function cornerWeights(count, across, down) {
  let [x, y] = [clamp(across), clamp(down)];
  if (count === 2) return [1 - x, x];
  if (count === 3) {
    const half = (1 - y) / 2;
    x = clamp(x - 0.5, -half, half);
    return [half - x, half + x, y];
  }
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

// The code at a point of the pad between 2 to 4 corners.
export function blend(corners, across, down, how = "linear") {
  const weights = cornerWeights(corners.length, across, down);
  if (how === "linear") {
    const found = new Float64Array(corners[0].length);
    corners.forEach((corner, k) => corner.forEach((v, i) => (found[i] += weights[k] * v)));
    return found;
  }
  const top = weights[0] + weights[1];
  const above = between(corners[0], corners[1], top ? weights[1] / top : 0.5, how);
  if (corners.length === 2) return above;
  if (corners.length === 3) return between(above, corners[2], weights[2], how);
  const bottom = weights[2] + weights[3];
  return between(above, between(corners[2], corners[3], bottom ? weights[3] / bottom : across, how), bottom, how);
}
