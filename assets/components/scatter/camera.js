// From coordinates of a layout to pixels of a pane, and back. In the plane: shift and zoom. In space: turned about
// the centre first, nearer points a little larger.

const DEPTH = 0.28; // how much nearer things are enlarged
const MARGIN = 0.9; // of the pane that a whole layout fills
const DEEPEST = 400; // times the scale at which everything is seen

export class Camera {
  constructor() {
    this.turn = [0.6, 0.35]; // about the vertical, about the horizontal
    this.box = [-1, -1, 1, 1];
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.centre = null; // of the box
  }

  // The pane in CSS pixels; `box`: left, bottom, right, top of the layouts shown; `deep`: whether they have depth.
  place(pane, box, deep) {
    this.pane = pane;
    this.box = deep ? [-1, -1, 1, 1] : box;
    this.deep = deep;
  }

  get whole() {
    const [left, bottom, right, top] = this.box;
    return MARGIN * Math.min(this.pane.width / Math.max(right - left, 1e-3), this.pane.height / Math.max(top - bottom, 1e-3));
  }

  get scale() {
    return this.whole * this.zoom;
  }

  get middle() {
    const [left, bottom, right, top] = this.box;
    return this.centre ?? [(left + right) / 2, (bottom + top) / 2];
  }

  // Rows of the rotation, row-major; the identity in the plane.
  get rotation() {
    if (!this.deep) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const [[a, b], [c, d]] = this.turn.map((angle) => [Math.cos(angle), Math.sin(angle)]);
    return [a, 0, b, b * d, c, -a * d, -b * c, d, a * c];
  }

  // (places, n) -> [x, y, depth in -1..1] in pixels of the whole canvas.
  project(places, n, rotation = this.rotation) {
    const [x, y, z] = [places[3 * n], places[3 * n + 1], places[3 * n + 2]];
    let u = x;
    let v = y;
    let w = 0;
    if (this.deep) {
      w = rotation[6] * x + rotation[7] * y + rotation[8] * z;
      const near = 1 / (1 - DEPTH * w);
      u = (rotation[0] * x + rotation[1] * y + rotation[2] * z) * near;
      v = (rotation[3] * x + rotation[4] * y + rotation[5] * z) * near;
    }
    const [cx, cy] = this.middle;
    return [this.pane.x + this.pane.width / 2 + (u - cx) * this.scale, this.pane.y + this.pane.height / 2 - (v - cy) * this.scale, w];
  }

  get uniforms() {
    return { rotation: this.rotation, middle: this.middle, scale: this.scale, depth: this.deep ? DEPTH : 0 };
  }

  // Pixels -> coordinates, in the plane.
  locate(x, y) {
    const [cx, cy] = this.middle;
    return [cx + (x - this.pane.x - this.pane.width / 2) / this.scale, cy - (y - this.pane.y - this.pane.height / 2) / this.scale];
  }

  shift(dx, dy) {
    const [cx, cy] = this.middle;
    this.centre = [cx - dx / this.scale, cy + dy / this.scale];
  }

  orbit(dx, dy) {
    this.turn[0] += dx * 0.008;
    this.turn[1] = Math.min(Math.max(this.turn[1] + dy * 0.008, -1.5), 1.5);
  }

  // Zoom so that what is under (x, y) stays there.
  zoomAt(factor, x, y) {
    const before = this.locate(x, y);
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.5), DEEPEST);
    const after = this.locate(x, y);
    const [cx, cy] = this.middle;
    this.centre = [cx + before[0] - after[0], cy + before[1] - after[1]];
  }

  lookAt(x, y) {
    this.centre = [x, y];
  }
}
