// Squarified treemaps (Bruls, Huizing and van Wijk 2000): rectangles whose areas are the values, as square as may be.

const worst = (sum, least, most, side) => {
  const square = side * side;
  return Math.max((square * most) / (sum * sum), (sum * sum) / (square * least));
};

// Rectangles [{x, y, w, h}] for `values` (largest first, all above 0) inside a box; areas in proportion.
export function squarify(values, { x, y, w, h }) {
  const total = values.reduce((a, b) => a + b, 0);
  const scale = total > 0 ? (w * h) / total : 0;
  const areas = values.map((value) => value * scale);
  const boxes = [];
  let start = 0;
  while (start < areas.length) {
    const side = Math.min(w, h);
    let [sum, end] = [areas[start], start + 1];
    while (end < areas.length) {
      const more = sum + areas[end];
      if (worst(more, areas[end], areas[start], side) > worst(sum, areas[end - 1], areas[start], side)) break;
      sum = more;
      end += 1;
    }
    const across = side > 0 ? sum / side : 0; // the row lies along the shorter side
    let at = w >= h ? y : x;
    for (let i = start; i < end; i++) {
      const along = across > 0 ? areas[i] / across : 0;
      boxes.push(w >= h ? { x, y: at, w: across, h: along } : { x: at, y, w: along, h: across });
      at += along;
    }
    if (w >= h) [x, w] = [x + across, Math.max(w - across, 0)];
    else [y, h] = [y + across, Math.max(h - across, 0)];
    start = end;
  }
  return boxes;
}
