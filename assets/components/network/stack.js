// The network as a list of layers to add, remove, drag and edit. Counts come from Python after every change.

import { button, element, still } from "../common/dom.js";
import { ready, watchWidth } from "../common/mounted.js";
import { css, readTheme } from "../common/theme.js";
import { Drag } from "./drag.js";
import { Editor } from "./editor.js";
import { List } from "./list.js";
import { Outbox } from "./outbox.js";
import { Palette } from "./palette.js";
import { Pinned, Shares, Training } from "./panels.js";
import { head } from "./row.js";
import { saveText } from "./save.js";
import { Treemap } from "./treemap.js";
import { bytes, brief, commas, palette } from "./units.js";

const ROW = 54; // pixels of a closed row
const SIZES = ["channels", "rows", "columns"];

export class StackView {
  constructor(root, host) {
    Object.assign(this, { root, host, guesses: new Map() });
    this.outbox = new Outbox((message) => this.send("edit", message), (time) => (root.dataset.milliseconds = time.toFixed(0)));
    this.treemap = new Treemap({ pick: (node) => node.rest || this.toggle(node.id, true), point: (node) => this.point(node) });
    this.shares = new Shares((measure) => this.choose(measure));
    this.training = new Training();
    this.pinned = new Pinned([["Swap", () => this.push({ op: "swap" })], ["Unpin", () => this.push({ op: "unpin" })]]);
    this.palette = new Palette((after, kind) => this.push({ op: "insert", after, layer: { kind } }));
    this.list = new List({
      key: (row) => row.id,
      make: (row) => this.#make(row),
      refresh: (node, row) => this.#refresh(node, row),
      height: () => ROW,
      hold: (row) => row.id === this.open || row.state === "impossible",
      label: "Layers, from the input to the output",
    });
    this.drag = new Drag(this.list, (id, to) => this.move(id, to));
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.#build();
    root.onkeydown = (event) => this.#shortcut(event);
    this.observer = watchWidth(this, () => this.data);
  }

