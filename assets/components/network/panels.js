// What stands around the list: where each measure went, what training takes, what differs from the pinned network.

import { element } from "../common/dom.js";
import { MEASURES, amount, commas, share } from "./units.js";

// Three stacked bars, one per measure; the pressed one is what areas and rows show.
export class Shares {
  constructor(choose) {
    this.buttons = Object.entries(MEASURES).map(([measure, title]) => {
      const total = element("b", { class: "numeric" });
      const bar = element("span", { class: "stacked" });
      const node = element("button", { type: "button", class: "measure", "data-measure": measure }, element("span", { class: "head" }, title, total), bar);
      node.onclick = () => choose(measure);
      return { measure, node, total, bar };
    });
    this.legend = element("div", { class: "legend" });
    this.element = element("div", { class: "shares", role: "group", "aria-label": "Where they went" }, ...this.buttons.map(({ node }) => node), this.legend);
  }

  draw({ shares, totals, families }, measure, colours, secret) {
    for (const { measure: each, node, total, bar } of this.buttons) {
      node.setAttribute("aria-pressed", String(each === measure));
      node.disabled = secret;
      total.textContent = secret ? "?" : each === "parameters" ? commas(totals[each]) : amount(each, totals[each]);
      const said = shares.filter((part) => part[each]).map((part) => `${families[part.family]} ${share(part[each], totals[each])}`);
      node.title = secret ? "" : said.join(", ");
      bar.replaceChildren(
        ...(secret ? [] : shares.filter((part) => part[each])).map((part) => {
          const piece = element("i");
          piece.style.background = colours[part.family].fill;
          piece.style.flexGrow = part[each] / (totals[each] || 1);
          return piece;
        }),
      );
    }
    this.legend.replaceChildren(
      ...shares.map((part) => {
        const dot = element("i");
        dot.style.background = colours[part.family].fill;
        const value = secret ? "" : share(part[measure], totals[measure]);
        return element("span", {}, dot, families[part.family], element("b", { class: "numeric" }, value));
      }),
    );
  }
}

// Weights, gradients, optimiser state and activations as one bar.
export class Training {
  constructor() {
    this.element = element("section", { class: "panel training" });
  }

  draw({ parts, text, bytes }, title) {
    const bar = element("div", { class: "stacked" });
    const said = parts.filter((part) => part.bytes).map((part) => {
      const piece = element("i", { class: part.name });
      piece.style.flexGrow = part.bytes / (bytes || 1);
      piece.title = `${part.title}: ${part.text}`;
      bar.append(piece);
      return element("span", {}, element("i", { class: part.name }), part.title, element("b", { class: "numeric" }, part.text));
    });
    this.element.replaceChildren(
      element("div", { class: "head" }, element("b", {}, "Memory to train"), element("span", { class: "quiet" }, title), element("b", { class: "numeric" }, text)),
      bar,
      element("div", { class: "legend" }, ...said),
    );
  }
}

// The pinned network beside the one on the page.
export class Pinned {
  constructor(actions) {
    this.buttons = actions.map(([label, action]) => {
      const node = element("button", { type: "button" }, label);
      node.onclick = action;
      return node;
    });
    this.element = element("section", { class: "panel pinned", hidden: true });
  }

  draw(pinned) {
    this.element.hidden = !pinned;
    if (!pinned) return;
    const body = pinned.lines.flatMap(({ title, before, after, more, change }) => [
      element("span", {}, title),
      element("span", { class: "numeric quiet" }, before),
      element("span", { class: "numeric" }, after),
      element("b", { class: `numeric ${more > 0 ? "more" : more < 0 ? "less" : "quiet"}` }, change),
    ]);
    const heads = ["", "pinned", "now", "difference"].map((text) => element("span", { class: "quiet" }, text));
    const gone = pinned.gone.length ? [element("p", { class: "quiet" }, `Gone: ${pinned.gone.slice(0, 8).join(", ")}${pinned.gone.length > 8 ? " and more" : ""}.`)] : [];
    const hint = pinned.same ? [element("p", { class: "quiet" }, "Nothing differs yet: change a layer.")] : [];
    this.element.replaceChildren(
      element("div", { class: "head" }, element("b", {}, "Against the pinned network"), ...this.buttons),
      element("div", { class: "table" }, ...heads, ...body),
      ...gone,
      ...hint,
    );
  }
}
