// Dragging a row by its grip to another place in the list.

import { still } from "../common/dom.js";

const EDGE = 48; // pixels at the end of the window where it scrolls along

export class Drag {
  // done(key, target): the row was dropped at place `target`.
  constructor(list, done) {
    Object.assign(this, { list, done });
  }

  start(event, key) {
    if (event.button !== 0 || this.key !== undefined) return;
    event.preventDefault();
    const { list } = this;
    const node = list.nodeOf(key);
    this.key = key;
    this.home = [...list.items];
    this.from = list.items.findIndex((item) => list.key(item) === key);
    this.hold = event.clientY - node.getBoundingClientRect().top;
    this.pointer = event.clientY;
    this.node = node;
    node.classList.add("carried");
    node.setPointerCapture(event.pointerId);
    node.onpointermove = (move) => {
      this.pointer = move.clientY;
      this.#follow();
    };
    node.onpointerup = () => this.#end(true);
    node.onpointercancel = () => this.#end(false);
    this.escape = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      this.#end(false);
    };
    window.addEventListener("keydown", this.escape, true);
    this.#follow();
    this.scrolling = setInterval(() => this.#scroll(), 30);
  }

  #follow() {
    const { list } = this;
    const area = list.inner.getBoundingClientRect();
    const y = Math.min(Math.max(this.pointer - this.hold - area.top, 0), list.total - this.node.offsetHeight);
    const others = this.home.filter((item) => list.key(item) !== this.key);
    let [at, target] = [0, 0];
    for (const item of others) {
      const size = list.measured.get(list.key(item)) ?? list.height(item);
      if (y < at + size / 2) break;
      at += size;
      target += 1;
    }
    this.target = target;
    list.carried = { key: this.key, y };
    list.items = [...others.slice(0, target), this.home[this.from], ...others.slice(target)];
    list.place();
  }

  #scroll() {
    const window_ = this.list.element.getBoundingClientRect();
    const by = this.pointer < window_.top + EDGE ? -12 : this.pointer > window_.bottom - EDGE ? 12 : 0;
    if (!by) return;
    this.list.element.scrollTop += by;
    this.#follow();
  }

  #end(dropped) {
    if (this.key === undefined) return;
    const { key, node, list } = this;
    this.key = undefined;
    clearInterval(this.scrolling);
    window.removeEventListener("keydown", this.escape, true);
    node.onpointermove = node.onpointerup = node.onpointercancel = null;
    node.classList.remove("carried");
    if (still()) node.dataset.fresh = "true";
    list.carried = null;
    if (!dropped) list.items = this.home;
    list.place();
    if (dropped && this.target !== this.from) this.done(key, this.target);
  }
}
