// One rendered picture, and what each of its causes does: a row of pictures per factor in which only that one changes.
// A click on any of them takes its value over. Every picture was drawn by the engine.

import { button, element, saveCanvas } from "../common/dom.js";
import { mounted, ready } from "../common/mounted.js";
import { readTheme } from "../common/theme.js";

const LARGE = 256; // CSS pixels of the picture itself

const picture = (address) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = new URL(address, document.baseURI).href;
  });

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.large = element("canvas", { class: "large", role: "img" });
    this.caption = element("p", { class: "sentence" });
    this.rows = element("div", { class: "rows" });
    this.said = element("p", { class: "said numeric", "aria-live": "polite" });
    const save = button("save", "Save this picture as PNG", () => saveCanvas(this.large, "picture.png"));
    this.left = element("div", { class: "left" }, this.large, element("div", { class: "under" }, this.caption, save));
    root.replaceChildren(element("div", { class: "stage" }, this.left, element("div", {}, this.rows, this.said)));
  }

  update({ data, setTriggerValue }) {
    Object.assign(this, { data, trigger: setTriggerValue, theme: readTheme(this.host) });
    const turn = (this.turn = (this.turn ?? 0) + 1);
    Promise.all([picture(data.sheet), picture(data.large)])
      .then(([sheet, large]) => turn === this.turn && this.draw(sheet, large))
      .catch(() => {
        this.said.textContent = "The pictures did not arrive. Check the connection and reload the page.";
        ready(this.root);
      });
  }

  // The sheet: first the picture itself, then row by row one per value of every factor.
  draw(sheet, large) {
    const { side, columns, rows, caption, title } = this.data;
    const cell = (g, place, size) => g.drawImage(sheet, (place % columns) * side, Math.floor(place / columns) * side, side, side, 0, 0, size, size);
    const size = large.width * Math.max(1, Math.floor(LARGE / large.width));
    this.large.width = this.large.height = size;
    this.large.style.width = this.large.style.height = `${size}px`;
    const g = this.large.getContext("2d");
    g.imageSmoothingEnabled = false;
    g.drawImage(large, 0, 0, size, size);
    this.large.setAttribute("aria-label", caption || title);
    this.caption.textContent = caption;
    const focused = this.root.getRootNode().activeElement?.dataset?.place;
    this.rows.replaceChildren(
      ...rows.map(({ name, title: shown, values, current, places }) => {
        const tiles = element("span", { class: "tiles" });
        values.forEach((value, n) => {
          const canvas = element("canvas", { width: side, height: side });
          cell(canvas.getContext("2d"), places[n], side);
          const pick = element("button", { type: "button", class: "tile", "aria-pressed": String(n === current), "aria-label": `${shown} ${value.text}`, title: `${shown} ${value.text}`, "data-place": `${name} ${n}` }, canvas);
          pick.onclick = () => this.trigger("picked", { name, value: value.value });
          pick.onpointerenter = pick.onfocus = () => (this.said.textContent = `${shown}: ${value.text}`);
          tiles.append(pick);
        });
        return element("div", { class: "row" }, element("span", { class: "name" }, shown), tiles);
      }),
    );
    if (focused) [...this.rows.querySelectorAll("button")].find((each) => each.dataset.place === focused)?.focus();
    ready(this.root);
    this.root.dataset.caption = caption;
    this.root.dataset.rows = rows.length;
    this.root.dataset.sheet = this.data.sheet;
  }
}

export default mounted(View);
