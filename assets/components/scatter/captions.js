// What stands above each pane: its title, what is said about its frame, and the frame's label.

import { element } from "../common/dom.js";

export const STACK_GAP = 30; // CSS pixels between panes that stand one above the other: room for a caption

export class Captions {
  constructor() {
    this.element = element("div", { class: "heads" });
    this.between = element("div", { class: "between" });
  }

  // Panes side by side have their captions above the stage; one above the other, each has its own right above it.
  show(data, panes, stacked) {
    const captions = data.panes.map(({ title, notes }, index) => {
      const at = panes[index].index;
      const text = [notes?.[Math.min(at, notes.length - 1)], data.labels?.[at]].filter(Boolean).join(" · ");
      return element("div", { class: "caption" }, element("b", {}, title), element("span", { class: "quiet" }, text));
    });
    const lower = stacked ? captions.splice(1) : [];
    lower.forEach((caption, n) => (caption.style.top = `${panes[n + 1].rect.y - STACK_GAP}px`));
    this.element.style.gridTemplateColumns = `repeat(${captions.length}, 1fr)`;
    this.element.replaceChildren(...captions);
    this.between.replaceChildren(...lower);
  }
}
