// Runs in lists, each with its curve in small; two of them are picked, A and B, and Python draws the comparison.

import { element, svg } from "../common/dom.js";
import { ready } from "../common/mounted.js";

const WIDTH = 88;
const HEIGHT = 30;

// The curve of the run's foremost figure, scaled to its own range: a shape, no values.
function spark({ x, y }, colour) {
  const picture = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  if (!y?.length) return picture;
  const [left, right] = [Math.min(...x), Math.max(...x)];
  const [low, high] = [Math.min(...y), Math.max(...y)];
  const across = (v) => 2 + ((v - left) / (right - left || 1)) * (WIDTH - 4);
  const up = (v) => HEIGHT - 3 - ((v - low) / (high - low || 1)) * (HEIGHT - 6);
  const points = y.map((value, n) => `${across(x[n]).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
  picture.append(svg("polyline", { points, fill: "none", stroke: colour, "stroke-width": 1.8, "stroke-linejoin": "round" }));
  return picture;
}

function row(run, data, pick) {
  const slots = ["a", "b"].map((slot) => {
    const chosen = data[slot] === run.id;
    const node = element(
      "button",
      { type: "button", class: `slot ${slot}`, "aria-pressed": String(chosen), "aria-label": `${run.title} as run ${slot.toUpperCase()}` },
      slot.toUpperCase(),
    );
    node.onclick = () => pick(slot, chosen && slot === "b" ? "" : run.id);
    return node;
  });
  const figures = run.figures.map(([name, value]) => element("span", { class: "figure" }, element("b", { class: "numeric" }, value), ` ${name}`));
  return element(
    "li",
    { class: "run" },
    element("span", { class: "slots" }, ...slots),
    spark(run.spark, "currentColor"),
    element("span", { class: "text" }, element("b", { class: "title", title: run.title }, run.title), element("span", { class: "line" }, run.line), ...(run.changed ? [element("span", { class: "line changed" }, run.changed)] : []), ...(run.note ? [element("span", { class: "line note" }, run.note)] : [])),
    element("span", { class: "figures" }, ...figures),
  );
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const kept = root.querySelector(".lists")?.scrollTop ?? 0;
  const focused = root.getRootNode().activeElement?.getAttribute?.("aria-label");
  const pick = (slot, id) => setTriggerValue("picked", { slot, id });
  const lists = element("div", { class: "lists", tabindex: "0", role: "region", "aria-label": "Runs" });
  for (const { title, empty, rows } of data.lists) {
    lists.append(element("h3", {}, title));
    if (rows.length) lists.append(element("ul", { "aria-label": title }, ...rows.map((run) => row(run, data, pick))));
    else lists.append(element("p", { class: "empty" }, empty));
  }
  root.replaceChildren(lists);
  lists.scrollTop = kept;
  if (focused) [...lists.querySelectorAll("button")].find((node) => node.getAttribute("aria-label") === focused)?.focus({ preventScroll: true });
  root.dataset.a = data.a;
  root.dataset.b = data.b;
  ready(root);
  return () => {};
}
