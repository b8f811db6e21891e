// The rows above and below the picture: tools, the slider through time, the sliders through a grid of settings.

import { button, element } from "../common/dom.js";
import { Transport } from "../common/transport.js";

export function toolbar(view) {
  const tools = [
    ["move", "Shift the picture (drag)"],
    ["lasso", "Select with a lasso (also: Shift and drag)"],
    ["box", "Select with a box"],
  ].map(([name, label]) => {
    const node = button(name, label, () => view.setTool(name));
    node.dataset.tool = name;
    return node;
  });
  const flip = (name, label, key) => {
    const node = button(name, label, () => view.flip(key));
    node.dataset.flip = key;
    return node;
  };
  const node = element(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Tools of the picture" },
    ...tools,
    element("span", { class: "gap" }),
    button("minus", "Zoom out (-)", () => view.zoom(1 / 1.5)),
    button("plus", "Zoom in (+)", () => view.zoom(1.5)),
    button("whole", "Everything (0)", () => view.fit()),
    element("span", { class: "gap" }),
    flip("picture", "Pictures or dots", "pictures"),
    flip("trail", "Trails of the selected through time", "trails"),
    flip("follow", "Follow the chosen picture", "follow"),
    element("span", { class: "gap" }),
    button("save", "Save as PNG", () => view.save()),
  );
  node.marks = () => {
    for (const one of node.querySelectorAll("[data-tool]")) one.setAttribute("aria-pressed", String(one.dataset.tool === view.tool));
    for (const one of node.querySelectorAll("[data-flip]")) {
      one.setAttribute("aria-pressed", String(Boolean(view[one.dataset.flip])));
      one.hidden = one.dataset.flip === "pictures" ? !view.hasAtlas : !view.timed;
    }
  };
  return node;
}

// Through time: a transport. Through settings: one slider per axis. Both call onFrame(index, playing).
export class Scrubber {
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.element = element("div", { class: "scrubber" });
  }

  // axes: null, "time", or [{title, values}], the last one running fastest; index: the frame shown; sequence: names
  // what the frames are.
  show(axes, labels, index, sequence) {
    const key = JSON.stringify([axes, axes === "time" && labels.length > 1, sequence]);
    if (key !== this.key) {
      this.dispose();
      this.transport = null;
      this.sliders = [];
      this.element.replaceChildren();
      if (axes === "time" && labels.length > 1) this.#time();
      else if (Array.isArray(axes)) this.#grid(axes);
      this.key = key;
    }
    this.index = index;
    this.transport?.setTotal(labels.length); // a run that goes on adds frames, also while it plays
    if (this.transport && !this.playing) this.transport.follow(index);
    let rest = index;
    for (const one of [...this.sliders].reverse()) {
      one.input.value = String(rest % one.values.length);
      rest = Math.floor(rest / one.values.length);
      one.text.textContent = one.values[Number(one.input.value)];
    }
  }

  halt() {
    this.transport?.rest(this.index);
  }

  get playing() {
    return Boolean(this.transport?.playing);
  }

  #time() {
    this.transport = new Transport((position, playing) => {
      this.index = position;
      this.onFrame(position, playing);
    });
    this.transport.slider.setAttribute("aria-label", "Epoch");
    this.element.append(this.transport.element);
  }

  #grid(axes) {
    this.sliders = axes.map(({ title, values }) => {
      const input = element("input", { type: "range", min: "0", max: String(values.length - 1), step: "1", "aria-label": title });
      const text = element("b", { class: "numeric" });
      const one = { input, values, text };
      input.oninput = () => {
        this.index = this.sliders.reduce((sum, s) => sum * s.values.length + Number(s.input.value), 0);
        text.textContent = values[Number(input.value)];
        input.setAttribute("aria-valuetext", values[Number(input.value)]);
        this.onFrame(this.index);
      };
      this.element.append(element("label", { class: "axis" }, element("span", {}, title), input, text));
      return one;
    });
  }

  dispose() {
    if (!this.transport) return;
    this.transport.onMove = () => {}; // pausing tells the place, which says nothing about what comes next
    this.transport.pause();
  }
}
