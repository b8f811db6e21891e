// The colour shortcut: every crop against every other by colour histogram, without and with distortion.

import { button, element, saveCanvas } from "../common/dom.js";
import { number } from "../common/format.js";
import { css, sequential } from "../common/theme.js";
import { drawCell, fitted, prepare, View } from "./view.js";

const GUESSES = [
  ["all", "Nearly all of them", (share) => share >= 0.75],
  ["half", "About half", (share) => share >= 0.4 && share < 0.75],
  ["few", "Only a few", (share) => share < 0.4],
];
const HALVES = ["Without colour distortion", "With colour distortion"];
const column = (table) => Float32Array.from(table.getChildAt(0).toArray());

export class Shortcut extends View {
  build() {
    this.halves = HALVES.map((title, n) => {
      const matrix = element("canvas", { tabindex: "0", role: "application", "data-half": String(n), "aria-label": `${title}: table of common colours. Arrow keys move through it.` });
      const head = element("div", { class: "head" });
      const verdict = element("div", { class: "verdict" });
      const crops = [element("canvas", { role: "img" }), element("canvas", { role: "img" })];
      const counted = element("canvas", { role: "img", class: "counted" });
      const value = element("div", { class: "value" });
      const pair = element("div", { class: "pair-of-crops" }, ...crops, element("div", {}, value, counted));
      matrix.onpointermove = (event) => this.hover(matrix, event);
      matrix.onpointerleave = () => this.point(...this.kept);
      matrix.onclick = () => (this.kept = [this.row, this.column]);
      matrix.onkeydown = (event) => this.key(event);
      return { title, matrix, head, verdict, crops, counted, value, node: element("section", { class: "half" }, head, verdict, matrix, pair) };
    });
    const again = element("button", { type: "button", class: "again" }, "Draw again");
    again.onclick = () => this.tell("again", true);
    const hint = element("span", { class: "quiet" }, "Left: first crops. Top: second crops. Bright: many colours in common. Dot: the most alike in its row, black where it is the partner.");
    this.kept = [0, 0];
    this.question = element("div", { class: "question" });
    this.answer = element("div", { class: "answer" });
    this.halves[1].node.append(this.question);
    this.halves[1].head.after(this.answer);
    this.stage = element("div", { class: "halves" }, ...this.halves.map((half) => half.node));
    this.body.append(element("div", { class: "bar" }, again, hint, button("save", "Save both tables as PNG", () => this.save())), this.stage);
  }

  addresses(data) {
    return data.sheets.flat();
  }

  receive(sheets) {
    const { count, channels, bins } = this.data;
    this.size = { width: this.data.width, height: this.data.height };
    this.halves.forEach((half, n) => {
      half.sheets = sheets.slice(2 * n, 2 * n + 2);
      half.similar = column(this.data[`similar${n}`]);
      half.shares = [0, 1].map((side) => column(this.data[`counted${n}${side}`]));
      half.best = Array.from({ length: count }, (_, row) => {
        const values = half.similar.subarray(row * count, (row + 1) * count);
        return values.indexOf(Math.max(...values));
      });
    });
    this.stride = channels * bins;
    this.kept = this.kept.map((place) => Math.min(place, count - 1));
    this.ends = [0, 1];
  }

  layout(width) {
    const { count, found, strength, names } = this.data;
    const stacked = width < 560;
    this.stage.classList.toggle("stacked", stacked);
    const each = stacked ? width : Math.floor((width - 28) / 2);
    this.cell = Math.max(4, Math.floor(Math.min(each, 330) / (count + 1)));
    this.each = each;
    this.halves.forEach((half, n) => {
      half.head.textContent = n ? `${half.title}, s = ${number(strength, 1)}` : half.title;
      const hits = Math.round(found[n] * count * 100) / 100;
      half.verdict.replaceChildren(element("b", {}, `${number(hits, Number.isInteger(hits) ? 0 : 1)} of ${count}`), " partners found by colours alone");
      half.node.style.width = `${each}px`;
    });
    this.root.dataset.names = names.length;
    this.ask();
    this.point(...this.kept);
  }

  // The right half stays covered until somebody has guessed.
  ask() {
    const { asking, guess, found, count } = this.data;
    this.covered = asking && !guess;
    this.halves[1].node.classList.toggle("covered", this.covered);
    this.root.dataset.covered = this.covered;
    const said = GUESSES.find(([name]) => name === guess);
    this.answer.textContent = asking && said ? `You said: ${said[1].toLowerCase()}. ${said[2](found[1]) ? "Right." : "It is not so."}` : "";
    if (!this.covered) return;
    const choices = GUESSES.map(([name, text]) => {
      const node = element("button", { type: "button", "data-guess": name }, text);
      node.onclick = () => this.tell("guess", name);
      return node;
    });
    this.question.replaceChildren(element("p", {}, `The same crops, with their colours distorted. How many of the ${count} still find their partner by colours alone?`), ...choices);
  }

