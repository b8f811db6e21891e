// The arithmetic strip: window × kernel = products → sum. The kernel's cells are typed into or dragged vertically.

import { element } from "../common/dom.js";
import { fixed, number, parse, short } from "../common/format.js";
import { css, diverging, inkOn, brightness } from "../common/theme.js";

const PIXELS_PER_STEP = 6;
const STEP = 0.1;

const grid = (name, label) => element("div", { class: `grid ${name}`, role: "group", "aria-label": label });

export class KernelEditor {
  constructor(handlers) {
    this.handlers = handlers;
    this.patchGrid = grid("patch", "Values in the window");
    this.kernelGrid = grid("kernel", "Kernel");
    this.productGrid = grid("products", "Products");
    this.planes = element("div", { class: "planes", role: "group", "aria-label": "Colour shown" });
    this.link = element("input", { type: "checkbox", id: "link" });
    this.link.onchange = () => handlers.onLink(this.link.checked);
    this.linkRow = element("label", { class: "link" }, this.link, " same for all colours");
    this.sum = element("div", { class: "sum numeric" });
    const act = (text, title, onclick) => {
      const node = element("button", { type: "button", title }, text);
      node.onclick = onclick;
      return node;
    };
    this.actions = element(
      "div",
      { class: "actions" },
      act("Normalise", "Scale the weights so that brightness is kept", handlers.onNormalise),
      act("Turn 180°", "Correlation becomes convolution and back", handlers.onTurn),
      act("Reset", "Back to the chosen kernel", handlers.onReset),
    );
    const column = (title, ...rest) => element("div", { class: "column" }, element("div", { class: "head" }, title), ...rest);
    this.element = element(
      "div",
      { class: "strip" },
      this.planes,
      column("Window", this.patchGrid),
      element("div", { class: "sign" }, "×"),
      column("Kernel: type or drag", this.kernelGrid, this.actions, this.linkRow),
      element("div", { class: "sign" }, "="),
      column("Products", this.productGrid),
      element("div", { class: "sign" }, "→"),
      column("Sum", this.sum),
    );
  }

  equalPlanes(weights, channels) {
    const size = weights.length / channels;
    return weights.every((v, i) => Math.abs(v - weights[i % size]) < 1e-7);
  }

  spread(weights, plane) {
    const size = this.kernel * this.kernel;
    return weights.map((_, i) => weights[plane * size + (i % size)]);
  }

