// One layout on the canvas: its frames (epochs, settings or just one), the move from one to the next, what is drawn
// as a picture and what as a dot, and where everything is on the screen.

import { still } from "../common/dom.js";
import { Camera } from "./camera.js";
import { withRoom } from "./pick.js";

const BUCKETS = 128; // of depth, for drawing far points first

export class Pane {
  constructor(index, redraw) {
    this.camera = new Camera();
    this.number = index;
    this.redraw = redraw;
    this.sprites = new Uint32Array();
    this.dots = new Uint32Array();
  }

  // New frames. Where the points are the same as before they move over, else they are simply there.
  take(frames, deep, index, milliseconds) {
    const same = this.frames?.[0].length === frames[0].length;
    const from = same ? this.current() : null;
    if (!same || this.deep !== deep) this.camera.reset();
    this.frames = frames;
    this.deep = deep;
    this.index = Math.min(Math.max(index, 0), frames.length - 1);
    this.box = boxOf(frames);
    this.#move(from ?? frames[this.index], same ? milliseconds : 0);
  }

  go(index, milliseconds) {
    if (index === this.index) return;
    const from = this.current();
    this.index = index;
    this.#move(from, milliseconds);
  }

  #move(from, milliseconds) {
    this.before = from;
    this.after = this.frames[this.index];
    this.length = still() || from === this.after ? 0 : milliseconds;
    this.started = performance.now();
    this.sent = false; // the renderer has not heard of it
    this.stale = true;
    this.redraw();
  }

  // 0 at the start of a move, 1 at its end, gently at both.
  get mixing() {
    if (!this.length) return 1;
    const t = Math.min((performance.now() - this.started) / this.length, 1);
    return t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) ** 2;
  }

  get moving() {
    return this.length > 0 && performance.now() - this.started < this.length;
  }

  // Where the points are now, 3 coordinates each.
  current() {
    const t = this.mixing;
    if (t >= 1) return this.after;
    return this.before.map((v, n) => v + (this.after[n] - v) * t);
  }

  // Point n in the middle, near enough to see what surrounds it.
  lookAt(n) {
    if (this.deep) return;
    const places = this.current();
    this.camera.zoom = Math.max(this.camera.zoom, 2.5);
    this.camera.lookAt(places[3 * n], places[3 * n + 1]);
  }

  setRect(rect) {
    this.rect = rect;
    this.camera.place(rect, this.box, this.deep);
    this.stale = true;
  }

  // x and y of every point on the canvas, as of now.
  screen() {
    const key = `${this.mixing} ${this.camera.scale} ${this.camera.middle} ${this.camera.turn} ${Object.values(this.rect)}`;
    if (this.screenKey === key && this.screenOf === this.after) return this.xy;
    const places = this.current();
    const count = places.length / 3;
    this.xy ??= new Float32Array(2 * count);
    if (this.xy.length !== 2 * count) this.xy = new Float32Array(2 * count);
    this.depths = new Float32Array(this.deep ? count : 0);
    const rotation = this.camera.rotation;
    const { width, height, x, y } = this.rect;
    const [cx, cy] = this.camera.middle;
    const scale = this.camera.scale;
    for (let n = 0; n < count; n++) {
      if (this.deep) {
        const [u, v, depth] = this.camera.project(places, n, rotation);
        this.xy[2 * n] = u;
        this.xy[2 * n + 1] = v;
        this.depths[n] = depth;
      } else {
        this.xy[2 * n] = x + width / 2 + (places[3 * n] - cx) * scale;
        this.xy[2 * n + 1] = y + height / 2 - (places[3 * n + 1] - cy) * scale;
      }
    }
    [this.screenKey, this.screenOf] = [key, this.after];
    return this.xy;
  }

  // Share the shown points out between pictures and dots. Pictures keep their choice while the layout moves, is
  // shifted, or is zoomed by less than half an octave.
  arrange(shown, { pictures, size, first, version }) {
    const level = 2 ** (Math.round(2 * Math.log2(this.camera.scale)) / 2);
    const key = `${version} ${pictures} ${size} ${first} ${this.deep ? this.camera.turn : ""} ${this.deep ? this.camera.scale : level}`;
    if (this.moving && this.drawn && !this.stale) return;
    if (key === this.arranged && this.arrangedFor === this.after && !this.stale) return;
    [this.arranged, this.arrangedFor, this.stale] = [key, this.after, false];
    const count = this.after.length / 3;
    this.drawn = new Uint8Array(count);
    let chosen = [];
    if (pictures) {
      let screen = this.deep ? this.screen() : null;
      if (!screen) {
        screen = new Float32Array(2 * count);
        for (let n = 0; n < count; n++) {
          screen[2 * n] = this.after[3 * n] * level;
          screen[2 * n + 1] = this.after[3 * n + 1] * level;
        }
      }
      chosen = withRoom(shown, screen, size * 1.06, first);
    }
    for (const n of chosen) this.drawn[n] = 1;
    this.sprites = Uint32Array.from(chosen);
    this.dots = Uint32Array.from(shown.filter((n) => !this.drawn[n]));
  }

  // Far points first, in space.
  sorted(points) {
    if (!this.deep) return points;
    this.screen();
    const starts = new Uint32Array(BUCKETS + 1);
    const bucket = (n) => Math.min(Math.max(Math.floor(((this.depths[n] + 1.8) / 3.6) * BUCKETS), 0), BUCKETS - 1);
    for (const n of points) starts[bucket(n) + 1]++;
    for (let b = 0; b < BUCKETS; b++) starts[b + 1] += starts[b];
    const order = new Uint32Array(points.length);
    for (const n of points) order[starts[bucket(n)]++] = n;
    return order;
  }
}

// Left, bottom, right, top of all frames together, so that the view stands still while they play.
function boxOf(frames) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const places of frames) {
    for (let n = 0; n < places.length; n += 3) {
      box[0] = Math.min(box[0], places[n]);
      box[1] = Math.min(box[1], places[n + 1]);
      box[2] = Math.max(box[2], places[n]);
      box[3] = Math.max(box[3], places[n + 1]);
    }
  }
  return box;
}
