// A scatter of pictures: layouts by UMAP, PCA, t-SNE, of one run through time or one table under many settings. All
// touching is answered here; Python hears of a selection, a chosen point and a frame when the hand has come to rest.

import { element } from "../common/dom.js";
import { arrives, mounted, ready } from "../common/mounted.js";
import { rgb, readTheme } from "../common/theme.js";
import { Scrubber, toolbar } from "./bars.js";
import { Captions, STACK_GAP } from "./captions.js";
import { Card, sentenceOf } from "./card.js";
import { Flat } from "./flat.js";
import { listen } from "./gestures.js";
import { Legend } from "./legend.js";
import { lostNeighbours, lostWords, neighbourRow } from "./nearby.js";
import { drawOverlay } from "./overlay.js";
import { Pace } from "./pace.js";
import { paint } from "./palette.js";
import { Pane } from "./pane.js";
import { inside, shuffled, towards, under } from "./pick.js";
import { packed, savePicture } from "./save.js";
import { atlasOf, columnOf, layoutOf, neighboursOf } from "./store.js";
import { WebGL } from "./webgl.js";

const QUIET = 250; // ms without a change before Python hears of it
const TWEEN = 500;
const HELP = "Arrow keys step from point to point, Enter shows its neighbours, Space selects it, plus and minus zoom, 0 shows everything, Escape lets go.";

