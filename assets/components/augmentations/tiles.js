// The ten operators as tiles. A click asks for a fresh draw; the frame of a crop stands on the original.

import { button, element, saveCanvas } from "../common/dom.js";
import { drawCell, fade, fitted, prepare, View } from "./view.js";

const GAP = 14;
const SVG = "http://www.w3.org/2000/svg";

export class Tiles extends View {
  build() {
    this.tiles = new Map(); // name -> {node, canvas, caption, words, sheet, url}
    this.grid = element("div", { class: "tiles" });
    this.frames = document.createElementNS(SVG, "svg");
    this.frames.setAttribute("class", "frames");
    this.frames.setAttribute("aria-hidden", "true");
    const again = element("button", { type: "button", class: "again" }, "Draw all again");
    again.onclick = () => this.tell("again", true);
    const hint = element("span", { class: "quiet" }, "Click a tile to draw it afresh.");
    this.body.append(this.grid, element("div", { class: "bar" }, again, hint, button("save", "Save the tiles as PNG", () => this.save())));
  }

  addresses(data) {
    return data.tiles.map((tile) => tile.url);
  }

  inline(data) {
    return Object.fromEntries(data.tiles.filter((tile) => tile.inline).map((tile) => [tile.url, tile.inline]));
  }

  receive(sheets) {
    this.size = { width: this.data.width, height: this.data.height };
    this.data.tiles.forEach((tile, index) => {
      const known = this.tiles.get(tile.name) ?? this.#add(tile);
      known.before = known.url && known.url !== tile.url ? known.sheet : null;
      Object.assign(known, { sheet: sheets[index], url: tile.url, boxes: tile.boxes, texts: tile.words, title: tile.title, letter: tile.letter });
      known.node.setAttribute("aria-pressed", String(tile.name === this.data.selected));
      known.node.dataset.url = tile.url;
    });
    this.shown = this.data.selected;
  }

  #add(tile) {
    const canvas = element("canvas", { role: "img" });
    const picture = element("span", { class: "picture" }, canvas);
    if (tile.name === "original") picture.append(this.frames);
    const words = element("span", { class: "words" });
    const node = element(
      "button",
      { type: "button", class: "tile-button", "data-name": tile.name },
      picture,
      element("span", { class: "name" }, element("b", {}, `(${tile.letter}) `), tile.title),
      words,
    );
    const known = { node, canvas, words };
    node.onclick = () => this.tell("draw", tile.name);
    node.onpointerenter = node.onfocus = () => this.point(tile.name);
    node.onpointerleave = () => this.point(this.data.selected);
    node.onpointermove = (event) => this.hover(known, event);
    node.onkeydown = (event) => this.key(event, tile.name);
    this.grid.append(node);
    this.tiles.set(tile.name, known);
    return known;
  }

  layout(width) {
    const { count, columns } = this.data;
    const across = width >= 640 ? 5 : width >= 430 ? 3 : 2;
    const side = Math.floor((width - GAP * (across - 1)) / across) - 2;
    this.grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    const rows = Math.ceil(count / columns);
    const cell = fitted(this.size.width, this.size.height, Math.floor((side - (columns - 1)) / columns));
    this.cell = cell;
    const gap = count > 1 ? 1 : 0;
    const box = { width: columns * cell.width + gap * (columns - 1), height: rows * cell.height + gap * (rows - 1) };
    for (const known of this.tiles.values()) {
      known.stop?.();
      const g = prepare(known.canvas, box.width, box.height);
      const old = known.before;
      known.before = null;
      const paint = (share) => {
        g.clearRect(0, 0, box.width, box.height);
        if (old && share < 1) this.#sheet(g, old, 1, cell, gap);
        this.#sheet(g, known.sheet, share, cell, gap);
      };
      if (old) known.stop = fade(paint);
      else paint(1);
      this.say_(known, null);
    }
    this.frames.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    this.frames.style.width = `${box.width}px`;
    this.frames.style.height = `${box.height}px`;
    this.point(this.shown);
  }

  #sheet(g, sheet, share, cell, gap) {
    const { count, columns } = this.data;
    g.globalAlpha = share;
    for (let n = 0; n < count; n++) {
      const [x, y] = [(n % columns) * (cell.width + gap), Math.floor(n / columns) * (cell.height + gap)];
      drawCell(g, sheet, n, columns, this.size, x, y, cell.width, cell.height);
    }
    g.globalAlpha = 1;
  }

  // Words of picture `index` under a tile; of all where there are several and none is pointed at.
  say_(known, index) {
    const { count, names } = this.data;
    const single = count === 1 ? 0 : index;
    const text = single === null ? `${count} draws` : known.texts[single];
    known.words.textContent = count > 1 && single !== null ? `${names[single]}: ${text}` : text;
    known.canvas.setAttribute("aria-label", `${known.title}: ${known.texts[single ?? 0]}`);
  }

  hover(known, event) {
    if (this.data.count === 1) return;
    const box = known.canvas.getBoundingClientRect();
    const { columns, count } = this.data;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * Math.ceil(count / columns));
    const index = row * columns + column;
    const inside = column >= 0 && column < columns && row >= 0 && index < count;
    this.say_(known, inside ? index : null);
  }

  // Put the frames of a tile's crops on the original.
  point(name) {
    this.shown = name;
    const { columns } = this.data;
    const boxes = this.tiles.get(name)?.boxes ?? [];
    const gap = this.data.count > 1 ? 1 : 0;
    const wanted = boxes.map(([top, left, height, width], n) => ({
      x: (n % columns) * (this.cell.width + gap) + left * this.cell.scale,
      y: Math.floor(n / columns) * (this.cell.height + gap) + top * this.cell.scale,
      width: width * this.cell.scale,
      height: height * this.cell.scale,
    }));
    while (this.frames.childElementCount > 2 * wanted.length) this.frames.lastChild.remove();
    while (this.frames.childElementCount < 2 * wanted.length) this.frames.append(document.createElementNS(SVG, "rect"));
    wanted.forEach((box, n) => {
      [2 * n, 2 * n + 1].forEach((place) => {
        const rect = this.frames.children[place];
        rect.setAttribute("class", place % 2 ? "dash" : "halo");
        for (const [side, value] of Object.entries(box)) rect.style[side] = `${value}px`;
      });
    });
    for (const [other, known] of this.tiles) known.node.classList.toggle("pointed", other === name && boxes.length > 0);
  }

  key(event, name) {
    const names = [...this.tiles.keys()];
    const across = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    const to = names[names.indexOf(name) + by];
    if (to) this.tiles.get(to).node.focus();
  }

  save() {
    const side = 180;
    const canvas = element("canvas", { width: 5 * (side + 10) + 10, height: 2 * (side + 46) + 34 });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.fillStyle = this.theme.text;
    [...this.tiles.values()].forEach((known, n) => {
      const [x, y] = [10 + (n % 5) * (side + 10), 10 + Math.floor(n / 5) * (side + 46)];
      const drawn = known.canvas;
      const by = Math.min(side / drawn.width, side / drawn.height);
      g.drawImage(drawn, x, y, drawn.width * by, drawn.height * by);
      g.font = "bold 12px sans-serif";
      g.fillText(`(${known.letter}) ${known.title}`, x, y + side + 14, side);
      g.font = "11px sans-serif";
      g.fillText(known.words.textContent, x, y + side + 30, side);
    });
    g.fillText(`${this.data.title}. ${this.data.provenance}`, 10, canvas.height - 10, canvas.width - 20);
    saveCanvas(canvas, "augmentations.png");
  }
}
