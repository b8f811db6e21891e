// The Parameters page: a network to build, or a known one to look into. One view per mode, kept between updates.

import { ModelView } from "./model.js";
import { StackView } from "./stack.js";

const VIEWS = new WeakMap();
const MODES = { stack: StackView, model: ModelView };

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".root");
  let kept = VIEWS.get(root);
  if (kept?.mode !== data.mode) {
    kept?.view.dispose();
    kept = { mode: data.mode, view: new MODES[data.mode](root, parentElement.host ?? parentElement) };
    VIEWS.set(root, kept);
  }
  root.dataset.mode = data.mode;
  kept.view.update(component);
  return () => {
    kept.view.dispose();
    VIEWS.delete(root);
  };
}