class View {
  constructor(root, host) {
    Object.assign(this, { root, host, panes: [], hover: -1, hoverPane: 0, chosen: -1, tool: "move", pictures: true, trails: true });
    Object.assign(this, { timers: {}, version: 0, ratio: Math.min(window.devicePixelRatio || 1, 2), selected: null, frames: 0 });
    this.legend = new Legend(() => this.filter());
    this.card = new Card();
    this.pace = new Pace(() => this.request(true));
    this.scrubber = new Scrubber((index, playing) => this.go(index, playing));
    this.tools = toolbar(this);
    this.captions = new Captions();
    this.over = element("canvas", { class: "over", tabIndex: 0, role: "application", "aria-label": HELP });
    this.stage = element("div", { class: "stage" });
    this.row = element("div", { class: "near" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.trouble = element("div", { class: "trouble", role: "status", hidden: true });
    root.replaceChildren(this.tools, this.trouble, this.captions.element, this.stage, this.scrubber.element, this.legend.element, this.row, this.live);
    this.useRenderer(WebGL.make(() => this.lostContext()) ?? new Flat());
    listen(this.over, this);
    this.observer = new ResizeObserver(() => this.ready && this.root.clientWidth !== this.width && this.layout());
    this.observer.observe(root);
  }

  useRenderer(renderer) {
    this.renderer?.dispose();
    this.renderer = renderer;
    this.stage.replaceChildren(renderer.canvas, this.over, this.card.element, this.captions.between);
    this.root.dataset.renderer = renderer.name;
  }

  // The graphics processor was taken away (sleep, driver reset, too many pages): go on without it.
  lostContext() {
    if (this.disposed) return;
    this.useRenderer(new Flat());
    this.resend();
  }

  resend() {
    if (this.atlas) this.renderer.setAtlas(this.atlas);
    for (const pane of this.panes) pane.sent = false;
    this.restyle();
    if (this.ready) this.layout();
  }

  dispose() {
    this.disposed = true;
    this.scrubber.dispose();
    this.pace.dispose();
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.renderer.dispose();
  }

  // --- what Python sent ------------------------------------------------------------------------------------------

  async update({ data, setStateValue }) {
    this.send = setStateValue;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let layouts, column, columns;
    try {
      [layouts, column, columns] = await Promise.all([
        Promise.all(data.panes.map((pane) => layoutOf(pane.layout, data.count))),
        columnOf(data.columns.find((one) => one.id === data.colour) ?? data.columns[0]),
        Promise.all(data.columns.filter((one) => one.said || one.id === data.colour).map(columnOf)),
      ]);
    } catch {
      this.say("The layout did not arrive. Check the connection and reload the page.");
      return;
    }
    if (turn !== this.turn || this.disposed) return; // a newer update overtook this one
    this.say("");
    const others = this.data?.points !== data.points; // another set of pictures
    const given = arrives(this, data);
    if (given) this.scrubber.halt();
    const asks = (name) => others || given || this.data[name] !== data[name]; // what was touched stays until Python wants another
    const frame = asks("sequence") || (asks("frame") && !this.scrubber.playing);
    const chosen = asks("chosen");
    this.data = data;
    this.theme = readTheme(this.host);
    this.theme.categories = categoriesOf(this.host);
    this.accent = rgb(this.theme.accent);
    this.columns = columns;
    if (others) this.fresh(data);
    else if (given) this.untouched();
    if (chosen) this.chosen = data.chosen ?? -1;
    this.takePanes(data, layouts, frame);
    this.takeColumn(column);
    this.takeAtlas(data.atlas);
    this.takePlace(data.place);
    this.scrubber.show(data.axes ?? null, data.labels ?? [""], this.panes[0].index, `${data.points} ${data.sequence}`);
    this.layout();
    this.showNeighbours();
    this.ready = true;
    ready(this.root);
  }

  say(sentence) {
    this.trouble.textContent = sentence;
    this.trouble.hidden = !sentence;
  }

  fresh({ count }) {
    this.count = count;
    this.order = shuffled(count);
    this.selected = this.neighbours = this.lost = null;
    this.hover = -1;
    this.panes = [];
    this.opacity = new Float32Array(count).fill(1);
  }

  // Nothing chosen, hidden or enlarged.
  untouched() {
    this.selected = this.neighbours = this.lost = null;
    this.legend.hidden.clear();
    for (const pane of this.panes) pane.camera.reset();
  }

  takePanes(data, layouts, asked) {
    while (this.panes.length > layouts.length) this.panes.pop();
    layouts.forEach((frames, index) => {
      const pane = (this.panes[index] ??= new Pane(index, () => this.request(true)));
      const { url, dims } = data.panes[index].layout;
      const wanted = Math.min(asked ? (data.frame ?? 0) : (pane.index ?? 0), frames.length - 1);
      if (pane.url !== url) pane.take(frames, dims === 3, wanted, data.motion ?? TWEEN);
      else pane.go(wanted, TWEEN);
      pane.url = url;
    });
    this.timed = data.axes === "time" && layouts[0].length > 1;
    this.deep = this.panes.some((pane) => pane.deep);
  }

  takeColumn(column) {
    this.column = column;
    this.painted = paint(column, this.count, this.theme);
    this.legend.show(column.title, this.painted.groups);
    this.filter();
  }

  async takeAtlas(atlas) {
    this.hasAtlas = Boolean(atlas);
    if (this.atlas?.url === atlas?.url) return;
    this.atlas = null;
    if (!atlas) return;
    try {
      const found = await atlasOf(atlas);
      if (this.data.atlas?.url !== found.url || this.disposed) return;
      this.atlas = found;
      this.root.dataset.pictures = String(this.renderer.setAtlas(found));
      this.showNeighbours();
      this.request(true);
    } catch {
      this.say("The pictures did not arrive; the points are shown as dots.");
    }
  }

  async takePlace(place) {
    this.place = place ?? null;
    this.own = null;
    if (!place?.picture) return;
    const answer = await fetch(new URL(place.picture, document.baseURI)).catch(() => null);
    if (answer?.ok) this.own = await createImageBitmap(await answer.blob());
    this.request();
  }

  // --- filter, selection, colours --------------------------------------------------------------------------------

  filter() {
    const { of } = this.painted;
    const { hidden } = this.legend;
    this.shown = hidden.size ? this.order.filter((n) => !hidden.has(of[n])) : this.order;
    this.shownAt = new Uint8Array(this.count);
    for (const n of this.shown) this.shownAt[n] = 1;
    if (this.hover >= 0 && !this.shownAt[this.hover]) this.hover = -1;
    this.version++;
    this.root.dataset.shown = this.shown.length;
    this.restyle();
  }

  restyle() {
    if (!this.painted) return;
    const near = this.chosen >= 0 && this.neighbours ? new Set([this.chosen, ...this.nearest(this.chosen)]) : null;
    for (let n = 0; n < this.count; n++) {
      const faded = this.selected ? !this.selected[n] : near && !near.has(n);
      this.opacity[n] = faded ? (this.selected ? 0.14 : 0.4) : 0.95;
    }
    this.renderer.setStyle({ colours: this.painted.colours, shapes: this.painted.shapes, opacity: this.opacity });
    this.request(true);
  }

  colourOf(n) {
    return this.painted.colours.subarray(3 * n, 3 * n + 3);
  }

  setSelected(mask) {
    this.selected = mask?.some(Boolean) ? mask : null;
    const total = this.selected ? this.selected.reduce((sum, v) => sum + v, 0) : 0;
    this.root.dataset.selected = total;
    this.live.textContent = total ? `${total} points selected` : "Nothing selected";
    this.restyle();
    this.commit("selected", () => (this.selected ? packed(this.selected) : null));
  }

  // Everything shown inside the path; `more` adds to what is selected.
  enclose(pane, path, more) {
    const screen = pane.screen();
    const mask = more && this.selected ? this.selected.slice() : new Uint8Array(this.count);
    for (const n of this.shown) if (inside(path, [screen[2 * n], screen[2 * n + 1]])) mask[n] = 1;
    this.setSelected(mask);
  }

  mark() {
    if (this.hover < 0) return;
    const mask = this.selected?.slice() ?? new Uint8Array(this.count);
    mask[this.hover] ^= 1;
    this.setSelected(mask);
  }

  clear() {
    if (this.chosen >= 0) this.choose(-1);
    else if (this.selected) this.setSelected(null);
    this.hover = -1;
    this.request();
  }

  // --- the chosen point and its neighbours -----------------------------------------------------------------------

  click(x, y) {
    this.point(x, y, true);
    if (this.hover >= 0) this.choose(this.hover === this.chosen ? -1 : this.hover);
    else if (this.chosen >= 0) this.choose(-1);
  }

  choose(n) {
    this.chosen = n;
    this.showNeighbours();
    this.commit("chosen", () => (this.chosen < 0 ? null : this.chosen));
  }

  nearest(n) {
    const { k, who } = this.neighbours;
    return who.subarray(n * k, n * k + k);
  }

  async showNeighbours() {
    const { neighbours } = this.data;
    const chosen = this.chosen;
    this.root.dataset.chosen = chosen;
    if (chosen < 0 || chosen >= this.count || !neighbours) {
      this.row.replaceChildren();
      this.lost = null;
      this.restyle();
      return;
    }
    if (this.neighbours?.url !== neighbours.indices) {
      try {
        this.neighbours = { ...(await neighboursOf(neighbours)), url: neighbours.indices };
      } catch {
        this.say("The neighbours did not arrive. Check the connection and click again.");
        return;
      }
      if (chosen !== this.chosen) return;
    }
    this.findLost();
    this.restyle();
  }

  findLost() {
    if (this.chosen < 0 || !this.neighbours) return;
    const near = [...this.nearest(this.chosen)];
    this.lost = lostNeighbours(this.panes, this.count, this.chosen, near);
    const words = lostWords(this.lost, near.length, this.data.panes.map((pane) => pane.title));
    this.root.dataset.lost = this.lost[0].filter(Boolean).length;
    this.row.replaceChildren(...neighbourRow(this, near, words));
    this.live.textContent = `${sentenceOf(this.columns, this.chosen)}: ${words.filter(Boolean).length} of ${near.length} neighbours lost`;
  }

  // --- hover, view, tools ----------------------------------------------------------------------------------------

  paneAt(x, y) {
    const found = this.panes.find(({ rect }) => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height);
    return found ?? this.panes[0];
  }

  point(x, y) {
    if (!this.ready) return;
    const pane = this.paneAt(x, y);
    this.hoverAt(under(this.shown, pane.screen(), x, y, pane.drawn, this.spriteSize), pane.number);
  }

  hoverAt(n, pane) {
    if (n === this.hover && pane === this.hoverPane) return;
    [this.hover, this.hoverPane] = [n, pane];
    this.root.dataset.hovered = n;
    this.request();
  }

  step(direction) {
    const pane = this.panes[this.hoverPane] ?? this.panes[0];
    const from = this.hover >= 0 ? this.hover : this.chosen >= 0 ? this.chosen : this.shown[0];
    if (from === undefined) return;
    this.hoverAt(this.hover < 0 ? from : towards(this.shown, pane.screen(), from, direction), pane.number);
    this.live.textContent = sentenceOf(this.columns, this.hover);
  }

  drag(pane, dx, dy, shift) {
    this.pace.stir();
    if (pane.deep && !shift) pane.camera.orbit(dx, dy);
    else pane.camera.shift(dx, dy);
  }

  zoom(factor, x, y) {
    const pane = x === undefined ? this.panes[this.hoverPane] ?? this.panes[0] : this.paneAt(x, y);
    const { rect } = pane;
    this.pace.stir();
    pane.camera.zoomAt(factor, x ?? rect.x + rect.width / 2, y ?? rect.y + rect.height / 2);
    this.request(true);
  }

  fit() {
    for (const pane of this.panes) pane.camera.reset();
    this.request(true);
  }

  setTool(name) {
    this.tool = name;
    this.over.dataset.tool = name;
    this.tools.marks();
  }

  flip(key) {
    this[key] = !this[key];
    this.tools.marks();
    this.request(true);
  }

  // Another epoch or another setting.
  go(index, playing = false) {
    for (const pane of this.panes) if (index < pane.frames.length) pane.go(index, TWEEN);
    this.headlines();
    this.findLost();
    // Who stands at the end of time has chosen no frame, and goes along when another one comes.
    const end = this.data.axes === "time" && index === this.panes[0].frames.length - 1;
    if (!playing) this.commit("frame", () => (end ? null : [this.data.sequence, index]));
  }

  commit(name, value) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => this.send(name, value()), QUIET);
  }

