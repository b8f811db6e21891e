// The game of two players beside GLO, which has none: trajectories of real updates, drawn live from a start one drags.

import { Chart } from "../common/chart.js";
import { button, element, saveCanvas } from "../common/dom.js";
import { number } from "../common/format.js";
import { distance, loss, slope, trajectory, value } from "../common/games.js";
import { arrives, mounted, ready, watchWidth } from "../common/mounted.js";
import { css, diverging, readTheme, rgb } from "../common/theme.js";
import { Transport } from "../common/transport.js";
import { EXTENT, Plane } from "./plane.js";

const TITLES = { simultaneous: "Both at once", alternating: "In turn", penalty: "With gradient penalty", glo: "GLO: both go down" };
const GAME_METHODS = ["simultaneous", "alternating", "penalty"];
const COLOURS = { simultaneous: 3, alternating: 0, penalty: 2, glo: 4 }; // of the categorical palette
const LEAST = 1e-6; // of the distance chart

const blend = (a, b, share) => [0, 1, 2].map((i) => a[i] + (b[i] - a[i]) * share);

class View {
  constructor(root, host) {
    this.root = root;
    this.host = host;
    this.hidden = new Set();
    const keys = "Drag, or use the arrow keys, to move the start.";
    this.planes = {
      game: new Plane(element("canvas", { "data-plane": "game" }), { label: `The game. ${keys}`, onStart: (at, done) => this.move(at, done) }),
      glo: new Plane(element("canvas", { "data-plane": "glo" }), { label: `GLO. ${keys}`, onStart: (at, done) => this.move(at, done) }),
    };
    this.captions = { game: element("div", { class: "caption" }), glo: element("div", { class: "caption" }) };
    this.chart = new Chart(element("canvas", { role: "img", class: "still" }));
    this.transport = new Transport((position) => this.show(position), "update");
    this.legend = element("div", { class: "legend" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    const save = button("save", "Save the planes as PNG", () => this.save());
    this.stage = element(
      "div",
      { class: "stage" },
      ...["game", "glo"].map((name) => element("div", {}, this.captions[name], this.planes[name].canvas)),
    );
    const chart = element("div", { class: "chart" }, element("div", { class: "caption" }, "Distance from the solution, after each update"), this.chart.canvas);
    root.replaceChildren(this.legend, this.stage, element("div", { class: "bar" }, this.transport.element, save), chart, this.live);
    this.observer = watchWidth(this, () => this.settings);
  }

  dispose() {
    this.transport.pause();
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  update({ data, setStateValue }) {
    this.send = setStateValue;
    this.theme = readTheme(this.host);
    const fresh = arrives(this, data);
    this.settings = { ...data.settings, target: data.target };
    this.steps = data.steps;
    if (fresh) this.hidden.clear();
    if (fresh || !this.dragged) this.start = data.start;
    this.dragged = false;
    this.compute();
    this.#legend();
    this.transport.setTotal(this.steps + 1);
    if (fresh) this.transport.rest(Math.min(data.show ?? 0, this.steps));
    this.#surfaces();
    this.layout();
    if (fresh) ready(this.root);
  }

  get methods() {
    return [...GAME_METHODS, "glo"];
  }

  colour = (method) => this.theme.categories[COLOURS[method]];

  compute() {
    this.paths = Object.fromEntries(this.methods.map((method) => [method, trajectory(this.settings, method, this.start, this.steps)]));
    const series = this.#shown().map((method) => ({
      name: TITLES[method],
      colour: this.colour(method),
      values: this.paths[method].map((state) => Math.max(distance(method, state, this.settings.target), LEAST)),
    }));
    this.chart.set(series, { log: true, low: LEAST, high: 100, end: this.steps, xTitle: "updates" });
  }

  #shown = () => this.methods.filter((method) => !this.hidden.has(method));

