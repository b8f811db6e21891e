// Augmentations: tiles of operators, compositions, crops as boxes, the colour shortcut, pairs measured.
// Each mode is a view of its own; Python computes every picture, the browser shows, fades, links and hovers.

import { telling } from "../common/mounted.js";
import { Compose } from "./compose.js";
import { Crops } from "./crops.js";
import { Matrix } from "./matrix.js";
import { Shortcut } from "./shortcut.js";
import { Tiles } from "./tiles.js";

const MODES = { tiles: Tiles, compose: Compose, crops: Crops, shortcut: Shortcut, matrix: Matrix };
const VIEWS = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".root");
  let view = VIEWS.get(root);
  if (!view) VIEWS.set(root, (view = new MODES[data.mode](root, parentElement.host ?? parentElement)));
  view.update(telling(view, component));
  return () => {
    view.dispose();
    VIEWS.delete(root);
  };
}
