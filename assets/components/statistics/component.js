// What a data set looks like on average: every class with its mean picture and its count, how often each brightness
// occurs, and how often each value of every factor. Hovering says the numbers; a class opens its pictures.

import { element } from "../common/dom.js";
import { whole } from "../common/format.js";
import { ready } from "../common/mounted.js";

const CHANNELS = { 1: ["currentColor"], 3: ["#D55E00", "#009E73", "#0072B2"] };
const NAMES = { 1: ["Grey"], 3: ["Red", "Green", "Blue"] };
const SVG = "http://www.w3.org/2000/svg";

const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

const MEAN = 68; // CSS pixels of a mean picture, at most

function classes({ names, means, counts, other, split, side }, open) {
  const most = Math.max(...counts, 1);
  const size = side * Math.max(1, Math.floor(MEAN / side));
  const cards = names.map((name, n) => {
    const picture = element("canvas", { class: "mean", width: size, height: size, role: "img", "aria-label": `Mean picture of ${name}` });
    picture.style.width = picture.style.height = `${size}px`;
    const bar = element("span", { class: "bar" });
    bar.style.width = `${(100 * counts[n]) / most}%`;
    const card = element(
      "button",
      { type: "button", class: "class", title: `${name}: ${whole(counts[n])} ${split}, ${whole(other[n])} in the other split. Click: its pictures.` },
      picture,
      element("span", { class: "name" }, name),
      element("span", { class: "track" }, bar),
      element("span", { class: "count numeric" }, whole(counts[n])),
    );
    card.onclick = () => open(n);
    return [card, picture];
  });
  const sheet = new Image();
  sheet.onload = () => {
    for (const [n, [, picture]] of cards.entries()) {
      const g = picture.getContext("2d");
      g.imageSmoothingEnabled = false;
      g.drawImage(sheet, (n % 64) * side, Math.floor(n / 64) * side, side, side, 0, 0, size, size);
    }
  };
  sheet.src = new URL(means, document.baseURI).href;
  return element("div", { class: "classes" }, ...cards.map(([card]) => card));
}

// The histogram of every channel as a stepped line over 64 bins of four brightnesses.
function brightness(histogram, says) {
  const [width, height] = [512, 190];
  const channels = histogram.length;
  const bins = histogram.map((counts) => Array.from({ length: 64 }, (_, n) => counts.slice(4 * n, 4 * n + 4).reduce((a, b) => a + b, 0)));
  const sums = bins.map((counts) => counts.reduce((a, b) => a + b, 0) || 1);
  const shares = bins.map((counts, c) => counts.map((count) => count / sums[c]));
  // A bar that towers over all others (black paper, say) is cut off, and its number written.
  const sorted = shares.flat().sort((a, b) => b - a);
  const cap = Math.min(sorted[0], 3 * sorted[Math.min(3 * channels, sorted.length - 1)] || sorted[0]);
  const x = (n) => (n * width) / 64;
  const y = (share) => height - (Math.min(share, cap) / cap) * height;
  const lines = shares.map((values, c) =>
    svg("path", {
      d: values.map((share, n) => `${n ? "L" : "M"}${x(n)} ${y(share)}L${x(n + 1)} ${y(share)}`).join(""),
      fill: "none",
      stroke: CHANNELS[channels][c],
      "stroke-width": 2,
      "vector-effect": "non-scaling-stroke",
    }),
  );
  const mark = svg("rect", { y: 0, width: width / 64, height, class: "mark", visibility: "hidden" });
  const cut = shares.flatMap((values, c) => values.flatMap((share, n) => (share > cap ? [[n, share, c]] : [])));
  const notes = cut.slice(0, 3).map(([n, share]) => {
    const note = svg("text", { x: Math.min(x(n) + 12, width - 90), y: 13, class: "tick" });
    note.textContent = `↑ ${(100 * share).toFixed(0)} %`;
    return note;
  });
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", class: "plot", role: "img", "aria-label": "How often each brightness occurs" }, mark, ...lines, ...notes);
  drawing.onpointermove = (event) => {
    const box = drawing.getBoundingClientRect();
    const n = Math.min(63, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * 64)));
    mark.setAttribute("x", x(n));
    mark.setAttribute("visibility", "visible");
    says(`Brightness ${4 * n} to ${4 * n + 3}: ${shares.map((values, c) => `${NAMES[channels][c]} ${(100 * values[n]).toFixed(2)} %`).join(", ")}`);
  };
  drawing.onpointerleave = () => {
    mark.setAttribute("visibility", "hidden");
    says("");
  };
  const key = NAMES[channels].map((name, c) => {
    const dot = element("i");
    dot.style.background = CHANNELS[channels][c];
    return element("span", {}, dot, name);
  });
  return element("div", {}, drawing, element("div", { class: "axis numeric" }, element("span", {}, "0"), element("span", { class: "key" }, ...key), element("span", {}, "255")));
}

function bars({ name, names, counts }, says) {
  const most = Math.max(...counts, 1);
  const columns = counts.map((count, n) => {
    const bar = element("i");
    bar.style.height = `${(100 * count) / most}%`;
    const column = element("span", { class: "column" }, bar);
    column.onpointerenter = () => says(`${name} ${names[n]}: ${whole(count)} pictures`);
    column.onpointerleave = () => says("");
    return column;
  });
  const drawing = element("div", { class: "columns", role: "img", "aria-label": `${name}: ${names.map((each, n) => `${each} ${counts[n]}`).join(", ")}` }, ...columns);
  return element("figure", {}, element("figcaption", {}, element("b", {}, name)), drawing, element("div", { class: "ends numeric" }, element("span", {}, names[0]), element("span", {}, names.at(-1))));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const said = element("p", { class: "said numeric", "aria-live": "polite" });
  const says = (text) => (said.textContent = text || "\u00a0");
  says("");
  const parts = element("div", { class: "parts" });
  parts.append(
    element("section", {}, element("h4", {}, "Mean picture and number of each class"), classes(data, (n) => setTriggerValue("opened", n))),
    element(
      "section",
      {},
      element("h4", {}, "How often each brightness occurs"),
      brightness(data.histogram, says),
      said,
      ...(data.factors.length ? [element("h4", {}, "How often each value of a factor occurs"), element("div", { class: "factors" }, ...data.factors.map((factor) => bars(factor, says)))] : []),
    ),
  );
  root.replaceChildren(parts);
  ready(root);
  root.dataset.classes = data.names.length;
  return () => {};
}
