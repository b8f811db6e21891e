// The neighbours of the chosen point in the space of the vectors, and which of them a layout did not keep near.

import { element } from "../common/dom.js";
import { number } from "../common/format.js";
import { css } from "../common/theme.js";
import { pictureOf, sentenceOf } from "./card.js";
import { nearestInLayout } from "./pick.js";

const SMALL = 44; // pixels of a picture

// Per pane, per neighbour: whether it is missing among as many nearest points of the layout.
export function lostNeighbours(panes, count, chosen, near) {
  return panes.map((pane) => {
    const seen = nearestInLayout(pane.after, count, chosen, near.length);
    return near.map((n) => !seen.has(n));
  });
}

export function lostWords(lost, k, titles) {
  return Array.from({ length: k }, (_, i) => {
    const gone = titles.filter((_, pane) => lost[pane][i]);
    if (!gone.length) return "";
    return gone.length === titles.length ? "lost" : `lost in ${gone[0]}`;
  });
}

// The row below the picture: the chosen one, then its neighbours by distance.
export function neighbourRow(view, near, words) {
  const { chosen, neighbours, data } = view;
  const far = neighbours.far.subarray(chosen * neighbours.k);
  const counts = data.panes.map(({ title }, pane) => `${title} keeps ${view.lost[pane].filter((gone) => !gone).length}`);
  const kept = `${counts.join(", ")} of these ${near.length} among its nearest points; lost ones are dashed`;
  const distance = (i) => number(far[i], far[i] < 10 ? 3 : 1);
  return [
    element("div", { class: "head" }, element("b", {}, "Nearest in the space of the vectors"), `, ${data.neighbours.metric} distance: ${kept}.`),
    element(
      "div",
      { class: "row" },
      tile(view, chosen, "chosen", false),
      ...near.map((n, i) => tile(view, n, words[i] ? `${distance(i)} ${words[i]}` : distance(i), Boolean(words[i]))),
    ),
  ];
}

function tile(view, n, text, gone) {
  const label = `${sentenceOf(view.columns, n)}, ${text}`;
  const node = element("button", { type: "button", class: gone ? "neighbour lost" : "neighbour", "aria-label": label });
  if (view.atlas) node.append(pictureOf(view.atlas, n, SMALL));
  node.append(element("span", { class: "numeric" }, text));
  node.style.setProperty("--class", css(view.colourOf(n)));
  node.onpointerenter = node.onfocus = () => view.hoverAt(n, 0);
  node.onpointerleave = node.onblur = () => view.hoverAt(-1, 0);
  node.onclick = () => view.choose(n);
  return node;
}
