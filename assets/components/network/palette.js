// The menu of layers to add.

import { element } from "../common/dom.js";

export class Palette {
  constructor(choose) {
    this.choose = choose;
    this.element = element("div", { class: "palette", role: "dialog", "aria-label": "Add a layer", hidden: true });
    this.element.onkeydown = (event) => this.#key(event);
    this.element.onfocusout = (event) => {
      if (!this.element.contains(event.relatedTarget)) this.close();
    };
  }

  // opener: the button it hangs under; after: the layer it adds behind; axes: how many the shape there has, 0 unknown.
  open(opener, after, axes, kinds) {
    this.opener = opener;
    this.element.replaceChildren(
      ...Object.entries(kinds).map(([kind, { title, note, needs }]) => {
        const fits = !axes || !needs || needs === axes;
        const text = fits ? note : needs === 3 ? "needs a picture, here is a vector" : "needs a vector, here is a picture";
        const node = element(
          "button",
          { type: "button", class: fits ? "kind" : "kind unfit", "data-kind": kind },
          element("b", {}, title),
          element("small", {}, text),
        );
        node.onclick = () => {
          this.close(true);
          this.choose(after, kind);
        };
        return node;
      }),
    );
    this.element.hidden = false;
    const host = this.element.offsetParent.getBoundingClientRect();
    const at = opener.getBoundingClientRect();
    const below = at.bottom + this.element.offsetHeight + 8 < innerHeight || at.top - host.top < this.element.offsetHeight;
    const top = below ? at.bottom - host.top + 6 : at.top - host.top - this.element.offsetHeight - 6;
    this.element.style.top = `${top}px`;
    this.element.style.left = `${Math.max(0, Math.min(at.left - host.left, host.width - this.element.offsetWidth))}px`;
    (this.element.querySelector(".kind:not(.unfit)") ?? this.element.firstChild).focus();
  }

  close(focus = false) {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (focus) this.opener.focus();
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.close(true);
    else if (step) {
      const all = [...this.element.children];
      const at = all.indexOf(this.element.getRootNode().activeElement);
      all[(at + step + all.length) % all.length].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
