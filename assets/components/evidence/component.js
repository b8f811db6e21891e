// One picture, what a network says of it, and where the evidence lies: the picture as the network sees it, Grad-CAM
// of a class over it, and all probabilities. A click on a class asks Python for that class's map.

import { button, element, saveCanvas } from "../common/dom.js";
import { mounted, ready } from "../common/mounted.js";
import { readTheme, sequential } from "../common/theme.js";

const SIDE = 256; // CSS pixels of a picture, about
const MOST = 12;

class View {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.strength = element("input", { type: "range", min: "0", max: "100", value: "60", "aria-label": "Strength of the overlay" });
    this.strength.oninput = () => this.paint();
    this.networks = element("div", { class: "networks" });
    this.tools = element("div", { class: "tools" }, element("label", {}, "Overlay ", this.strength), button("save", "Save the pictures as PNG", () => this.save()));
    root.replaceChildren(this.networks, this.tools);
  }

  update({ data, setStateValue }) {
    Object.assign(this, { data, send: setStateValue, theme: readTheme(this.host) });
    const image = data.image.getChildAt(0).toArray();
    this.canvases = [];
    this.networks.replaceChildren(...data.networks.map((network, n) => this.#network(network, n, image)));
    this.tools.hidden = !data.networks.some(({ evidence }) => evidence);
    this.paint();
    ready(this.root);
    this.root.dataset.predicted = data.networks.map(({ predicted }) => data.classes[predicted]).join(",");
  }

  #network(network, n, image) {
    const { classes, height, width } = this.data;
    const scale = Math.max(1, Math.floor(SIDE / Math.max(height, width)));
    const canvas = element("canvas", { width: width * scale, height: height * scale, role: "img" });
    const evidence = network.evidence ? this.data[network.evidence].getChildAt(0).toArray() : null;
    const asked = classes[network.asked];
    canvas.setAttribute("aria-label", evidence ? `What spoke for ${asked}` : "The picture as the network sees it");
    this.canvases.push({ canvas, image, evidence, scale });
    const order = network.probabilities.map((p, k) => [p, k]).sort((a, b) => b[0] - a[0]).slice(0, MOST);
    const rows = order.map(([p, k]) => {
      const bar = element("i");
      bar.style.width = `${100 * p}%`;
      const node = element("button", { type: "button", class: "bar", "aria-pressed": String(evidence !== null && k === network.asked), title: `What speaks for ${classes[k]}?` }, element("span", {}, classes[k]), element("div", { class: "track" }, bar), element("span", { class: "numeric" }, `${(100 * p).toFixed(1)} %`));
      node.disabled = evidence === null;
      node.onclick = () => this.send("asked", { ...this.data.asked, [network.lane]: k });
      return node;
    });
    const say = evidence ? `What spoke for ${asked}` : network.why;
    return element("section", {}, element("div", { class: "caption" }, element("b", {}, network.title), element("span", { class: "quiet" }, `pred = ${classes[network.predicted]}`)), canvas, element("p", { class: "quiet say" }, say), element("div", { class: "bars" }, ...rows));
  }

  paint() {
    const { height, width, channels } = this.data;
    const size = height * width;
    const share = Number(this.strength.value) / 100;
    for (const { canvas, image, evidence, scale } of this.canvases) {
      const small = new OffscreenCanvas(width, height);
      const g = small.getContext("2d");
      const pixels = g.createImageData(width, height);
      for (let i = 0; i < size; i++) {
        const over = evidence ? sequential(evidence[i]) : [0, 0, 0];
        const part = evidence ? share : 0;
        for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = image[(channels === 3 ? c : 0) * size + i] * (1 - part) + over[c] * part;
        pixels.data[4 * i + 3] = 255;
      }
      g.putImageData(pixels, 0, 0);
      const out = canvas.getContext("2d");
      out.imageSmoothingEnabled = false;
      out.drawImage(small, 0, 0, width * scale, height * scale);
    }
    this.strength.style.accentColor = this.theme.accent;
  }

  save() {
    this.canvases.forEach(({ canvas }, n) => saveCanvas(canvas, `evidence-${n + 1}.png`));
  }
}

export default mounted(View);
