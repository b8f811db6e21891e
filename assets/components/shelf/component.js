// The data sets as cards in one row: real pictures of those that are here, the size of those that are not.

import { element, icon } from "../common/dom.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const kept = root.querySelector(".shelf")?.scrollLeft;
  const list = element("ul", { class: "shelf", "aria-label": "Data sets" });
  for (const card of data.cards) {
    const chosen = card.name === data.chosen;
    const picture = card.picture
      ? element("img", { src: new URL(card.picture, document.baseURI).href, alt: "", width: 60, height: 60 })
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
  if (kept === undefined) list.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  else list.scrollLeft = kept;
  root.dataset.cards = data.cards.length;
  return () => {};
}
