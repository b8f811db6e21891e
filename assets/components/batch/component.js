// One batch in slow motion: forward, loss, backward, update. Every number is of the batch that was just learned from;
// the steps only say where to look.

import { element } from "../common/dom.js";
import { number, whole } from "../common/format.js";
import { mounted, ready } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";
import { Transport } from "../common/transport.js";

const STEPS = [
  ["Forward", "The pictures go through the layers; each layer's output has a size, a mean strength and a share of zeros."],
  ["Loss", "The probabilities are compared with the labels: the mean of −log p of the right class."],
  ["Backward", "The gradient of the loss goes back through the layers: how much each weight is to blame."],
  ["Update", "The optimiser moves the weights against the gradient; the same pictures are then predicted again."],
];
const COLUMNS = [
  ["Output", 0],
  ["Mean |output|", 0],
  ["Zeros", 0],
  ["Gradient norm", 2],
  ["Weight norm", 3],
  ["Update norm", 3],
];
const TILE = 72;

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.transport = new Transport((position) => this.step(position));
    this.transport.speed.remove();
    this.transport.setTotal(STEPS.length);
    this.title = element("div", { class: "head", "aria-live": "polite" });
    this.pictures = element("div", { class: "pictures" });
    this.loss = element("div", { class: "loss numeric" });
    this.table = element("table", {});
    root.replaceChildren(this.transport.element, this.title, this.pictures, this.loss, element("div", { class: "wide" }, this.table));
  }

  dispose() {
    this.transport.pause();
  }

  update({ data }) {
    Object.assign(this, { data, theme: readTheme(this.host) });
    this.fill();
    this.step(this.transport.position);
    ready(this.root);
    this.root.dataset.loss = data.loss;
  }

  step(position) {
    this.root.dataset.step = position;
    const [name, say] = STEPS[position];
    this.title.replaceChildren(element("b", {}, `${position + 1}. ${name}. `), say);
    this.table.querySelectorAll("[data-step]").forEach((cell) => cell.classList.toggle("now", Number(cell.dataset.step) === position));
    this.loss.classList.toggle("now", position === 1 || position === 3);
    this.pictures.classList.toggle("after", position === 3);
    this.#probabilities(position === 3);
  }

  fill() {
    const { layers, side, channels, classes, labels } = this.data;
    const bytes = this.data.images.getChildAt(0).toArray();
    const size = side * side;
    this.cards = labels.map((label, n) => {
      const scale = Math.max(1, Math.floor(TILE / side));
      const canvas = element("canvas", { width: side, height: side, role: "img", "aria-label": `Picture ${n + 1} of the batch, ${classes[label]}` });
      canvas.style.width = canvas.style.height = `${side * scale}px`;
      const image = new ImageData(side, side);
      for (let i = 0; i < size; i++) {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[(n * channels + (channels === 3 ? c : 0)) * size + i];
        image.data[4 * i + 3] = 255;
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
      const bar = element("i");
      const text = element("span", { class: "numeric" });
      const node = element("div", { class: "card" }, canvas, element("span", {}, classes[label]), element("div", { class: "track" }, bar), text);
      return { node, bar, text, label };
    });
    this.pictures.replaceChildren(...this.cards.map(({ node }) => node));
    const { loss, loss_before: before, loss_after: after, pictures, learning_rate: rate } = this.data;
    this.loss.replaceChildren(
      element("span", {}, `loss of these ${whole(pictures)} pictures ${number(loss, 4)}`),
      element("span", {}, `without dropout ${number(before, 4)} → ${number(after, 4)} after the update`),
      element("span", {}, `learning rate ${rate.toPrecision(3)}`),
    );
    const head = element("tr", {}, element("th", { scope: "col" }, "Layer"), ...COLUMNS.map(([name, step]) => element("th", { scope: "col", "data-step": String(step) }, name)));
    const largest = Math.max(...layers.map((row) => row.gradient_norm), 1e-30);
    this.table.replaceChildren(
      element("thead", {}, head),
      element("tbody", {}, ...layers.map((row) => this.#row(row, largest))),
    );
  }

  #row(row, largest) {
    const cell = (step, text, share) => {
      const node = element("td", { class: "numeric", "data-step": String(step) }, element("span", {}, text));
      if (share !== undefined) node.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
      return node;
    };
    const small = (v) => (v === 0 ? "0" : v.toPrecision(3));
    const learns = row.parameters > 0;
    const name = learns ? `${row.kind}, ${whole(row.parameters)} weights` : row.kind;
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      cell(0, row.shape.join(" × ")),
      cell(0, small(row.mean)),
      cell(0, `${(100 * row.zeros).toFixed(0)} %`),
      cell(2, learns ? small(row.gradient_norm) : "", learns ? row.gradient_norm / largest : undefined),
      cell(3, learns ? small(row.weight_norm) : ""),
      cell(3, learns ? small(row.update_norm) : ""),
    );
  }

  #probabilities(after) {
    const { before, later } = { before: this.data.before, later: this.data.after };
    this.cards.forEach(({ bar, text, label }, n) => {
      const [was, is] = [before[n][label], later[n][label]];
      bar.style.width = `${100 * (after ? is : was)}%`;
      text.textContent = after ? `p ${number(was, 3)} → ${number(is, 3)}` : `p ${number(was, 3)}`;
    });
  }
}

export default mounted(View);
