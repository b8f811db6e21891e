// Which points are where: under the pointer, inside a lasso, nearest in the layout, next in a direction; and which
// pictures have room. 20,000 points are few enough to look at all of them.

const REACH = 14; // pixels around the pointer

// shown: points to consider; screen: x and y of every point in pixels; drawn[n]: 1 where n is a picture of `size`
// pixels.
export function under(shown, screen, x, y, drawn, size) {
  let best = -1;
  let nearest = REACH;
  for (const n of shown) {
    const u = Math.abs(screen[2 * n] - x);
    const v = Math.abs(screen[2 * n + 1] - y);
    let away = Math.hypot(u, v);
    if (drawn[n] && Math.max(u, v) <= size / 2) away /= 1000; // on the picture itself
    if (away < nearest) [best, nearest] = [n, away];
  }
  return best;
}

export function inside(polygon, [x, y]) {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

// The k nearest points of a layout, not n itself.
export function nearestInLayout(places, count, n, k) {
  const far = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [dx, dy, dz] = [0, 1, 2].map((d) => places[3 * i + d] - places[3 * n + d]);
    far[i] = dx * dx + dy * dy + dz * dz;
  }
  far[n] = Infinity;
  const limit = far.slice().sort()[Math.min(k, count - 1) - 1];
  return new Set(Array.from({ length: count }, (_, i) => i).filter((i) => far[i] <= limit));
}

// The nearest shown point to the left, right, top or bottom, within 45 degrees.
export function towards(shown, screen, from, [dx, dy]) {
  let best = from;
  let nearest = Infinity;
  for (const n of shown) {
    const u = screen[2 * n] - screen[2 * from];
    const v = screen[2 * n + 1] - screen[2 * from + 1];
    const along = u * dx + v * dy;
    const across = Math.abs(u * dy) + Math.abs(v * dx);
    if (n === from || along <= 0 || across > along) continue;
    const cost = along + 2 * across;
    if (cost < nearest) [best, nearest] = [n, cost];
  }
  return best;
}

// Points in an order without pattern that is the same every time: what is drawn first, whose picture has precedence.
export function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, n) => n);
  let state = 0x9e3779b9;
  for (let n = count - 1; n > 0; n--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const other = state % (n + 1);
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}

// Of the points in `order` those whose pictures of `size` pixels do not overlap; earlier ones have precedence, and
// those in `first` always have room. The grid belongs to the layout, so pictures stay when it is shifted.
export function withRoom(order, screen, size, first = []) {
  const cells = new Map(); // cell -> the point that lies in it
  const key = (i, j) => (i + 32768) * 65536 + j;
  const put = (n, always) => {
    const [x, y] = [screen[2 * n], screen[2 * n + 1]];
    const [i, j] = [Math.floor(x / size), Math.floor(y / size) + 32768];
    for (let a = i - 1; !always && a <= i + 1; a++) {
      for (let b = j - 1; b <= j + 1; b++) {
        const other = cells.get(key(a, b));
        if (other === undefined) continue;
        if (Math.abs(screen[2 * other] - x) < size && Math.abs(screen[2 * other + 1] - y) < size) return false;
      }
    }
    cells.set(key(i, j), n);
    return true;
  };
  for (const n of first) put(n, true);
  const taken = new Set(first);
  return [...first, ...order.filter((n) => !taken.has(n) && put(n, false))];
}
