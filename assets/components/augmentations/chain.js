// The chain: operators in their order as chips. Drag one to another place, or move it with the arrow keys.

import { element } from "../common/dom.js";

const MOVED = 5; // CSS pixels from which a press is a drag

export class Chain {
  // onChange(names): another order or choice. onChoose(name): a chip was pressed. say(text): for screen readers.
  constructor({ onChange, onChoose, say, standard }) {
    this.onChange = onChange;
    this.onChoose = onChoose;
    this.say = say;
    this.list = element("ol", { class: "chain", "aria-label": "Operators in their order" });
    this.offer = element("div", { class: "offer" });
    const usual = element("button", { type: "button", class: "usual", title: "SimCLR's operators in its order" }, "As SimCLR");
    usual.onclick = () => this.#set([...standard]);
    this.element = element("div", { class: "chain-editor" }, this.list, this.offer, usual);
    this.usual = usual;
  }

  // offered: [{name, letter, title}]; names: the chain.
  show(offered, names) {
    if (this.dragging) return;
    this.offered = new Map(offered.map((each) => [each.name, each]));
    this.names = [...names];
    this.#draw();
  }

  #set(names, focus) {
    this.names = names;
    this.#draw(focus);
    this.onChange(names);
    const spoken = names.map((name) => this.offered.get(name).title).join(", then ");
    this.say(spoken || "No operator.");
  }

  #draw(focus = this.list.getRootNode().activeElement?.dataset?.name) {
    this.list.replaceChildren(...this.names.map((name, index) => this.#chip(name, index)));
    if (!this.names.length) this.list.append(element("li", { class: "quiet" }, "No operator: both views are the picture itself."));
    const left = [...this.offered.values()].filter(({ name }) => !this.names.includes(name));
    this.offer.replaceChildren(
      ...left.map(({ name, title }) => {
        const node = element("button", { type: "button", class: "add", "data-add": name, "aria-label": `Add ${title}` }, `+ ${title}`);
        node.onclick = () => this.#set([...this.names, name], name);
        return node;
      }),
    );
    if (focus) this.list.querySelector(`[data-name="${focus}"]`)?.focus();
  }

  #chip(name, index) {
    const { title } = this.offered.get(name);
    const label = `${index + 1}. ${title}. Arrow keys move it, Delete takes it out, Enter shows its parameters.`;
    const chip = element("button", { type: "button", class: "chip", "data-name": name, "aria-label": label }, element("span", { class: "grip", "aria-hidden": "true" }, "⠿"), `${index + 1}. ${title}`);
    chip.onkeydown = (event) => this.#key(event, name);
    chip.onpointerdown = (event) => this.#grab(event, chip, name);
    const out = element("button", { type: "button", class: "out", "aria-label": `Take out ${title}`, title: "Take out" }, "×");
    out.onclick = () => this.#set(this.names.filter((other) => other !== name));
    return element("li", { "data-at": String(index) }, chip, out);
  }

  #key(event, name) {
    const at = this.names.indexOf(name);
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by) {
      event.preventDefault();
      event.stopPropagation(); // the arrow keys also step through a lesson
      const to = at + by;
      if (to < 0 || to >= this.names.length) return;
      const names = [...this.names];
      names.splice(at, 1);
      names.splice(to, 0, name);
      this.#set(names, name);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#set(this.names.filter((other) => other !== name), this.names[at + 1] ?? this.names[at - 1]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.onChoose(name);
    }
  }

  // The chip follows the pointer; a bar shows where it would go. Nothing moves in the list before the release:
  // an element that is put elsewhere loses the pointer.
  #grab(event, chip, name) {
    if (event.button !== 0) return;
    const item = chip.parentElement;
    const start = { x: event.clientX, y: event.clientY };
    let place = null; // [chip's item it would stand next to, before it or behind it]
    chip.setPointerCapture(event.pointerId);
    chip.onpointermove = (move) => {
      const by = [move.clientX - start.x, move.clientY - start.y];
      if (!this.dragging && Math.hypot(...by) < MOVED) return;
      this.dragging = true;
      item.classList.add("dragging");
      item.style.transform = `translate(${by[0]}px, ${by[1]}px)`;
      place = this.#under(item, move.clientX, move.clientY);
      for (const other of this.list.children) {
        other.classList.toggle("before", place?.[0] === other && place[1]);
        other.classList.toggle("behind", place?.[0] === other && !place[1]);
      }
    };
    const end = (cancelled) => {
      chip.onpointermove = chip.onpointerup = chip.onpointercancel = null;
      const dragged = this.dragging;
      this.dragging = false;
      if (!dragged) {
        if (!cancelled) this.onChoose(name);
        return;
      }
      const names = this.names.filter((other) => other !== name);
      const next = place && !cancelled ? names.indexOf(place[0].firstChild.dataset.name) + (place[1] ? 0 : 1) : this.names.indexOf(name);
      names.splice(next, 0, name);
      if (names.join() !== this.names.join()) this.#set(names, name);
      else this.#draw(name);
    };
    chip.onpointerup = () => end(false);
    chip.onpointercancel = () => end(true);
  }

  // The nearest other chip in the row under the pointer, and whether the pointer is before its middle.
  #under(item, x, y) {
    let [best, least] = [null, Infinity];
    for (const other of this.list.children) {
      if (other === item) continue;
      const box = other.getBoundingClientRect();
      const middle = box.left + box.width / 2;
      const away = Math.abs(x - middle) + 4 * Math.max(box.top - y, y - box.bottom, 0);
      if (away < least) [best, least] = [[other, x < middle], away];
    }
    return best;
  }
}