  // --- drawing ---------------------------------------------------------------------------------------------------

  headlines() {
    this.captions.show(this.data, this.panes, this.stacked);
    this.root.dataset.frame = this.panes[0].index;
  }

  layout() {
    const width = this.root.clientWidth;
    if (!width || !this.panes.length) return;
    const stacked = (this.stacked = this.panes.length > 1 && width < 560);
    const columns = stacked ? 1 : this.panes.length;
    const each = (width - 12 * (columns - 1)) / columns;
    const high = Math.round(Math.min(Math.max(each * (this.panes.length > 1 ? 0.92 : 0.58), 300), this.data.height ?? 520));
    this.width = width;
    this.height = stacked ? (high + STACK_GAP) * this.panes.length - STACK_GAP : high;
    this.panes.forEach((pane, n) => {
      pane.setRect({ x: stacked ? 0 : n * (each + 12), y: stacked ? n * (high + STACK_GAP) : 0, width: each, height: high });
    });
    this.stage.style.height = `${this.height}px`;
    for (const canvas of [this.renderer.canvas, this.over]) {
      canvas.style.width = `${width}px`;
      canvas.style.height = `${this.height}px`;
    }
    [this.over.width, this.over.height] = [width * this.ratio, this.height * this.ratio].map(Math.round);
    this.dotSize = Math.min(Math.max(240 / Math.sqrt(this.count), 4), 9);
    this.tools.marks();
    this.headlines();
    this.request(true);
  }