  #build(kernel) {
    if (this.kernel === kernel) return;
    this.kernel = kernel;
    for (const box of [this.patchGrid, this.kernelGrid, this.productGrid]) box.style.setProperty("--cells", kernel);
    const cells = Array.from({ length: kernel * kernel }, (_, n) => n);
    this.patchGrid.replaceChildren(...cells.map(() => element("span")));
    this.productGrid.replaceChildren(...cells.map(() => element("span")));
    this.kernelGrid.replaceChildren(...cells.map((n) => this.#input(n, kernel)));
    this.element.classList.toggle("large", kernel > 4);
  }

  #input(n, kernel) {
    const place = `row ${Math.floor(n / kernel) + 1}, column ${(n % kernel) + 1}`;
    const input = element("input", { type: "text", inputmode: "decimal", "aria-label": `Weight, ${place}` });
    input.onfocus = () => (input.value = short(this.#value(n), 6)); // every digit, while it is being edited
    input.onblur = () => this.show(...this.shown);
    input.onchange = () => {
      const value = parse(input.value);
      if (input.value.trim() === "" || !Number.isFinite(value) || Math.abs(value) > 1e4) this.show(...this.shown);
      else this.#set(n, value);
    };
    input.onkeydown = (event) => {
      event.stopPropagation();
      const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
      if (step) {
        event.preventDefault();
        this.#set(n, this.#value(n) + (event.shiftKey ? 10 : 1) * step);
      } else if (event.key === "Enter") input.blur();
      else if (event.key === "Escape") {
        this.show(...this.shown);
        input.blur();
      }
    };
    input.onpointerdown = (event) => {
      this.drag = { n, y: event.clientY, from: this.#value(n), moved: false };
      input.setPointerCapture(event.pointerId);
    };
    input.onpointermove = (event) => {
      if (this.drag?.n !== n) return;
      const steps = Math.round((this.drag.y - event.clientY) / PIXELS_PER_STEP);
      if (!steps && !this.drag.moved) return;
      this.drag.moved = true;
      event.preventDefault();
      this.#set(n, this.drag.from + steps * STEP);
    };
    input.onpointerup = input.onpointercancel = () => {
      if (this.drag && !this.drag.moved) input.select();
      else input.blur();
      this.drag = null;
    };
    return input;
  }

  #value(n) {
    const [weights, kernel, , plane] = this.shown;
    return weights[plane * kernel * kernel + n];
  }

  #set(n, value) {
    const [weights, kernel, channels, plane, linked] = this.shown;
    const next = Float64Array.from(weights);
    const rounded = Math.round(value * 1e6) / 1e6;
    const size = kernel * kernel;
    if (linked) for (let c = 0; c < channels; c++) next[c * size + n] = rounded;
    else next[plane * size + n] = rounded;
    this.handlers.onEdit(next);
  }

  // Draw the weights of one colour.
  show(weights, kernel, channels, plane, linked, theme) {
    this.shown = [weights, kernel, channels, plane, linked, theme];
    this.#build(kernel);
    this.link.checked = linked;
    this.linkRow.hidden = channels === 1;
    const size = kernel * kernel;
    let limit = 0;
    for (const v of weights) limit = Math.max(limit, Math.abs(v));
    const active = this.kernelGrid.getRootNode().activeElement;
    this.kernelGrid.childNodes.forEach((input, n) => {
      const value = weights[plane * size + n];
      if (input !== active || this.drag) input.value = short(value, kernel > 4 ? 2 : 3);
      input.title = short(value, 6);
      this.#colour(input, diverging(theme, value, limit));
    });
  }

  #colour(node, colour) {
    node.style.background = css(colour);
    node.style.color = inkOn(colour);
  }

  // Fill in one position: window, products, sums.
  arithmetic({ patch, products, sums, total }, { kernel, plane, names, bias, activation, value, signed, limit, place, theme }) {
    const size = kernel * kernel;
    const write = kernel > 4 ? fixed : number;
    let largest = 0;
    for (const v of products) largest = Math.max(largest, Math.abs(v));
    for (let n = 0; n < size; n++) {
      const k = plane * size + n;
      const cell = this.patchGrid.childNodes[n];
      cell.textContent = write(patch[k], 2);
      this.#colour(cell, signed ? diverging(theme, patch[k], 1) : brightness(theme, patch[k]));
      const product = this.productGrid.childNodes[n];
      product.textContent = write(products[k], 2);
      product.title = short(products[k], 6);
      this.#colour(product, diverging(theme, products[k], largest));
    }
    this.#planes(names, plane, sums);
    const lines = names.length > 1 ? names.map((name, c) => [name, sums[c]]) : [["products", sums[0]]];
    if (bias !== 0) lines.push(["bias", bias]);
    const rows = lines.map(([name, v]) => element("div", {}, element("span", {}, name), element("span", {}, number(v, 3))));
    const sumRow = element("div", { class: "total" }, element("span", {}, "sum"), element("b", {}, number(total, 3)));
    const out = [...rows, sumRow];
    if (activation !== "none") {
      out.push(element("div", {}, element("span", {}, activation.replace("_", " ")), element("b", {}, number(value, 3))));
    }
    const chip = element("div", { class: "chip" }, `row ${place[0] + 1}, column ${place[1] + 1}`);
    this.#colour(chip, diverging(theme, value, limit));
    this.sum.replaceChildren(...out, chip);
  }

  #planes(names, plane, sums) {
    this.planes.hidden = names.length === 1;
    if (names.length === 1) return;
    if (this.planes.childNodes.length !== names.length) {
      this.planes.replaceChildren(
        ...names.map((_, c) => {
          const node = element("button", { type: "button" });
          node.onclick = () => this.handlers.onPlane(c);
          return node;
        }),
      );
    }
    this.planes.childNodes.forEach((node, c) => {
      node.textContent = `${names[c]} ${number(sums[c], 2)}`;
      node.setAttribute("aria-pressed", String(c === plane));
    });
  }
}
