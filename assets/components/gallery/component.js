// All pictures of a data set in one scrolling grid, at whole multiples of their pixels. Sheets are fetched as they come
// into view; hovering enlarges a picture and says what is known about it; Python hears of a choice and of a pin.

import { button, element, saveCanvas } from "../common/dom.js";
import { whole } from "../common/format.js";
import { arrives, mounted, ready } from "../common/mounted.js";
import { Sheets } from "../common/sheets.js";
import { readTheme } from "../common/theme.js";

const QUIET = 250; // ms without a change before Python hears of it
const GAP = 3; // CSS pixels between pictures, at least
const MOST_GAP = 10;
const TILE = 56; // CSS pixels a tile should have, before the reader zooms
const LARGE = 200; // CSS pixels of the enlarged picture, at most
const MOST_FACTORS = 12; // listed beside a picture; of more, only those that say yes
const KEYS = "Arrow keys move, Enter pins, Escape lets go, plus and minus zoom.";

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, cursor: null, pinned: null, zoom: 0 });
    this.sheets = new Sheets(() => this.draw());
    this.only = element("select", { "aria-label": "Which pictures" });
    this.only.onchange = () => this.choose({ only: this.only.value });
    this.by = element("select", { "aria-label": "In which order" });
    this.by.onchange = () => this.choose({ by: this.by.value });
    this.where = element("span", { class: "where numeric" });
    this.tools = element(
      "div",
      { class: "tools" },
      element("label", {}, "Show ", this.only),
      (this.order = element("label", {}, "in order of ", this.by)),
      this.where,
      button("minus", "Smaller pictures", () => this.scaleBy(-1)),
      button("plus", "Larger pictures", () => this.scaleBy(1)),
    );
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.room = element("div", { class: "room" }, this.canvas);
    this.scroll = element("div", { class: "scroll", tabIndex: 0, role: "application" }, this.room);
    this.scroll.onscroll = () => this.draw();
    this.scroll.onpointermove = (event) => this.point(this.#under(event));
    this.scroll.onpointerleave = () => this.point(null);
    this.scroll.onclick = (event) => this.pin(this.#under(event));
    this.scroll.onkeydown = (event) => this.key(event);
    this.large = element("canvas", { class: "large", role: "img" });
    this.name = element("b");
    this.facts = element("dl");
    this.caption = element("p", { class: "sentence" });
    this.explore = element("button", { type: "button", class: "explore" }, "Change its factors");
    this.explore.onclick = () => this.shown && this.trigger("explore", this.shown.index);
    const save = button("save", "Save this picture as PNG", () => this.save());
    this.side = element("div", { class: "panel" }, this.large, element("div", { class: "head" }, this.name, save), this.caption, this.facts, this.explore);
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    root.replaceChildren(this.tools, element("div", { class: "body" }, this.scroll, this.side), this.live);
    this.observer = new ResizeObserver(() => this.data && this.layout());
    this.observer.observe(this.scroll);
  }

  dispose() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  update({ data, setStateValue, setTriggerValue }) {
    Object.assign(this, { send: setStateValue, trigger: setTriggerValue, theme: readTheme(this.host) });
    const given = arrives(this, data) || this.data?.key !== data.key;
    this.data = data;
    if (given) {
      this.view = { only: "", by: "", at: null, ...data.view };
      this.#menus();
      this.zoom = Math.max(1, Math.min(8, Math.round(TILE / data.side)));
      this.scroll.setAttribute("aria-label", `Pictures of ${data.title}. ${KEYS}`);
      this.explore.hidden = !data.explorable;
      this.open(this.view.at);
    }
    this.layout();
  }

  #menus() {
    const { classes, counts, factors } = this.data;
    const option = (value, name, count) => element("option", { value }, count === undefined ? name : `${name} (${whole(count)})`);
    const group = (label, key, names, numbers) =>
      element("optgroup", { label }, ...names.map((name, n) => option(`${key}:${n}`, name, numbers?.[n])));
    const choices = factors.filter(({ categories }) => categories.length);
    this.only.replaceChildren(
      option("", "all", this.data.total),
      group("class", "class", classes, counts),
      ...choices.filter(({ counts: own }) => String(own) !== String(counts)).map(({ name, categories, counts: own }) => group(name, name, categories, own)),
    );
    this.by.replaceChildren(option("", "chance"), ...factors.map(({ name }) => option(name, name)));
    this.order.hidden = factors.length === 0;
    this.only.value = this.view.only;
    this.by.value = this.view.by;
    if (this.only.selectedIndex < 0) this.only.value = this.view.only = "";
    if (this.by.selectedIndex < 0) this.by.value = this.view.by = "";
  }

  choose(change) {
    this.view = { ...this.view, ...change, at: null };
    this.open(null);
    this.layout();
    this.commit();
  }

  // Turn to the chosen pictures; `at`: the place of the pinned one.
  open(at) {
    const { base, set, split, page, columns } = this.data;
    const query = new URLSearchParams({ set, split, only: this.view.only, by: this.view.by }).toString();
    this.sheets.open({ base, query, page, columns });
    this.total = this.#count();
    this.pinned = at !== null && at < this.total ? at : null;
    this.cursor = this.pinned ?? 0;
    this.start = true;
  }

  #count() {
    const [name, index] = this.view.only.split(/:(?=\d+$)/);
    if (!this.view.only) return this.data.total;
    return (name === "class" ? this.data.counts : this.data.factors.find((each) => each.name === name).counts)[index];
  }

  layout() {
    const { side } = this.data;
    this.tile = side * this.zoom;
    const width = this.scroll.clientWidth;
    this.height = this.scroll.clientHeight;
    if (!width) return;
    this.across = Math.max(1, Math.floor((width + GAP) / (this.tile + GAP)));
    const spare = (width - this.across * this.tile) / Math.max(1, this.across - 1);
    this.step = this.tile + Math.max(GAP, Math.min(Math.floor(spare), MOST_GAP)); // columns fill the width
    this.rows = Math.ceil(this.total / this.across);
    this.room.style.height = `${this.rows * this.step}px`;
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    if (this.start) {
      this.scroll.scrollTop = Math.max(0, Math.floor(this.cursor / this.across) * this.step - this.height / 2);
      this.start = false;
    }
    this.draw();
  }

  draw() {
    if (!this.across) return;
    const g = this.canvas.getContext("2d");
    const top = this.scroll.scrollTop;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    g.imageSmoothingEnabled = false;
    const first = Math.floor(top / this.step);
    const last = Math.min(this.rows - 1, Math.floor((top + this.height) / this.step));
    let missing = 0;
    for (let row = first; row <= last; row++) {
      for (let column = 0; column < this.across; column++) {
        const index = row * this.across + column;
        if (index >= this.total) break;
        const [x, y] = [column * this.step, row * this.step - top];
        const found = this.sheets.at(index);
        if (found) this.#paint(g, found, x, y, this.tile);
        else {
          missing += 1;
          g.fillStyle = this.theme.soft;
          g.fillRect(x, y, this.tile, this.tile);
        }
      }
    }
    this.#ring(g, this.pinned, top, 3);
    if (this.hover !== this.pinned) this.#ring(g, this.hover, top, 2);
    const end = Math.min(this.total, (last + 1) * this.across);
    this.where.textContent = `${whole(first * this.across + 1)}–${whole(end)} of ${whole(this.total)}`;
    this.show();
    if (this.sheets.failed) this.where.textContent = "The pictures did not arrive. Check the connection and reload the page.";
    if (missing === 0 || this.sheets.failed) ready(this.root);
    Object.assign(this.root.dataset, { total: this.total, across: this.across, tile: this.tile, missing });
  }

  #paint(g, { image, column, row }, x, y, size) {
    const { side } = this.data;
    g.drawImage(image, column * side, row * side, side, side, x, y, size, size);
  }

  #ring(g, index, top, width) {
    if (index === null || index === undefined) return;
    g.strokeStyle = this.theme.accent;
    g.lineWidth = width;
    const [column, row] = [index % this.across, Math.floor(index / this.across)];
    g.strokeRect(column * this.step + 1, row * this.step - top + 1, this.tile - 2, this.tile - 2);
  }

  #under(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / this.step);
    const row = Math.floor((event.clientY - box.top + this.scroll.scrollTop) / this.step);
    const index = row * this.across + column;
    return column >= 0 && column < this.across && index >= 0 && index < this.total ? index : null;
  }

  point(index) {
    if (index === this.hover) return;
    this.hover = index;
    this.draw();
  }

  pin(index) {
    if (index === null) return;
    this.pinned = this.pinned === index ? null : index;
    this.cursor = index;
    this.draw();
    this.commit();
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across, ArrowDown: this.across };
    const pages = { PageUp: -1, PageDown: 1 };
    const visible = Math.max(1, Math.floor(this.height / this.step)) * this.across;
    let to = this.hover ?? this.cursor;
    if (event.key in moves) to += moves[event.key];
    else if (event.key in pages) to += pages[event.key] * visible;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = this.total - 1;
    else if (event.key === "Enter" || event.key === " ") this.pin(to);
    else if (event.key === "Escape") {
      this.pinned = null;
      this.commit();
    } else if (event.key === "+" || event.key === "-") this.scaleBy(event.key === "+" ? 1 : -1);
    else return;
    event.preventDefault();
    this.cursor = this.hover = Math.min(Math.max(to, 0), this.total - 1);
    const y = Math.floor(this.cursor / this.across) * this.step;
    if (y < this.scroll.scrollTop) this.scroll.scrollTop = y;
    else if (y + this.step > this.scroll.scrollTop + this.height) this.scroll.scrollTop = y + this.step - this.height;
    this.draw();
    if (this.shown) this.live.textContent = `${this.name.textContent} ${this.caption.textContent}`;
  }

  scaleBy(by) {
    const zoom = Math.min(Math.max(this.zoom + by, 1), Math.max(1, Math.floor(256 / this.data.side)));
    if (zoom === this.zoom) return;
    this.cursor = Math.floor(this.scroll.scrollTop / this.step) * this.across;
    [this.zoom, this.start] = [zoom, true];
    this.layout();
  }

  // The enlarged picture and what is known about it.
  show() {
    const index = this.hover ?? this.pinned ?? this.cursor;
    const found = this.sheets.at(index);
    this.shown = found;
    if (!found) return;
    const { side, classes, factors } = this.data;
    const scale = Math.max(1, Math.floor(LARGE / side));
    this.large.width = this.large.height = side * scale;
    this.large.style.width = this.large.style.height = `${side * scale}px`;
    const g = this.large.getContext("2d");
    g.imageSmoothingEnabled = false;
    this.#paint(g, found, 0, 0, side * scale);
    this.name.textContent = `${classes[found.label]}, number ${whole(found.index)}`;
    this.large.setAttribute("aria-label", this.name.textContent);
    this.caption.textContent = found.caption ? `“${found.caption}”` : "";
    let lines = factors.map(({ name }, n) => [name, found.factors[n]]);
    if (lines.length > MOST_FACTORS) lines = lines.filter(([, value]) => value === "yes").map(([name]) => [name, ""]);
    this.facts.replaceChildren(...lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { class: "numeric" }, value)]));
    Object.assign(this.root.dataset, { index: found.index, label: classes[found.label], caption: found.caption, place: index, pinned: this.pinned ?? "" });
  }

  commit() {
    this.view.at = this.pinned;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("view", { ...this.view, key: this.data.key }), QUIET);
  }

  save() {
    if (!this.shown) return;
    saveCanvas(this.large, `${this.data.set}-${this.shown.index}.png`.replaceAll(/[^\w.-]+/g, "-"));
  }
}

export default mounted(View);