  // `everything`: the points too, not only what lies over them.
  request(everything = false) {
    this.dirty ||= everything;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (this.ready && this.width) this.draw();
    });
  }

  draw() {
    const moving = this.panes.some((pane) => pane.moving);
    if (moving) this.pace.stir();
    if (this.follow && this.chosen >= 0) for (const pane of this.panes) pane.lookAt(this.chosen);
    if (this.dirty || moving) this.drawPoints();
    drawOverlay(this.over.getContext("2d"), this);
    this.showCard();
    this.root.dataset.frames = ++this.frames;
    this.dirty = moving;
    if (moving) this.request(true);
  }

  drawPoints() {
    const { renderer } = this;
    renderer.begin(this.width, this.height, this.ratio);
    const side = this.atlas?.side ?? 28;
    this.spriteSize = side >= 24 ? side : side * Math.ceil(24 / side);
    const pictures = this.pictures && Boolean(this.atlas);
    for (const pane of this.panes) {
      if (!pane.sent) renderer.setPlaces(pane.number, pane.before, pane.after);
      pane.sent = true;
      const first = this.chosen >= 0 && this.shownAt[this.chosen] ? [this.chosen] : [];
      pane.arrange(this.shown, { pictures, size: this.spriteSize, first, version: this.version });
      renderer.draw({
        pane: pane.number,
        rect: pane.rect,
        camera: pane.camera,
        mixing: pane.mixing,
        screen: () => pane.screen(),
        dots: pane.sorted(this.pace.of(pane.dots)),
        sprites: pane.sorted(pane.sprites),
        dotSize: this.dotSize * Math.min(Math.max(pane.camera.zoom ** 0.4, 1), 2.2),
        spriteSize: this.spriteSize,
        border: 2,
      });
    }
    Object.assign(this.root.dataset, { sprites: this.panes[0].sprites.length, dots: this.pace.of(this.panes[0].dots).length });
  }

  showCard() {
    const pane = this.panes[this.hoverPane];
    if (this.hover < 0 || !pane) {
      this.card.hide();
      return;
    }
    const screen = pane.screen();
    this.card.show({
      n: this.hover,
      atlas: this.atlas,
      columns: this.columns,
      colour: this.colourOf(this.hover),
      x: screen[2 * this.hover],
      y: screen[2 * this.hover + 1],
      width: this.width,
      height: this.height,
    });
  }

  save() {
    this.pace.rest();
    this.draw();
    savePicture(this);
  }
}

const categoriesOf = (host) =>
  (getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors") || "#0072B2,#E69F00,#009E73,#D55E00,#CC79A7,#56B4E9")
    .split(",")
    .map((text) => rgb(text.trim()));

export default mounted(View);
