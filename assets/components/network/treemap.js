// Areas in proportion to a measure: one rectangle per layer, blocks as frames around theirs. Changes glide.

import { element } from "../common/dom.js";
import { squarify } from "../common/treemap.js";
import { amount, commas, share } from "./units.js";

const LEAST = 14; // square pixels of the smallest rectangle that is drawn by itself
const HEAD = 17; // height of a block's title
const MOST_GLIDING = 240;

// A layer that only has a number for a name says its kind too.
const label = (node) => (/^\d+$/.test(node.name) && node.kind ? `${node.name} ${node.kind}` : node.name);

export class Treemap {
  // pick(node), point(node or null): a rectangle was clicked, the pointer is on it.
  constructor({ pick, point }) {
    Object.assign(this, { tiles: new Map(), shown: [] });
    this.element = element("div", { class: "treemap", role: "img" });
    const nodeOf = (event) => this.shown.find((tile) => tile.id === event.target.closest(".tile")?.dataset.id)?.node ?? null;
    this.element.onclick = (event) => {
      const node = nodeOf(event);
      if (node) pick(node);
    };
    this.element.onpointermove = (event) => point(nodeOf(event));
    this.element.onpointerleave = () => point(null);
  }

  // root: {name, value fields, parts: [...]}; a node has id, name, family, parameters, macs, memory, maybe parts.
  draw(root, measure, colours) {
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    if (!width || !height) return;
    Object.assign(this, { root, measure, colours, width, height });
    this.total = root[measure];
    this.shown = [];
    if (this.total > 0) this.#fill(root.parts, { x: 0, y: 0, w: width, h: height }, 0);
    this.element.classList.toggle("jump", this.shown.length > MOST_GLIDING);
    const there = new Set(this.shown.map((tile) => tile.id));
    for (const [id, node] of this.tiles) {
      if (there.has(id)) continue;
      this.tiles.delete(id);
      node.remove();
    }
    for (const tile of this.shown) this.#show(tile);
    this.element.classList.toggle("empty", !this.shown.length);
    const largest = [...root.parts].sort((a, b) => b[measure] - a[measure]).slice(0, 3);
    const said = largest.filter((node) => node[measure]).map((node) => `${node.name} ${share(node[measure], this.total)}`);
    this.element.setAttribute("aria-label", `Areas in proportion to ${measure}: ${said.join(", ") || "nothing"}`);
  }

  #fill(parts, box, depth) {
    const sorted = parts.filter((node) => node[this.measure] > 0).sort((a, b) => b[this.measure] - a[this.measure]);
    const sum = sorted.reduce((total, node) => total + node[this.measure], 0);
    const least = (LEAST * sum) / (box.w * box.h || 1);
    let kept = sorted.filter((node) => node[this.measure] >= least);
    const rest = sorted.slice(kept.length);
    if (rest.length === 1) kept = sorted;
    else if (rest.length) {
      const value = rest.reduce((total, node) => total + node[this.measure], 0);
      kept = [...kept, { id: `rest-${depth}-${rest[0].id}`, name: `${rest.length} smaller`, family: "other", [this.measure]: value, rest: true }];
    }
    const boxes = squarify(kept.map((node) => node[this.measure]), box);
    kept.forEach((node, i) => {
      const at = boxes[i];
      const opens = node.parts?.length > 1 && at.w > 40 && at.h > HEAD + 16 && at.w * at.h > 2600;
      this.shown.push({ id: String(node.id), node, ...at, opens, depth });
      if (opens) this.#fill(node.parts, { x: at.x + 3, y: at.y + HEAD, w: at.w - 6, h: at.h - HEAD - 3 }, depth + 1);
    });
  }

  #show({ id, node, x, y, w, h, opens, depth }) {
    let tile = this.tiles.get(id);
    if (!tile) {
      tile = element("div", { class: "tile", "data-id": id }, element("b"), element("span"));
      this.tiles.set(id, tile);
      this.element.append(tile);
    }
    const { fill, ink } = this.colours[node.family] ?? this.colours.other;
    tile.className = `tile${opens ? " frame" : ""}${node.rest ? " rest" : ""}${w < 20 || h < 12 ? " tiny" : ""}`;
    tile.style.setProperty("--fill", fill);
    tile.style.setProperty("--ink", ink);
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${Math.max(w - 1.5, 0.5)}px`;
    tile.style.height = `${Math.max(h - 1.5, 0.5)}px`;
    tile.style.zIndex = depth;
    const value = node[this.measure];
    tile.firstChild.textContent = w > 34 && h > 15 ? label(node) : "";
    tile.lastChild.textContent = !opens && w > 52 && h > 32 ? `${amount(this.measure, value)} · ${share(value, this.total)}` : opens && w > 150 ? share(value, this.total) : "";
  }

  // One line about a rectangle.
  say(node) {
    const value = node[this.measure];
    const name = typeof node.id === "string" && !node.rest ? node.id.replace(/\.$/, "") : node.name;
    return `${name}: ${this.measure === "memory" ? amount("memory", value) : commas(value)} (${share(value, this.total)})`;
  }

  mark(id) {
    for (const [key, tile] of this.tiles) tile.classList.toggle("marked", key === String(id));
  }

  // The picture as an SVG file.
  svg(title, caption, background, text) {
    const safe = (words) => String(words).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const parts = this.shown.map(({ node, x, y, w, h, opens }) => {
      const { fill, ink } = this.colours[node.family] ?? this.colours.other;
      const value = `${amount(this.measure, node[this.measure])} · ${share(node[this.measure], this.total)}`;
      const colour = opens ? text : ink;
      const fits = (words, size) => words.length * size * 0.56 < w - 8;
      const name = h > 15 && fits(label(node), 11) ? `<text x="${x + 5}" y="${y + 13}" font-size="11" font-weight="600" fill="${colour}">${safe(label(node))}</text>` : "";
      const count = !opens && h > 32 && fits(value, 10) ? `<text x="${x + 5}" y="${y + 27}" font-size="10" fill="${colour}">${safe(value)}</text>` : "";
      const look = opens ? `fill="none" stroke="${fill}"` : `fill="${fill}"`;
      return `<rect x="${x}" y="${y}" width="${Math.max(w - 1.5, 0.5)}" height="${Math.max(h - 1.5, 0.5)}" rx="3" ${look}/>${name}${count}`;
    });
    const [w, h] = [this.width, this.height + 46];
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" font-family="sans-serif"><rect width="${w}" height="${h}" fill="${background}"/><text x="4" y="17" font-size="14" font-weight="600" fill="${text}">${safe(title)}</text><g transform="translate(0 24)">${parts.join("")}</g><text x="4" y="${h - 7}" font-size="10" fill="${text}">${safe(caption)}</text></svg>`;
  }
}
