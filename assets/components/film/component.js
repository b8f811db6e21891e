// The same pictures through time: rows of tiles under one scrubber, and what moves with them.

import { Chart } from "../common/chart.js";
import { button, element, saveCanvas, still } from "../common/dom.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { fitCanvas, sheet, wholeScale } from "../common/sprites.js";
import { readTheme } from "../common/theme.js";
import { Transport } from "../common/transport.js";
import { Cloud, Histogram } from "./panels.js";

const GAP = 4;
const TWEEN = 300; // ms

class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.transport = new Transport((position, playing) => this.show(position, playing), "moment");
    this.lanes = element("div", { class: "lanes" });
    this.clouds = new Cloud();
    this.histogram = new Histogram();
    this.chart = new Chart(element("canvas", { role: "img", class: "still" }));
    this.chartBox = element("div", { class: "panel" }, element("div", { class: "caption" }), this.chart.canvas);
    this.chart.canvas.onclick = (event) => this.#jump(event);
    this.side = element("div", { class: "side" }, this.clouds.element, this.histogram.element, this.chartBox);
    this.when = element("div", { class: "when numeric", "aria-live": "off" });
    const save = button("save", "Save this moment as PNG", () => this.save());
    this.stage = element("div", { class: "stage" }, this.lanes, this.side);
    this.bar = element("div", { class: "bar" }, this.transport.element, save, this.when);
    root.replaceChildren(this.bar, this.stage);
    this.observer = watchWidth(this, () => this.data);
  }

  dispose() {
    this.transport.pause();
    cancelAnimationFrame(this.tween);
    this.observer.disconnect();
  }

  update({ data }) {
    const given = arrives(this, data);
    const fresh = given || this.data?.id !== data.id;
    const atEnd = fresh || this.transport.position >= this.data.frames.length - 1;
    this.data = data;
    this.theme = readTheme(this.host);
    const { points, norms, chart } = data;
    this.clouds.element.hidden = !points;
    this.histogram.element.hidden = !norms;
    this.chartBox.hidden = !chart;
    if (points) this.clouds.set({ ...data.cloud, points: interleave(points) });
    if (norms) this.histogram.set({ ...data.histogram, counts: Array.from(norms.getChildAt(0).toArray()) });
    if (chart) {
      const series = chart.series.map((line) => ({ ...line, x: chart.x, colour: this.theme.categories[line.group] }));
      this.chart.set(series, chart);
      this.chartBox.firstChild.replaceChildren(...series.map(({ name, colour }) => legend(name, colour)));
    }
    this.bar.hidden = Boolean(data.quiet);
    this.transport.setTotal(data.frames.length);
    if (given) this.transport.rest(data.position ?? data.frames.length - 1);
    else if (atEnd) this.transport.follow(data.position ?? data.frames.length - 1);
    this.place = this.transport.position;
    this.#build();
    this.layout();
  }

  #build() {
    const key = JSON.stringify(this.data.lanes.map(({ title, tiles, columns }) => [title, tiles, columns]));
    if (key === this.built) return;
    this.built = key;
    this.canvases = this.data.lanes.map(({ title }) => element("canvas", { role: "img", class: "still", "aria-label": title }));
    this.lanes.replaceChildren(
      ...this.data.lanes.map(({ title, note }, index) =>
        element("div", { class: "lane" }, element("div", { class: "caption" }, element("span", {}, element("b", {}, title), note ? ` ${note}` : "")), this.canvases[index]),
      ),
    );
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const { points, norms, chart, tile } = this.data;
    const aside = points || norms || chart;
    const narrow = total < 560;
    this.stage.classList.toggle("narrow", narrow);
    const sideWidth = !aside ? 0 : narrow ? Math.min(total - 2, 420) : Math.min(Math.max(total * 0.3, 240), 380);
    const room = (narrow || !aside ? total : total - sideWidth - 28) - 2;
    this.scale = Math.min(wholeScale(room, Math.min(5, this.data.columns), tile[1], GAP), this.data.largest ?? 6);
    this.columns = Math.max(Math.min(Math.floor((room + GAP) / (tile[1] * this.scale + GAP)), this.data.columns), 1);
    this.side.style.width = aside ? `${sideWidth}px` : "";
    if (points) this.clouds.resize(sideWidth, this.theme);
    if (norms) this.histogram.resize(sideWidth, 90, this.theme);
    if (chart) this.chart.resize(sideWidth, 190, this.theme);
    this.show(this.transport.position, false);
  }

  #jump(event) {
    const at = this.chart.at(event);
    const { x } = this.data.chart;
    const nearest = x.reduce((best, v, i) => (Math.abs(v - at) < Math.abs(x[best] - at) ? i : best), 0);
    this.transport.go(Math.min(nearest, this.data.frames.length - 1));
  }

  async show(position, playing) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { frames, lanes } = this.data;
    this.when.textContent = frames[position] ?? "";
    if (!this.data.points || still() || Math.abs(this.place - position) > 6 || playing) this.#dots(position);
    else this.#glide(position);
    if (this.data.norms) this.histogram.draw(position);
    if (this.data.chart) this.chart.draw(this.data.chart.x[position] ?? null, this.data.chart.x[position] ?? Infinity);
    let found;
    try {
      found = await Promise.all(lanes.map(({ sources }) => sheet(sources[Math.min(position, sources.length - 1)][0])));
    } catch {
      this.when.textContent = "The pictures did not arrive. Check the connection and reload the page.";
      return;
    }
    if (turn < (this.drawn ?? 0)) return; // a later place was drawn while these loaded
    this.drawn = turn;
    lanes.forEach((lane, index) => this.#lane(lane, index, found[index], position));
    this.root.dataset.position = position;
    ready(this.root);
  }

  #lane({ tiles, sources }, index, bitmap, position) {
    const [height, width] = this.data.tile;
    const row = sources[Math.min(position, sources.length - 1)][1];
    const [w, h] = [width * this.scale, height * this.scale];
    const rows = Math.ceil(tiles / this.columns);
    const columns = Math.ceil(tiles / rows); // rows as long as each other
    const g = fitCanvas(this.canvases[index], columns * (w + GAP) - GAP, rows * (h + GAP) - GAP);
    g.clearRect(0, 0, columns * (w + GAP), rows * (h + GAP));
    const across = Math.round(bitmap.width / width);
    for (let i = 0; i < tiles; i++) {
      const at = row * tiles + i;
      g.drawImage(bitmap, (at % across) * width, Math.floor(at / across) * height, width, height, (i % columns) * (w + GAP), Math.floor(i / columns) * (h + GAP), w, h);
    }
  }

  #dots(place) {
    cancelAnimationFrame(this.tween);
    this.place = place;
    if (this.data.points) this.clouds.draw(place);
  }

  #glide(position) {
    cancelAnimationFrame(this.tween);
    const [from, start] = [this.place, performance.now()];
    const tick = (now) => {
      const share = Math.min((now - start) / TWEEN, 1);
      this.place = from + (position - from) * share;
      this.clouds.draw(this.place);
      if (share < 1) this.tween = requestAnimationFrame(tick);
    };
    this.tween = requestAnimationFrame(tick);
  }

  save() {
    const width = Math.max(...this.canvases.map((canvas) => canvas.width));
    const height = this.canvases.reduce((sum, canvas) => sum + canvas.height + 12, 0);
    const canvas = element("canvas", { width, height });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, width, height);
    let top = 0;
    for (const lane of this.canvases) {
      g.drawImage(lane, 0, top);
      top += lane.height + 12;
    }
    saveCanvas(canvas, `${this.data.name}-${this.transport.position + 1}.png`);
  }
}

function legend(name, colour) {
  const swatch = element("span", { class: "swatch" });
  swatch.style.background = colour;
  return element("span", { class: "key" }, swatch, name);
}

// An Arrow table with the columns x and y -> Float32Array x0, y0, x1, y1, ...
function interleave(table) {
  const [x, y] = [table.getChild("x").toArray(), table.getChild("y").toArray()];
  const found = new Float32Array(2 * x.length);
  for (let i = 0; i < x.length; i++) [found[2 * i], found[2 * i + 1]] = [x[i], y[i]];
  return found;
}

export default mounted(View);
