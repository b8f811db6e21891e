// A list of any length: only rows near the window exist, rows keep their identity and glide to a new place.

import { element, still } from "../common/dom.js";

const MARGIN = 400; // pixels above and below the window that are drawn ahead

export class List {
  // key(item) names it for ever; make(item) builds its row, refresh(node, item) brings it up to date; height(item) is
  // what is expected before it is measured; hold(item) keeps it drawn outside the window.
  constructor({ key, make, refresh, height, hold = () => false, label }) {
    Object.assign(this, { key, make, refresh, height, hold, items: [], nodes: new Map(), measured: new Map() });
    this.inner = element("div", { class: "rows", role: "list", "aria-label": label });
    this.element = element("div", { class: "scroller" }, this.inner);
    this.element.onscroll = () => this.draw();
    this.sizes = new ResizeObserver((entries) => this.#measure(entries));
    this.carried = null; // {key, y}: a row that follows the pointer
  }

  dispose() {
    this.sizes.disconnect();
    clearTimeout(this.sorting);
  }

  set(items) {
    this.items = items;
    const there = new Set(items.map(this.key));
    for (const [key, node] of this.nodes) if (!there.has(key)) this.#drop(key, node);
    for (const item of items) {
      const node = this.nodes.get(this.key(item));
      if (node) this.refresh(node, item);
    }
    this.place();
  }

  // Where every row begins.
  place() {
    let y = 0;
    this.tops = this.items.map((item) => {
      const top = y;
      y += this.measured.get(this.key(item)) ?? this.height(item);
      return top;
    });
    this.inner.style.height = `${y}px`;
    this.total = y;
    this.draw();
  }

  draw() {
    const top = this.element.scrollTop - MARGIN;
    const bottom = this.element.scrollTop + (this.element.clientHeight || 600) + MARGIN;
    this.items.forEach((item, i) => {
      const key = this.key(item);
      const end = this.tops[i + 1] ?? this.total;
      const near = end >= top && this.tops[i] <= bottom;
      let node = this.nodes.get(key);
      if (!near && !this.hold(item) && this.carried?.key !== key) {
        if (node && !node.contains(this.inner.getRootNode().activeElement)) this.#drop(key, node);
        return;
      }
      if (!node) {
        node = this.make(item);
        this.nodes.set(key, node);
        this.refresh(node, item);
        node.setAttribute("role", "listitem");
        node.dataset.fresh = "true"; // takes its place without gliding there
        this.inner.append(node);
        if (!still()) node.animate([{ opacity: 0 }, { opacity: 1 }], 250);
        this.sizes.observe(node);
      }
      node.setAttribute("aria-setsize", this.items.length);
      node.setAttribute("aria-posinset", i + 1);
      const y = this.carried?.key === key ? this.carried.y : this.tops[i];
      node.style.transform = `translateY(${y}px)`;
      if (node.dataset.fresh) requestAnimationFrame(() => delete node.dataset.fresh);
    });
    clearTimeout(this.sorting);
    this.sorting = setTimeout(() => this.#sort(), 500); // after rows have glided: moving a node stops it
  }

  // Brings the document into reading order, for the tab key and for screen readers.
  #sort() {
    const focused = this.inner.getRootNode().activeElement;
    let last = null;
    for (const item of this.items) {
      const node = this.nodes.get(this.key(item));
      if (!node) continue;
      if (node.previousElementSibling !== last && !node.contains(focused)) {
        this.inner.insertBefore(node, last ? last.nextSibling : this.inner.firstChild);
      }
      last = node;
    }
  }

  nodeOf(key) {
    return this.nodes.get(key);
  }

  // Scrolls the row into the window and draws it.
  reveal(key) {
    const i = this.items.findIndex((item) => this.key(item) === key);
    if (i < 0) return;
    const [top, end] = [this.tops[i], this.tops[i + 1] ?? this.total];
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (end > scrollTop + clientHeight) this.element.scrollTop = Math.min(top, end - clientHeight);
    this.draw();
  }

  #drop(key, node) {
    this.sizes.unobserve(node);
    this.nodes.delete(key);
    this.measured.delete(key);
    node.remove();
  }

  #measure(entries) {
    let changed = false;
    for (const { target } of entries) {
      const found = [...this.nodes].find(([, node]) => node === target);
      if (!found || !target.offsetHeight || this.measured.get(found[0]) === target.offsetHeight) continue;
      this.measured.set(found[0], target.offsetHeight);
      changed = true;
    }
    if (changed) this.place();
  }
}
