// One row against all others: everybody stands on a half circle at the true angle between its z and the row's z, and an
// arrow along the circle says where and how hard the loss moves it.

const ARROW = 52; // pixels of the longest arrow

export class Dial {
  // onPoint(index | null)
  constructor(canvas, onPoint) {
    this.canvas = canvas;
    canvas.setAttribute("role", "img");
    canvas.onpointermove = (event) => onPoint(this.#nearest(event));
    canvas.onpointerleave = () => onPoint(null);
  }

  resize(width) {
    const ratio = window.devicePixelRatio || 1;
    this.width = width;
    this.radius = Math.min(width / 2 - 62, 170);
    this.height = this.radius + 104;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.ratio = ratio;
  }

  #at(angle, radius = this.radius) {
    return [this.width / 2 - Math.cos(angle) * radius, this.height - 34 - Math.sin(angle) * radius];
  }

  #nearest(event) {
    const area = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    let best = null;
    let least = 24;
    for (const other of this.others ?? []) {
      const [ox, oy] = this.#at(other.angle);
      const away = Math.hypot(ox - x, oy - y);
      if (away < least) [best, least] = [other.index, away];
    }
    return best;
  }

  // row, partner, column: indices; others: [{index, angle, force}]; shown: indices whose pictures are drawn.
  draw({ row, partner, column, others, shown, picture, colours, theme }) {
    this.others = others;
    const g = this.canvas.getContext("2d");
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    g.imageSmoothingEnabled = false;
    g.font = "12px sans-serif";
    g.fillStyle = theme.text;
    g.strokeStyle = theme.border;
    g.lineWidth = 1;
    g.beginPath();
    g.arc(this.width / 2, this.height - 34, this.radius, Math.PI, 0);
    g.stroke();
    for (const degrees of [0, 45, 90, 135, 180]) {
      const angle = (degrees * Math.PI) / 180;
      const [x, y] = this.#at(angle, this.radius - 8);
      g.beginPath();
      g.moveTo(...this.#at(angle, this.radius - 4));
      g.lineTo(...this.#at(angle, this.radius + 4));
      g.stroke();
      if (degrees === 0 || degrees === 180) continue;
      g.textAlign = degrees < 90 ? "left" : degrees > 90 ? "right" : "center";
      g.fillText(`${degrees}°`, x, y + 12);
    }
    g.textAlign = "right";
    g.fillText("180°", this.width / 2 + this.radius - 10, this.height - 38);
    const hardest = Math.max(...others.map((other) => Math.abs(other.force)), 1e-12);
    for (const other of others) this.#arrow(g, other, hardest, colours);
    for (const other of others) {
      const [x, y] = this.#at(other.angle);
      g.beginPath();
      g.arc(x, y, other.index === column ? 6 : 4, 0, 2 * Math.PI);
      g.fillStyle = other.index === partner ? theme.accent : theme.text;
      g.fill();
    }
    this.#pictures(g, { others, shown, partner, column, picture, theme });
    const [x, y] = this.#at(0);
    g.strokeStyle = theme.accent;
    g.lineWidth = 2;
    picture(g, row, x - 15, y + 2, 30);
    g.strokeRect(x - 16, y + 1, 32, 32);
  }

  #arrow(g, { angle, force }, hardest, colours) {
    const length = (ARROW * Math.abs(force)) / hardest;
    if (length < 1.5) return;
    const turn = (-length / this.radius) * (force < 0 ? 1 : -1);
    const end = Math.min(Math.max(angle + turn, 0), Math.PI);
    const lane = this.radius + (force < 0 ? -12 : 12); // the pull inside, the pushes outside
    g.strokeStyle = g.fillStyle = force < 0 ? colours.pull : colours.push;
    g.lineWidth = 3;
    g.beginPath();
    const steps = 12;
    for (let s = 0; s <= steps; s++) {
      const point = this.#at(angle + ((end - angle) * s) / steps, lane);
      if (s) g.lineTo(...point);
      else g.moveTo(...point);
    }
    g.stroke();
    const head = end + (Math.sign(turn) * 5) / this.radius;
    g.beginPath();
    g.moveTo(...this.#at(head, lane));
    g.lineTo(...this.#at(end, lane - 5));
    g.lineTo(...this.#at(end, lane + 5));
    g.fill();
  }

  // Small pictures outside the circle, moved outwards where they would cover one another.
  #pictures(g, { others, shown, partner, column, picture, theme }) {
    const side = 26;
    const placed = [];
    const wanted = others.filter(({ index }) => shown.includes(index) || index === column);
    for (const { index, angle } of wanted.sort((a, b) => a.angle - b.angle)) {
      let radius = this.radius + 36;
      let [x, y] = this.#at(angle, radius);
      while (placed.some(([px, py]) => Math.abs(px - x) < side + 2 && Math.abs(py - y) < side + 2) && radius < this.radius + 60) {
        [x, y] = this.#at(angle, (radius += 7));
      }
      placed.push([x, y]);
      picture(g, index, x - side / 2, y - side / 2, side);
      g.lineWidth = index === column ? 3 : 1.5;
      g.strokeStyle = index === partner || index === column ? theme.accent : theme.border;
      g.strokeRect(x - side / 2 - 0.5, y - side / 2 - 0.5, side + 1, side + 1);
    }
  }
}
