// What lies over the points: the ring of the hovered one, lines to neighbours, trails through time, the lasso.

import { css } from "../common/theme.js";

const TRAILS = 150; // points at most whose way is drawn

export function drawOverlay(context, view) {
  const { theme, panes, hover, chosen, ratio, width, height } = view;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  for (const [index, pane] of panes.entries()) {
    context.save();
    const { x, y, width: w, height: h } = pane.rect;
    if (panes.length > 1) {
      context.strokeStyle = theme.border;
      context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    }
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    if (view.trails && pane.frames.length > 1) trails(context, view, pane);
    if (chosen >= 0) lines(context, view, pane, index);
    const screen = pane.screen();
    if (view.place && index === view.place.pane) star(context, pane, view);
    if (chosen >= 0) ring(context, theme, screen, chosen, 9, theme.accent, 3);
    if (hover >= 0) {
      ring(context, theme, screen, hover, view.pictures && pane.drawn[hover] ? view.spriteSize / 2 + 2 : 8, theme.text, 2);
      if (index !== view.hoverPane && view.atlas) mirror(context, view, screen, hover, pane);
    }
    context.restore();
  }
  if (view.gesture?.path) {
    context.beginPath();
    view.gesture.path.forEach(([x, y], n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fillStyle = css(view.accent).replace(")", " / 0.12)");
    context.fill();
    context.setLineDash([5, 4]);
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.stroke();
    context.setLineDash([]);
  }
}

function ring(context, theme, screen, n, radius, colour, wide) {
  const [x, y] = [screen[2 * n], screen[2 * n + 1]];
  for (const [stroke, line] of [[theme.background, wide + 3], [colour, wide]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.stroke();
  }
}

// Lines from the chosen point to its true neighbours: whole where the layout kept them near, dashed where it did not.
function lines(context, { theme, chosen, neighbours, lost }, pane, index) {
  if (!neighbours) return;
  const screen = pane.screen();
  const { k, who } = neighbours;
  const warning = theme.categories[1];
  for (let i = 0; i < k; i++) {
    const other = who[chosen * k + i];
    const gone = lost?.[index]?.[i];
    context.beginPath();
    context.moveTo(screen[2 * chosen], screen[2 * chosen + 1]);
    context.lineTo(screen[2 * other], screen[2 * other + 1]);
    context.setLineDash(gone ? [4, 4] : []);
    context.lineWidth = gone ? 1.5 : 1.2;
    context.strokeStyle = gone ? css(warning) : theme.text;
    context.globalAlpha = gone ? 1 : 0.65;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash([]);
    ring(context, theme, screen, other, 6, gone ? css(warning) : theme.text, 1.5);
  }
}

// The way of the selected points, or of the chosen one, up to the frame that is shown.
function trails(context, view, pane) {
  const followed = view.selected ? view.order.filter((n) => view.selected[n]).slice(0, TRAILS) : [];
  if (view.chosen >= 0) followed.push(view.chosen);
  const rotation = pane.camera.rotation;
  for (const n of followed) {
    const chosen = n === view.chosen;
    context.strokeStyle = chosen ? view.theme.accent : css(view.colourOf(n));
    context.lineWidth = chosen ? 2.5 : 1;
    context.globalAlpha = chosen ? 1 : 0.55;
    context.beginPath();
    for (let frame = 0; frame <= pane.index; frame++) {
      const [x, y] = pane.camera.project(pane.frames[frame], n, rotation);
      if (frame) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    context.stroke();
    if (!chosen) continue;
    context.fillStyle = view.theme.accent;
    for (let frame = 0; frame < pane.index; frame++) {
      const [x, y] = pane.camera.project(pane.frames[frame], n, rotation);
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
  }
  context.globalAlpha = 1;
}

// The hovered picture at its place in the other pane.
function mirror(context, { atlas, theme, spriteSize }, screen, n, pane) {
  const side = Math.max(spriteSize, Math.floor(64 / atlas.side) * atlas.side);
  const x = Math.min(screen[2 * n] + 10, pane.rect.x + pane.rect.width - side - 2);
  const y = Math.max(screen[2 * n + 1] - side - 10, pane.rect.y + 2);
  context.imageSmoothingEnabled = false;
  const [left, top] = [(n % atlas.columns) * atlas.side, Math.floor(n / atlas.columns) * atlas.side];
  context.drawImage(atlas.bitmap, left, top, atlas.side, atlas.side, x, y, side, side);
  context.strokeStyle = theme.text;
  context.lineWidth = 1.5;
  context.strokeRect(x, y, side, side);
}

// A visitor's own picture where it landed, with lines to its neighbours.
function star(context, pane, { theme, place, own }) {
  const [x, y] = pane.camera.project(Float32Array.from([...place.at, 0].slice(0, 3)), 0);
  const screen = pane.screen();
  for (const n of place.neighbours) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(screen[2 * n], screen[2 * n + 1]);
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.2;
    context.stroke();
  }
  const side = 40;
  context.fillStyle = theme.background;
  context.fillRect(x - side / 2 - 3, y - side / 2 - 3, side + 6, side + 6);
  context.imageSmoothingEnabled = false;
  if (own) context.drawImage(own, x - side / 2, y - side / 2, side, side);
  context.strokeStyle = theme.accent;
  context.lineWidth = 3;
  context.strokeRect(x - side / 2 - 1.5, y - side / 2 - 1.5, side + 3, side + 3);
}
