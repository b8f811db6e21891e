// Play, pause, step, scrub and speed over a number of positions. It owns the position and the clock.

import { button, element, still } from "./dom.js";
import { whole } from "./format.js";

const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 20];
const FULL_PASS = 10; // seconds over all positions at speed 1

export class Transport {
  // onMove(position, playing): the position changed by the clock, a button or the slider. what: of what it is the
  // place; slowest: positions a second at speed 1, so that few of them do not rush by or crawl.
  constructor(onMove, what = "window", slowest = 2) {
    this.onMove = onMove;
    this.slowest = slowest;
    this.total = 1;
    this.position = 0;
    this.timer = 0;
    this.playButton = button("play", "Play (space)", () => this.toggle());
    this.slider = element("input", { type: "range", min: "0", max: "0", value: "0", class: "scrub", "aria-label": `Position of the ${what}` });
    this.slider.oninput = () => {
      this.pause();
      this.go(Number(this.slider.value));
    };
    this.speed = element("select", { class: "speed", title: "Speed", "aria-label": "Speed" });
    for (const s of SPEEDS) this.speed.append(element("option", { value: String(s), selected: s === 1 }, `${s}×`));
    this.text = element("span", { class: "where" });
    this.element = element(
      "div",
      { class: "transport" },
      button("back", "One position back", () => this.step(-1)),
      this.playButton,
      button("forward", "One position on", () => this.step(1)),
      this.slider,
      this.speed,
      this.text,
    );
  }

  get playing() {
    return this.timer !== 0;
  }

  setTotal(total) {
    this.total = total;
    this.slider.max = String(total - 1);
    this.position = Math.min(this.position, total - 1);
    this.#show();
  }

  step(by) {
    this.pause();
    this.go((this.position + by + this.total) % this.total);
  }

  go(position) {
    this.position = Math.min(Math.max(position, 0), this.total - 1);
    this.#show();
    this.onMove(this.position, this.playing);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.position >= this.total - 1) this.position = 0;
    let last = performance.now();
    let exact = this.position;
    const tick = (now) => {
      const rate = Math.max(this.total / FULL_PASS, this.slowest) * Number(this.speed.value);
      exact += (rate * (now - last)) / 1000;
      last = now;
      const arrived = exact >= this.total - 1;
      this.timer = arrived ? 0 : requestAnimationFrame(tick);
      const position = Math.min(Math.floor(exact), this.total - 1);
      if (position !== this.position || arrived) this.go(position);
      if (arrived) this.#buttons();
    };
    this.timer = requestAnimationFrame(tick);
    this.#buttons();
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.#buttons();
    this.onMove(this.position, false);
  }

  // Put the position where the pointer is, without a move of its own.
  follow(position) {
    this.position = position;
    this.#show();
  }

  // Stop there: neither the clock nor the place goes on, and nobody is told.
  rest(position) {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.#buttons();
    this.follow(position);
  }

  #show() {
    this.slider.value = String(this.position);
    this.text.textContent = `${whole(this.position + 1)} of ${whole(this.total)}`;
  }

  #buttons() {
    const other = button(this.playing ? "pause" : "play", this.playing ? "Pause (space)" : "Play (space)", () => this.toggle());
    this.playButton.replaceWith(other);
    this.playButton = other;
    this.element.classList.toggle("still", still());
  }
}
