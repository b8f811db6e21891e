// Global to local, and adjacent: dashed boxes on the solid picture, and the views they become.

import { button, element, saveCanvas } from "../common/dom.js";
import { fitted, prepare, View } from "./view.js";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = ["var(--one)", "var(--two)", "var(--three)"];

const shape = (tag, attributes) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

export class Crops extends View {
  build() {
    this.panels = element("div", { class: "panels" });
    this.shares = element("div", { class: "shares" });
    const again = element("button", { type: "button", class: "again" }, "Draw all again");
    again.onclick = () => this.tell("again", true);
    const hint = element("span", { class: "quiet" }, "Click a picture for the next pair that lies like this.");
    this.bar = element("div", { class: "bar" }, again, hint, button("save", "Save the figure as PNG", () => this.save()));
    this.body.append(this.panels, this.shares, this.bar);
  }

  addresses(data) {
    return [data.url, ...data.panels.flatMap((panel) => panel.urls ?? [])];
  }

  receive([picture, ...views]) {
    this.picture = picture;
    this.views = views;
    this.size = { width: this.data.width, height: this.data.height };
  }

  layout(width) {
    const stacked = width < 560;
    const panel = stacked ? width : Math.floor((width - 28) / 2);
    const large = fitted(this.size.width, this.size.height, Math.floor((panel - 24) * 0.64));
    const small = fitted(this.size.width, this.size.height, Math.floor((panel - 24) * 0.36));
    this.panels.classList.toggle("stacked", stacked);
    let at = 0;
    this.drawn = this.data.panels.map((data, number) => {
      const views = data.urls ? this.views.slice(at, (at += 2)) : [];
      return { data, views, nodes: this.#panel(data, views, large, small, "ab"[number]) };
    });
    this.panels.replaceChildren(...this.drawn.map((each) => each.nodes));
    this.#bar();
  }

  #panel(data, views, large, small, letter) {
    const title = element("div", { class: "head" }, element("b", {}, `(${letter}) ${data.title}`), element("div", { class: "quiet" }, data.question));
    if (data.missing) return element("section", { class: "panel" }, title, element("p", { class: "missing" }, data.missing));
    const canvas = element("canvas", { role: "img", "aria-label": `The picture with the crops ${data.letters.join(" and ")}` });
    prepare(canvas, large.width, large.height).drawImage(this.picture, 0, 0, large.width, large.height);
    const svg = shape("svg", { class: "boxes", viewBox: `0 0 ${large.width} ${large.height}`, width: large.width, height: large.height });
    const picture = element("button", { type: "button", class: "solid", "data-kind": data.kind, "aria-label": `${data.title}: draw the next pair` }, canvas, svg);
    picture.onclick = () => this.tell("draw", data.kind);
    const side = element("div", { class: "cut" });
    const parts = data.boxes.map((box, n) => this.#box(svg, box, data.letters[n], large.scale, n));
    const shown = views.map((view, n) => this.#view(side, view, data, n, small));
    const link = (n, on) => [parts[n], shown[n]].forEach((node) => node.classList.toggle("linked", on));
    [parts, shown].forEach((nodes) =>
      nodes.forEach((node, n) => {
        node.onpointerenter = node.onfocus = () => link(n, true);
        node.onpointerleave = node.onblur = () => link(n, false);
      }),
    );
    const text = element("div", { class: "quiet" }, `pair ${data.pair.toLocaleString("en-US")} of ${this.data.pairs.toLocaleString("en-US")} drawn`);
    return element("section", { class: "panel" }, title, element("div", { class: "pictures" }, picture, side), text);
  }

  #box(svg, [top, left, height, width], letter, scale, n) {
    const place = { x: left * scale + 1, y: top * scale + 1, width: Math.max(width * scale - 2, 2), height: Math.max(height * scale - 2, 2) };
    const group = shape("g", { class: `box box${n}`, "data-letter": letter });
    const label = shape("text", { x: place.x + 6, y: place.y + 19 });
    label.textContent = letter;
    group.append(shape("rect", { ...place, class: "halo" }), shape("rect", { ...place, class: "dash" }), label);
    if (n === 0) svg.append(group); // the smaller one lies on top and is met first
    else svg.prepend(group);
    return group;
  }

  #view(side, view, data, n, small) {
    const canvas = element("canvas", { role: "img", "aria-label": `Crop ${data.letters[n]}, resized` });
    const g = prepare(canvas, small.width, small.height);
    g.imageSmoothingEnabled = small.scale < 2;
    g.drawImage(view, 0, 0, small.width, small.height);
    const node = element("figure", { class: `box${n}`, tabindex: "0", "data-letter": data.letters[n] }, canvas, element("figcaption", {}, element("b", {}, data.letters[n]), ` ${data.words[n]}`));
    side.append(node);
    return node;
  }

  #bar() {
    const { shares, pairs } = this.data;
    const bar = element("div", { class: "stacked-bar", role: "img", "aria-label": shares.map(({ title, share }) => `${title} ${(100 * share).toFixed(1)} %`).join(", ") });
    const legend = element("div", { class: "legend" }, element("span", {}, `Of ${pairs.toLocaleString("en-US")} pairs:`));
    shares.forEach(({ title, share }, n) => {
      const part = element("span", { class: "part" });
      part.style.width = `${100 * share}%`;
      part.style.background = COLOURS[n];
      bar.append(part);
      const key = element("i", {});
      key.style.background = COLOURS[n];
      legend.append(element("span", {}, key, ` ${title} `, element("b", { class: "numeric" }, `${(100 * share).toFixed(1)} %`)));
    });
    this.shares.replaceChildren(legend, bar);
    shares.forEach(({ title, share }) => (this.root.dataset[title.split(" ")[0].toLowerCase()] = share));
  }

  save() {
    const [w, h] = [this.size.width, this.size.height];
    const by = 300 / Math.max(w, h);
    const canvas = element("canvas", { width: 2 * (w * by * 1.5 + 30) + 10, height: h * by + 70 });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.font = "13px sans-serif";
    this.drawn.forEach(({ data, views }, n) => {
      const x = 10 + n * (w * by * 1.5 + 30);
      g.fillStyle = this.theme.text;
      g.fillText(`(${"ab"[n]}) ${data.title}`, x, 18);
      if (data.missing) return;
      g.drawImage(this.picture, x, 28, w * by, h * by);
      data.boxes.forEach(([top, left, height, width], m) => {
        g.setLineDash([]);
        g.strokeStyle = "#ffffff";
        g.lineWidth = 5;
        g.strokeRect(x + left * by, 28 + top * by, width * by, height * by);
        g.setLineDash([7, 5]);
        g.strokeStyle = "#000000";
        g.lineWidth = 2.5;
        g.strokeRect(x + left * by, 28 + top * by, width * by, height * by);
        g.font = "bold 16px sans-serif";
        g.fillStyle = "#ffffff";
        g.fillText(data.letters[m], x + left * by + 7, 28 + top * by + 20);
        g.font = "13px sans-serif";
        g.drawImage(views[m], x + w * by + 8, 28 + m * (h * by * 0.5), w * by * 0.48, h * by * 0.48);
      });
    });
    g.fillStyle = this.theme.text;
    g.fillText(`${this.data.title}. ${this.data.provenance}`, 10, canvas.height - 10, canvas.width - 20);
    saveCanvas(canvas, "crops.png");
  }
}
