// What views of a generator share: it decodes in the browser, so there is nothing to show before its weights are here.

import { element } from "./dom.js";
import { Generator } from "./generator.js";
import { ready, watchWidth } from "./mounted.js";
import { readTheme } from "./theme.js";
import { TrainingPictures } from "./training.js";

// A view adds: take(data), called with this.generator in place; layout(); and where it shows more later, shown(data).
export class GeneratorView {
  constructor(root, host) {
    Object.assign(this, { root, host });
    this.message = element("div", { class: "message" });
    this.live = element("div", { class: "hidden", "aria-live": "polite" });
    this.observer = watchWidth(this, () => this.generator);
  }

  dispose() {
    this.observer.disconnect();
    clearTimeout(this.timer);
  }

  async update({ data, setStateValue }) {
    this.send = setStateValue;
    this.theme = readTheme(this.host);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    let generator;
    try {
      generator = await Generator.from(data.model);
    } catch {
      this.message.textContent = "The generator did not arrive. Check the connection and reload the page.";
      return;
    }
    if (turn !== this.turn) return; // a later message overtook this one
    this.message.textContent = "";
    this.generator = generator;
    this.take(data);
    this.layout();
    ready(this.root);
    await this.shown?.(data);
  }

  // The training pictures, null if they did not come; false where another generator came meanwhile.
  async loadTraining(data) {
    const { channels, height, width, count } = this.generator;
    const training = await TrainingPictures.from(data.sheet, { channels, height, width }, count, data.columns).catch(() => null);
    if (this.data.model !== data.model) return false;
    this.training = training;
    return true;
  }
}
