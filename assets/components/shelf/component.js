// The data sets as cards in one row: real pictures of those that are here, the size of those that are not.

import { element, icon } from "../common/dom.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const kept = root.querySelector(".shelf")?.scrollLeft;
  const list = element("ul", { class: "shelf", "aria-label": "Data sets" });
  for (const card of data.cards) {
    const chosen = card.name === data.chosen;
    const picture = card.picture
      ? element("img", { src: new URL(card.picture, document.baseURI).href, alt: "", width: card.width, height: card.width })
      : element("span", { class: "none", "aria-hidden": "true" }, icon("save"));
    const link = element(
      "button",
      { type: "button", class: "card", "aria-pressed": String(chosen) },
      picture,
      element("span", { class: "text" }, element("b", {}, card.title), element("span", { class: "line" }, card.line), element("span", { class: `state ${card.kind}` }, card.state)),
    );
    link.onclick = () => setTriggerValue("chosen", card.name);
    list.append(element("li", {}, link));
  }
  root.replaceChildren(list);
  list.scrollLeft = kept ?? 0;
  if (root.dataset.chosen !== data.chosen) {
    const card = list.querySelector("[aria-pressed=true]");
    if (card) list.scrollLeft = Math.min(card.offsetLeft, Math.max(list.scrollLeft, card.offsetLeft + card.offsetWidth + 8 - list.clientWidth));
  }
  root.dataset.chosen = data.chosen;
  root.dataset.cards = data.cards.length;
  return () => {};
}