  #legend() {
    this.values = {};
    this.legend.replaceChildren(
      ...this.methods.map((method) => {
        const swatch = element("span", { class: "swatch" });
        swatch.style.background = this.colour(method);
        const shown = !this.hidden.has(method);
        this.values[method] = element("span", { class: "numeric quiet" });
        const toggle = element("button", { type: "button", "aria-pressed": String(shown), "data-method": method }, swatch, TITLES[method], this.values[method]);
        toggle.onclick = () => {
          if (!this.hidden.delete(method)) this.hidden.add(method);
          toggle.setAttribute("aria-pressed", String(!this.hidden.has(method)));
          this.compute();
          this.show(this.transport.position);
        };
        return toggle;
      }),
    );
  }

  #surfaces() {
    const { game, stepSize, target } = this.settings;
    const most = game === "bilinear" ? EXTENT ** 2 : 3;
    const level = game === "bilinear" ? 0 : value(game, [0, 0]);
    const paper = rgb(this.theme.background);
    const faint = (colour) => blend(paper, colour, this.theme.dark ? 0.55 : 0.45);
    this.planes.game.set({
      surface: (x, y) => faint(diverging(this.theme, value(game, [x, y]) - level, most)),
      arrow: (x, y) => [-y * slope(game, x * y), x * slope(game, x * y)],
      solution: [[[-0.06, 0], [0.06, 0]], [[0, -0.06], [0, 0.06]]],
      axes: game === "bilinear" ? ["x goes down V", "y goes up V"] : ["x: where the generator puts its point", "y: slope of the discriminator"],
    });
    const curve = (sign) => Array.from({ length: 200 }, (_, i) => [(sign * target) / (0.02 + (i / 199) * 0.98), sign * (0.02 + (i / 199) * 0.98)]).map(([w, z]) => [Math.abs(w) > 3 ? sign * 3 : w, z]);
    this.planes.glo.set({
      surface: (w, z) => (Math.abs(z) > 1 ? rgb(this.theme.soft) : faint(blend(paper, this.theme.positive, Math.min(Math.sqrt(loss([w, z], target)) / 1.8, 1)))),
      arrow: (w, z) => (Math.abs(z) > 1 ? [0, 0] : [-(w * z - target) * z, -(w * z - target) * w]),
      solution: [curve(1), curve(-1)],
      axes: ["w: weight of the generator", "z: code, kept in [\u22121, 1]"],
    });
    const text = { bilinear: "V = x y", dirac: "V = f(x y), Dirac-GAN" }[game];
    this.captions.game.replaceChildren(element("span", {}, element("b", {}, "Two players. "), `${text}; the cross is the solution`));
    this.captions.glo.replaceChildren(element("span", {}, element("b", {}, "One goal. "), `L = (w z \u2212 ${number(target, 1)})\u00b2 / 2; every point of the lines is a solution`));
    this.root.dataset.step = String(stepSize);
  }

  layout() {
    const total = this.root.clientWidth;
    if (!total) return;
    this.laidOut = total;
    const stacked = total < 620;
    this.stage.classList.toggle("stacked", stacked);
    const side = Math.floor(Math.min(stacked ? total - 38 : (total - 24) / 2 - 38, 400));
    for (const plane of Object.values(this.planes)) plane.resize(side, this.theme);
    this.chart.resize(Math.min(total - 2, stacked ? total : 2 * side + 100), 170, this.theme);
    this.show(this.transport.position);
  }

  move(at, done) {
    this.start = at;
    this.dragged = true;
    this.compute();
    if (this.transport.position === 0) this.transport.follow(this.steps);
    this.show(this.transport.position);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("start", at), done ? 150 : 600);
  }

  show(position) {
    const shown = this.#shown();
    const paths = (methods) => methods.filter((m) => shown.includes(m)).map((m) => ({ colour: this.colour(m), states: this.paths[m] }));
    this.planes.game.draw(this.start, paths(GAME_METHODS), position);
    this.planes.glo.draw(this.start, paths(["glo"]), position);
    this.chart.draw(position, position);
    const said = [];
    for (const method of this.methods) {
      const state = this.paths[method][position];
      const away = distance(method, state, this.settings.target);
      const text = away > 1000 ? "> 1000" : number(away, away < 0.005 ? 4 : 2);
      this.values[method].textContent = text;
      this.root.dataset[method] = state.join(",");
      said.push(`${TITLES[method]} ${text}`);
    }
    this.root.dataset.position = position;
    this.chart.canvas.setAttribute("aria-label", `Distance from the solution after ${position} updates: ${said.join(", ")}`);
  }

  save() {
    const [left, right] = [this.planes.game.canvas, this.planes.glo.canvas];
    const canvas = element("canvas", { width: left.width + right.width + 24, height: left.height });
    const g = canvas.getContext("2d");
    g.fillStyle = css(rgb(this.theme.background));
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.drawImage(left, 0, 0);
    g.drawImage(right, left.width + 24, 0);
    saveCanvas(canvas, "saddle.png");
  }
}

export default mounted(View);
