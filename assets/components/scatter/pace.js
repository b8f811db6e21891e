// How many dots are drawn while things move: all of them where the browser keeps up, else a fair sample (their order
// has no pattern, so the first ones are one), and all again as soon as it is still.

const SLOW = 75; // ms between two frames
const REST = 180; // ms without motion
const SEEN = 4; // frames by which one judges
const LEAST = 1 / 8;

export class Pace {
  // settled(): everything is to be drawn again.
  constructor(settled) {
    Object.assign(this, { settled, share: 1, until: 0, took: [] });
  }

  // Something moves now.
  stir() {
    this.until = performance.now() + REST;
    if (this.frame) return;
    this.share = Math.min(2 * this.share, 1); // what was slow a minute ago may not be now
    this.took = [];
    this.last = undefined;
    this.frame = requestAnimationFrame((now) => this.#tick(now));
  }

  // Of the points in drawing order those to draw now.
  of(points) {
    return this.frame && this.share < 1 ? points.subarray(0, Math.ceil(this.share * points.length)) : points;
  }

  // The frames of a motion are counted whether or not something is drawn in them: a wheel turns in steps.
  #tick(now) {
    if (this.last !== undefined) this.took.push(now - this.last);
    this.last = now;
    if (this.took.length >= SEEN) {
      if (this.took.sort((a, b) => a - b)[SEEN >> 1] > SLOW) this.share = Math.max(this.share / 2, LEAST);
      this.took = [];
    }
    if (performance.now() < this.until) this.frame = requestAnimationFrame((next) => this.#tick(next));
    else this.rest();
  }

  // Now, not once it is still.
  rest() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    if (this.share < 1) this.settled();
  }

  dispose() {
    cancelAnimationFrame(this.frame);
  }
}