  paint(half, mark) {
    const { count, columns } = this.data;
    const side = this.cell * (count + 1);
    const g = prepare(half.matrix, side, side);
    const small = fitted(this.size.width, this.size.height, this.cell - 2);
    for (let n = 0; n < count; n++) {
      const at = (n + 1) * this.cell;
      drawCell(g, half.sheets[0], n, columns, this.size, 0, at + 1, small.width, small.height);
      drawCell(g, half.sheets[1], n, columns, this.size, at + 1, 0, small.width, small.height);
    }
    g.save();
    g.translate(this.cell, this.cell);
    for (let row = 0; row < count; row++) {
      for (let col = 0; col < count; col++) {
        g.fillStyle = css(sequential(half.similar[row * count + col]));
        g.fillRect(col * this.cell, row * this.cell, this.cell, this.cell);
      }
      const hit = half.best[row] === row;
      g.strokeStyle = hit ? "#ffffff" : "#000000";
      g.fillStyle = hit ? "#000000" : "#ffffff";
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc((half.best[row] + 0.5) * this.cell, (row + 0.5) * this.cell, Math.max(this.cell * 0.2, 1.6), 0, 7);
      g.fill();
      g.stroke();
    }
    const [row, col] = mark;
    for (const [colour, thick] of [[this.theme.background, 5], [this.theme.accent, 2.5]]) {
      g.strokeStyle = colour;
      g.lineWidth = thick;
      g.strokeRect(col * this.cell + 1, row * this.cell + 1, this.cell - 2, this.cell - 2);
    }
    g.restore();
  }

  hover(matrix, event) {
    const box = matrix.getBoundingClientRect();
    const { count } = this.data;
    const place = (share) => Math.min(Math.max(Math.floor(share * (count + 1)) - 1, 0), count - 1);
    this.point(place((event.clientY - box.top) / box.height), place((event.clientX - box.left) / box.width));
  }

  key(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
    const clamp = (place) => Math.min(Math.max(place, 0), this.data.count - 1);
    this.kept = [clamp(this.row + by[0]), clamp(this.column + by[1])];
    this.point(...this.kept);
    this.say(this.halves.map((half) => `${half.title}: ${half.value.textContent}`).join(". "));
  }

  // Show first crop `row` and second crop `col` in both halves.
  point(row, col) {
    [this.row, this.column] = [row, col];
    const { count, columns, names } = this.data;
    const side = Math.floor(Math.min((this.each - 20) * 0.26, 110));
    const cell = fitted(this.size.width, this.size.height, side);
    this.halves.forEach((half, n) => {
      if (n && this.covered) return;
      this.paint(half, [row, col]);
      [row, col].forEach((index, place) => {
        const g = prepare(half.crops[place], cell.width, cell.height);
        drawCell(g, half.sheets[place], index, columns, this.size, 0, 0, cell.width, cell.height);
        half.crops[place].setAttribute("aria-label", `${place ? "Second" : "First"} crop of ${names[index]}`);
      });
      const similar = half.similar[row * count + col];
      half.value.replaceChildren(element("b", { class: "numeric" }, number(similar, 3)), row === col ? " in common, same picture" : " in common, other picture");
      this.histogram(half, row, col, Math.max(this.each - 2 * cell.width - 28, 90), cell.height - 22);
      this.root.dataset[`similar${n}`] = similar;
    });
    Object.assign(this.root.dataset, { row, column: col });
  }

  // Both crops' histograms, one channel above the other: the first filled, the second as a line.
  histogram(half, row, col, width, height) {
    const { bins, channels } = this.data;
    const g = prepare(half.counted, width, Math.max(height, 40));
    const each = Math.max(height, 40) / channels;
    const colours = channels === 3 ? ["#d55e00", "#009e73", "#0072b2"] : ["#808080"];
    g.clearRect(0, 0, width, Math.max(height, 40));
    for (let c = 0; c < channels; c++) {
      const [one, other] = [row, col].map((index, side) => half.shares[side].subarray(index * this.stride + c * bins, index * this.stride + (c + 1) * bins));
      const top = Math.max(...one, ...other, 1e-6);
      const base = (c + 1) * each - 1;
      const tall = (share) => (share / top) * (each - 4);
      const wide = width / bins;
      g.fillStyle = colours[c];
      g.globalAlpha = 0.45;
      one.forEach((share, n) => g.fillRect(n * wide, base - tall(share), wide - 0.5, tall(share)));
      g.globalAlpha = 1;
      g.strokeStyle = this.theme.text;
      g.lineWidth = 1.3;
      g.beginPath();
      other.forEach((share, n) => {
        g.lineTo(n * wide, base - tall(share));
        g.lineTo((n + 1) * wide, base - tall(share));
      });
      g.stroke();
    }
    half.counted.setAttribute("aria-label", "Histograms of red, green and blue: filled the first crop, line the second");
  }

  save() {
    const side = this.halves[0].matrix.width;
    const canvas = element("canvas", { width: 2 * side + 40, height: side + 80 });
    const g = canvas.getContext("2d");
    g.fillStyle = this.theme.background;
    g.fillRect(0, 0, canvas.width, canvas.height);
    g.font = "13px sans-serif";
    this.halves.forEach((half, n) => {
      g.fillStyle = this.theme.text;
      g.fillText(`${half.head.textContent}: ${half.verdict.textContent}`, 10 + n * (side + 20), 18, side);
      g.drawImage(half.matrix, 10 + n * (side + 20), 28);
    });
    g.fillText(`${this.data.title}. ${this.data.provenance}`, 10, canvas.height - 12, canvas.width - 20);
    saveCanvas(canvas, "colour-shortcut.png");
  }
}
