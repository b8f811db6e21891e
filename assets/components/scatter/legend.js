// The legend is the filter: a click hides a group, a double click (or Shift and Enter) leaves only that one.

import { element } from "../common/dom.js";
import { whole } from "../common/format.js";
import { css } from "../common/theme.js";
import { outline } from "./flat.js";

export class Legend {
  // onFilter(hidden: Set of group numbers)
  constructor(onFilter) {
    this.onFilter = onFilter;
    this.hidden = new Set();
    this.element = element("div", { class: "legend", role: "group" });
  }

  get filtered() {
    return this.hidden.size > 0;
  }

  // Other groups start with everything shown; the same groups, newly coloured, keep the filter.
  show(title, groups) {
    const names = groups.map((group) => group.name).join("\n");
    if (this.names !== names) this.hidden.clear();
    Object.assign(this, { names, groups });
    this.element.setAttribute("aria-label", `${title}: show and hide`);
    this.head = element("b", {}, title);
    this.all = element("button", { type: "button", class: "all" }, "Show all");
    this.all.onclick = () => this.#apply(new Set());
    this.buttons = groups.map((group, n) => this.#button(group, n));
    this.element.replaceChildren(this.head, ...this.buttons, this.all);
    this.#marks();
  }

  #button({ name, colour, shape, count }, n) {
    const swatch = element("canvas", { width: 28, height: 28, class: "swatch", "aria-hidden": "true" });
    const context = swatch.getContext("2d");
    context.setTransform(11, 0, 0, 11, 14, 14);
    context.fillStyle = css(colour);
    context.beginPath();
    outline(context, shape);
    context.fill();
    const node = element("button", { type: "button", class: "group" }, swatch, name, element("span", { class: "numeric quiet" }, whole(count)));
    node.title = "Click: hide or show. Double click, or Shift and Enter: only this one.";
    node.onclick = (event) => {
      if (event.detail > 1) return; // the second half of a double click
      if (event.shiftKey) this.isolate(n);
      else this.toggle(n);
    };
    node.ondblclick = () => this.isolate(n);
    return node;
  }

  toggle(n) {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(n)) hidden.add(n);
    this.before = this.hidden;
    this.#apply(hidden);
  }

  // Only this one; once more, and all are back. The first half of a double click has already toggled: undone here.
  isolate(n) {
    const alone = new Set(this.groups.keys());
    alone.delete(n);
    const already = [...alone].every((other) => (this.before ?? this.hidden).has(other)) && !(this.before ?? this.hidden).has(n);
    this.#apply(already ? new Set() : alone);
  }

  #apply(hidden) {
    this.hidden = hidden;
    this.#marks();
    this.onFilter(hidden);
  }

  #marks() {
    this.buttons.forEach((button, n) => button.setAttribute("aria-pressed", String(!this.hidden.has(n))));
    this.all.hidden = !this.filtered;
  }
}
