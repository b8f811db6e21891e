// The open row: every setting to type or to step, and the layer's arithmetic with each factor named.

import { element } from "../common/dom.js";

// One whole or decimal number with its possible values, and words that stand beside it ("same").
class NumberField {
  constructor(setting, change) {
    Object.assign(this, { setting, change });
    this.input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": setting.title });
    this.input.onkeydown = (event) => this.#key(event);
    this.input.onblur = () => this.#commit();
    this.less = this.#stepper("−", `${setting.title}: less`, -1);
    this.more = this.#stepper("+", `${setting.title}: more`, 1);
    this.words = Object.entries({ ...setting.words, ...(setting.optional ? { "": setting.optional } : {}) }).map(([word, title]) => {
      const node = element("button", { type: "button", class: "word", "data-word": word }, title);
      node.onclick = () => this.change(word === "" ? null : word);
      return node;
    });
    this.range = element("small", { class: "range" });
    this.element = element(
      "div",
      { class: "field", "data-setting": setting.name },
      element("span", { class: "label" }, setting.title, this.range),
      element("span", { class: "steps" }, this.less, this.input, this.more, ...this.words),
    );
  }

  #stepper(text, label, by) {
    const node = element("button", { type: "button", class: "stepper", "aria-label": label, tabIndex: -1 }, text);
    node.onclick = () => this.#step(by);
    return node;
  }

  // value: a number, a word or null; choice: {low, high, step, values, words}
  set(value, choice) {
    this.value = value;
    this.choice = choice ?? { low: this.setting.low, high: this.setting.high, step: 1, values: [], words: [] };
    const isNumber = typeof value === "number";
    const focused = this.input.getRootNode().activeElement === this.input;
    if (!focused || this.input.value === this.typed) this.input.value = this.typed = isNumber ? String(value) : "";
    this.input.placeholder = isNumber ? "" : (this.setting.words[value] ?? this.setting.optional);
    const { low, high, values } = this.choice;
    this.range.textContent = values.length && values.length < 9 ? values.join(", ") : low === high ? `only ${low}` : `${low} to ${high}`;
    this.less.disabled = this.#next(-1) === undefined;
    this.more.disabled = this.#next(1) === undefined;
    for (const node of this.words) {
      node.setAttribute("aria-pressed", String(node.dataset.word === String(value ?? "")));
      node.disabled = node.dataset.word !== "" && !this.choice.words.includes(node.dataset.word) && node.dataset.word !== value;
      node.title = node.disabled ? "Not possible with the other settings" : "";
    }
  }

  // The possible value one step away, undefined at the end.
  #next(by) {
    const { low, high, step, values } = this.choice;
    const at = typeof this.value === "number" ? this.value : low - by;
    if (values.length) return by > 0 ? values.find((v) => v > at) : values.findLast((v) => v < at);
    const size = this.setting.step < 1 ? this.setting.step : step;
    const next = Math.round((at + by * size) * 1000) / 1000;
    return next >= low && next <= high ? next : undefined;
  }

  // The possible value nearest to what was typed.
  #nearest(number) {
    const { low, high, step, values } = this.choice;
    if (values.length) return values.reduce((best, v) => (Math.abs(v - number) < Math.abs(best - number) ? v : best));
    if (this.setting.step < 1) return Math.round(Math.min(Math.max(number, low), high) * 1000) / 1000;
    return Math.min(Math.max(low + Math.round((number - low) / step) * step, low), high);
  }

  #step(by) {
    const next = this.#next(by);
    if (next === undefined) return;
    this.#take(next);
  }

  #take(value) {
    this.input.value = this.typed = String(value);
    if (value !== this.value) {
      this.value = value;
      this.change(value);
    }
  }

  #commit() {
    const text = this.input.value.trim().replace(",", ".");
    if (text === this.typed) return;
    if (this.setting.words[text.toLowerCase()]) return this.change(text.toLowerCase());
    const number = Number(text);
    if (text === "" || !Number.isFinite(number)) this.input.value = this.typed;
    else this.#take(this.#nearest(number));
  }

  #key(event) {
    if (event.key === "Enter") this.#commit();
    else if (event.key === "ArrowUp") this.#step(1);
    else if (event.key === "ArrowDown") this.#step(-1);
    else if (event.key === "Escape") this.input.value = this.typed;
    else {
      if (["ArrowLeft", "ArrowRight"].includes(event.key)) event.stopPropagation(); // they also step through a lesson
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

class WordField {
  constructor(setting, change) {
    this.select = element("select", { "aria-label": setting.title });
    for (const [word, title] of Object.entries(setting.words)) this.select.append(element("option", { value: word }, title));
    this.select.onchange = () => change(this.select.value);
    this.element = element("div", { class: "field", "data-setting": setting.name }, element("span", { class: "label" }, setting.title), this.select);
  }

  set(value) {
    this.select.value = value;
  }
}

class SwitchField {
  constructor(setting, change) {
    this.box = element("input", { type: "checkbox" });
    this.box.onchange = () => change(this.box.checked);
    this.element = element(
      "div",
      { class: "field", "data-setting": setting.name },
      element("label", {}, element("span", { class: "label" }, setting.title), this.box),
    );
  }

  set(value) {
    this.box.checked = value;
  }
}

const fieldOf = (setting) => (setting.switch ? SwitchField : setting.high ? NumberField : WordField);

export class Editor {
  // change(name, value) for a setting; actions: [[label, function]]
  constructor(kind, change, actions) {
    this.fields = new Map();
    const form = element("div", { class: "form" });
    for (const setting of kind.settings) {
      const field = new (fieldOf(setting))(setting, (value) => change(setting.name, value));
      this.fields.set(setting.name, field);
      form.append(field.element);
    }
    this.arithmetic = element("div", { class: "arithmetic" });
    this.buttons = actions.map(([label, action]) => {
      const node = element("button", { type: "button" }, label);
      node.onclick = action;
      return node;
    });
    this.element = element("div", { class: "editor" }, form, this.arithmetic, element("div", { class: "actions" }, ...this.buttons));
  }

  // open: {choices, explained} from Python once it has arrived; secret: the counts are still to be guessed.
  update(layer, open, secret) {
    for (const [name, field] of this.fields) field.set(layer[name], open?.choices[name]);
    if (open) this.arithmetic.replaceChildren(...this.#lines(open.explained, secret));
  }

  #lines({ size, parameters, macs, memory, field }, secret) {
    const line = (title, ...content) => element("div", { class: "line" }, element("span", { class: "label" }, title), element("div", { class: "numeric" }, ...content));
    if (!size) return [];
    const counted = secret ? [] : [line("Parameters", ...pieces(parameters)), line("Multiply-adds", ...pieces(macs)), line("Memory", ...pieces(memory))];
    return [line("Output", size), ...counted, line("Sees", field)];
  }
}

// A formula whose factors carry their names underneath.
function pieces(list) {
  if (list.length === 1 && list[0][0] === "0") return ["none"];
  return list.map(([text, label]) => {
    if (!label) return element("span", { class: "sign" }, text);
    return element("span", { class: "factor" }, element("span", {}, text), element("small", {}, label));
  });
}