  #build() {
    this.undo = button("undo", "Undo (Ctrl+Z)", () => this.push({ op: "undo" }));
    this.redo = button("redo", "Redo (Ctrl+Y)", () => this.push({ op: "redo" }));
    this.pinButton = button("pin", "Pin this version to compare with it", () => this.push({ op: "pin" }));
    this.saveButton = button("save", "Save the areas as SVG", () => this.save());
    this.title = element("b", {});
    this.inputs = SIZES.map((name, i) => {
      const node = element("input", { type: "text", inputmode: "numeric", "aria-label": `Input: ${name}`, autocomplete: "off" });
      node.onchange = () => this.#input(i, Number(node.value));
      node.onkeydown = (event) => {
        if (["ArrowUp", "ArrowDown"].includes(event.key)) {
          event.preventDefault();
          this.#input(i, this.data.input[i] + (event.key === "ArrowUp" ? 1 : -1));
        }
        event.stopPropagation();
      };
      return node;
    });
    const input = element("span", { class: "input" }, "Input", ...this.inputs.flatMap((node, i) => (i ? ["×", node] : [node])));
    const tools = element("div", { class: "tools" }, this.undo, this.redo, this.pinButton, this.saveButton);
    this.addButton = element("button", { type: "button", class: "add" }, "+ Add a layer");
    this.addButton.onclick = () => this.#palette(this.addButton, this.data.rows.at(-1)?.id ?? null);
    this.total = element("div", { class: "total" });
    this.guessBar = element("div", { class: "guessbar", hidden: true });
    const columns = ["Output", "Parameters", "Mult-adds", "Memory", "Sees"].map((text, i) => element("span", { class: `cell ${["output", "parameters", "macs", "memory", "sees"][i]}` }, text));
    this.heads = element("div", { class: "columns" }, input, element("span", { class: "cells" }, ...columns));
    this.root.replaceChildren(
      element("div", { class: "top" }, element("div", { class: "chart" }, element("div", { class: "caption" }, this.title, tools), this.treemap.element), this.shares.element),
      this.guessBar,
      this.heads,
      this.list.element,
      element("div", { class: "foot" }, this.addButton, this.total),
      element("div", { class: "panels" }, this.training.element, this.pinned.element),
      this.palette.element,
      this.live,
    );
  }

  dispose() {
    this.observer.disconnect();
    this.list.dispose();
  }

  // --- what Python says ------------------------------------------------------------------------------------------

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const before = this.data;
    this.data = data;
    this.outbox.answered(data.answered);
    this.theme = readTheme(this.host);
    this.colours = palette(this.host);
    this.root.style.setProperty("--more", css(this.theme.positive));
    this.root.style.setProperty("--less", css(this.theme.negative));
    if (this.outbox.idle || !before) {
      this.measure = data.measure;
      this.open = data.open?.id ?? null;
    }
    this.secret = data.guess !== null && !data.guess.revealed;
    if (!this.secret || (before && before.rows.map((r) => r.id).join() !== data.rows.map((r) => r.id).join())) this.guesses.clear();
    if (this.secret) this.measure = "parameters";
    this.#draw();
    if (before && data.open && data.open.id !== before.open?.id) this.list.reveal(data.open.id);
    const broken = data.rows.find((row) => row.state === "impossible");
    if (broken && broken.id !== this.broken) this.list.reveal(broken.id);
    this.broken = broken?.id;
    if (data.problem) this.live.textContent = data.problem;
    ready(this.root);
  }

  get rows() {
    return this.data.rows;
  }

  #draw() {
    const { data } = this;
    this.largest = Math.max(...data.rows.map((row) => row[this.measure] ?? 0), 0);
    this.root.dataset.measure = this.measure;
    this.root.classList.toggle("secret", this.secret);
    data.input.forEach((size, i) => {
      if (this.inputs[i].getRootNode().activeElement !== this.inputs[i]) this.inputs[i].value = size;
    });
    this.undo.disabled = !data.undo;
    this.redo.disabled = !data.redo;
    this.pinButton.setAttribute("aria-pressed", String(Boolean(data.pinned)));
    this.shares.draw(data, this.measure, this.colours, this.secret);
    this.training.element.hidden = this.secret;
    this.training.draw(data.training, data.training_title);
    this.pinned.draw(this.secret ? null : data.pinned);
    this.list.set(data.rows);
    this.#totals();
    this.#guessing();
    this.layout();
  }

  layout() {
    if (!this.root.clientWidth) return;
    this.laidOut = this.root.clientWidth;
    const titles = { parameters: "Area = parameters", macs: "Area = multiply-adds", memory: "Area = memory of the outputs" };
    this.heading = this.secret ? "Areas appear with the answer" : titles[this.measure];
    this.title.textContent = this.heading;
    const parts = this.secret ? [] : this.rows.filter((row) => row.state === "ok");
    const totals = this.secret ? { [this.measure]: 0 } : this.data.totals;
    this.treemap.draw({ ...totals, parts }, this.measure, this.colours);
    this.treemap.element.dataset.empty = this.secret ? "Type your counts, then reveal." : this.rows.length ? "Nothing here to draw: no layer has any." : "Add a layer.";
    this.list.place();
  }

  #totals() {
    const { totals, guess } = this.data;
    const verdict = guess?.verdicts?.total;
    const known = !this.secret;
    const sum = verdict ? `${verdict.right ? "✓" : "✗"} ${commas(verdict.guess)}: ${verdict.sentence}` : known && this.measure === "parameters" ? totals.sum : "";
    const value = this.secret ? this.#guessField("total", "Your count for the whole network") : element("span", { class: "cell parameters numeric" }, commas(totals.parameters));
    this.total.replaceChildren(
      element("span", { class: "title" }, element("b", {}, "Total")),
      element("span", { class: `formula numeric${verdict ? " verdict" : ""}` }, sum),
      element(
        "span",
        { class: "cells" },
        element("span", { class: "cell output numeric" }, totals.output),
        value,
        element("span", { class: "cell macs numeric" }, known ? brief(totals.macs) : "?"),
        element("span", { class: "cell memory numeric" }, known ? bytes(totals.memory) : "?"),
        element("span", { class: "cell sees" }, ""),
      ),
    );
    Object.assign(this.root.dataset, { parameters: known ? totals.parameters : "", macs: known ? totals.macs : "", layers: this.rows.length });
  }

  // --- rows ------------------------------------------------------------------------------------------------------

  #make(row) {
    const node = element("div", { class: "row" });
    const grip = element("button", { type: "button", class: "grip", tabIndex: -1, title: "Drag to another place (Alt and arrow keys on the row)", "aria-label": `Drag ${row.name}` }, "⠿");
    grip.onpointerdown = (event) => this.drag.start(event, row.id);
    const main = element("button", { type: "button", class: "main", "data-id": row.id });
    main.onclick = () => this.toggle(row.id);
    main.onkeydown = (event) => this.#key(event, row.id);
    main.onfocus = () => this.mark(row.id);
    const quick = element("span", { class: "quick" });
    const add = button("plus", "Add a layer below", () => this.#palette(add, row.id));
    const remove = button("cross", "Remove this layer", () => this.remove(row.id));
    add.tabIndex = remove.tabIndex = -1;
    quick.append(add, remove);
    node.append(grip, element("div", { class: "head" }, main, quick));
    node.onpointerenter = () => this.mark(row.id);
    node.onpointerleave = () => this.mark(null);
    return node;
  }

  #refresh(node, row) {
    const open = row.id === this.open;
    const main = node.querySelector(".main");
    const guess = this.secret && row.state === "ok" ? this.#guessField(row.id, `Your count for ${row.name}`) : null;
    const verdict = this.data.guess?.verdicts?.[row.id];
    const signature = JSON.stringify([row, this.measure, this.largest, this.secret, verdict, this.theme.dark]);
    if (node.dataset.signature !== signature) {
      node.dataset.signature = signature;
      const [title, formula, cells, bar] = head(row, { measure: this.measure, largest: this.largest, secret: this.secret, verdict });
      main.replaceChildren(title, formula, cells, bar);
      node.style.setProperty("--fill", this.colours[row.family].fill);
      node.className = `row ${row.state} ${row.news ?? ""}`;
    }
    this.#guessSlot(node, guess);
    main.setAttribute("aria-expanded", String(open));
    main.tabIndex = row.id === this.tabbed() ? 0 : -1;
    node.classList.toggle("open", open);
    this.#editor(node, row, open);
    this.#problem(node, row);
  }

  // The input stands over the column of parameters: a button may not hold one.
  #guessSlot(node, guess) {
    const slot = node.querySelector(".guessslot");
    if (!guess) slot?.remove();
    else if (slot?.firstChild !== guess) {
      slot?.remove();
      node.querySelector(".head").append(element("span", { class: "guessslot" }, guess));
    }
  }

  #editor(node, row, open) {
    if (!open) {
      node.editor?.element.remove();
      node.editor = null;
      return;
    }
    if (!node.editor || node.editor.kind !== row.kind) {
      node.editor?.element.remove();
      node.editor = new Editor(
        this.data.kinds[row.kind],
        (name, value) => this.change(row.id, name, value),
        [
          ["Move up", () => this.step(row.id, -1)],
          ["Move down", () => this.step(row.id, 1)],
          ["Duplicate", () => this.push({ op: "insert", after: row.id, layer: this.#layerOf(row.id) })],
          ["Add below", () => this.#palette(node.editor.buttons[3], row.id)],
          ["Remove", () => this.remove(row.id)],
        ],
      );
      node.editor.kind = row.kind;
      node.append(node.editor.element);
    }
    node.editor.update(row.layer, this.data.open?.id === row.id ? this.data.open : null, this.secret);
  }

  #problem(node, row) {
    node.querySelector(".problem")?.remove();
    if (row.state !== "impossible") return;
    const ways = row.ways.map((text, way) => {
      const fix = element("button", { type: "button" }, text);
      fix.onclick = () => this.push({ op: "repair", way });
      return fix;
    });
    node.append(element("div", { class: "problem", role: "alert" }, element("p", {}, row.reason), element("div", { class: "actions" }, ...ways)));
  }

  #layerOf(id) {
    const row = this.rows.find((each) => each.id === id);
    return { kind: row.kind, ...row.layer };
  }

  tabbed() {
    return this.current ?? this.open ?? this.rows[0]?.id;
  }

  mark(id) {
    this.treemap.mark(id ?? this.open);
  }

  // The pointer is on an area: it is named above, and its row stands out.
  point(node) {
    this.mark(node?.id);
    this.title.textContent = node ? this.treemap.say(node) : this.heading;
    for (const [key, row] of this.list.nodes) row.classList.toggle("marked", key === node?.id);
  }

  // --- what the user does ----------------------------------------------------------------------------------------

  push(change) {
    this.outbox.push(change);
  }

  choose(measure) {
    if (this.secret) return;
    this.measure = measure;
    this.push({ op: "measure", value: measure });
    this.#draw();
  }

  toggle(id, show = false) {
    this.open = this.open === id && !show ? null : id;
    this.current = id;
    this.push({ op: "open", id: this.open });
    this.list.set(this.rows);
    if (this.open !== null) this.list.reveal(id);
    this.mark(id);
  }

  change(id, setting, value) {
    const row = this.rows.find((each) => each.id === id);
    row.layer = { ...row.layer, [setting]: value };
    this.push({ op: "change", id, setting, layer: { kind: row.kind, ...row.layer } });
  }

  remove(id) {
    const at = this.rows.findIndex((row) => row.id === id);
    const name = this.rows[at].name;
    this.data.rows = this.rows.filter((row) => row.id !== id);
    if (this.open === id) this.open = null;
    this.list.set(this.rows);
    this.#focus(this.rows[Math.min(at, this.rows.length - 1)]?.id);
    this.push({ op: "remove", id });
    this.live.textContent = `${name} removed.`;
  }

  step(id, by) {
    const to = this.rows.findIndex((row) => row.id === id) + by;
    if (to >= 0 && to < this.rows.length) this.move(id, to);
  }

  move(id, to) {
    const row = this.rows.find((each) => each.id === id);
    const others = this.rows.filter((each) => each.id !== id);
    this.data.rows = [...others.slice(0, to), row, ...others.slice(to)];
    this.list.set(this.rows);
    this.list.reveal(id);
    this.push({ op: "move", id, to });
    this.live.textContent = `${row.name} is now layer ${to + 1} of ${this.rows.length}.`;
  }

  #input(i, size) {
    const shape = [...this.data.input];
    const most = 4096;
    shape[i] = Number.isInteger(size) ? Math.min(Math.max(size, 1), most) : shape[i];
    this.inputs[i].value = shape[i];
    if (shape[i] === this.data.input[i]) return;
    this.data.input = shape;
    this.push({ op: "input", setting: SIZES[i], shape });
  }

  #palette(opener, after) {
    const at = this.rows.findIndex((row) => row.id === after);
    const shape = at < 0 ? "1 × 1 × 1" : this.rows[at].output;
    this.palette.open(opener, after, shape ? shape.split("×").length : 0, this.data.kinds);
  }

  #focus(id) {
    if (id === undefined) return this.addButton.focus();
    this.current = id;
    this.list.reveal(id);
    this.list.set(this.rows);
    this.list.nodeOf(id)?.querySelector(".main").focus({ preventScroll: true });
  }

  #key(event, id) {
    const at = this.rows.findIndex((row) => row.id === id);
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by && event.altKey) this.step(id, by);
    else if (by) this.#focus(this.rows[Math.min(Math.max(at + by, 0), this.rows.length - 1)].id);
    else if (event.key === "Home") this.#focus(this.rows[0].id);
    else if (event.key === "End") this.#focus(this.rows.at(-1).id);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(id);
    else if (event.key === "+" || event.key === "Insert") this.#palette(event.currentTarget, id);
    else if (event.key === "Escape" && this.open !== null) this.toggle(this.open);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(event.key.toLowerCase())) return;
    if (event.composedPath()[0] instanceof HTMLInputElement) return; // its own undo
    event.preventDefault();
    event.stopPropagation();
    this.push({ op: event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo" });
  }

  // --- guess before you look -------------------------------------------------------------------------------------

  #guessField(id, label) {
    if (!this.guesses.has(id)) {
      const node = element("input", { type: "text", inputmode: "numeric", class: "guess", "aria-label": label, placeholder: "?", autocomplete: "off" });
      node.onkeydown = (event) => {
        event.stopPropagation();
        if (event.key === "Enter") this.#nextGuess(id);
      };
      node.oninput = () => this.#guessing();
      this.guesses.set(id, node);
    }
    return this.guesses.get(id);
  }

  #nextGuess(id) {
    const order = [...this.rows.filter((row) => row.state === "ok").map((row) => row.id), "total"];
    const next = order[order.indexOf(id) + 1];
    if (next === undefined) return this.reveal();
    if (next !== "total") this.list.reveal(next);
    this.guesses.get(next)?.focus();
  }

  #typed() {
    const found = {};
    for (const [id, node] of this.guesses) {
      const digits = node.value.replace(/[\s,.'_]/g, "");
      if (/^\d{1,15}$/.test(digits)) found[id] = Number(digits);
    }
    return found;
  }

  #guessing() {
    const { guess } = this.data;
    this.guessBar.hidden = guess === null;
    if (guess === null) return;
    const typed = Object.keys(this.#typed()).length;
    const verdicts = Object.values(guess.verdicts ?? {});
    const said = guess.revealed
      ? verdicts.length
        ? `${verdicts.filter((each) => each.right).length} of ${verdicts.length} right.`
        : "These are the counts."
      : "How many numbers does each layer learn? Type your counts, one or all, or only the total.";
    const act = element("button", { type: "button", class: "primary" }, guess.revealed ? "Guess again" : typed ? "Reveal" : "Reveal without a guess");
    act.onclick = () => (guess.revealed ? this.push({ op: "conceal" }) : this.reveal());
    const old = this.guessBar.querySelector("button");
    if (old?.textContent === act.textContent && this.guessBar.firstChild.textContent === said) return;
    this.guessBar.replaceChildren(element("span", {}, said), act);
  }

  reveal() {
    this.push({ op: "reveal", guesses: this.#typed() });
  }

  save() {
    const { background, text } = this.theme;
    const unit = this.measure === "memory" ? bytes(this.data.totals.memory) : commas(this.data.totals[this.measure]);
    saveText(this.treemap.svg(`${this.heading}: ${unit}`, this.data.provenance, background, text), "parameters.svg", "image/svg+xml");
    if (!still()) this.saveButton.animate([{ opacity: 0.3 }, { opacity: 1 }], 300);
  }
}
