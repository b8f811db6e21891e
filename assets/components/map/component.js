// The course as a path of tiles. A tile is a real link; a plain click stays inside the running session.

import { element } from "../common/dom.js";
import { ready } from "../common/mounted.js";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  const list = element("ol", { class: "path" });
  data.tiles.forEach((tile) => {
    const query = new URLSearchParams(tile.state).toString();
    const link = element(
      "a",
      { href: new URL(tile.slug + (query ? `?${query}` : ""), document.baseURI).href, class: "tile" },
      element("img", { src: new URL(tile.picture, document.baseURI).href, alt: `${tile.title}: output of the engine`, width: 168, height: 168 }),
      element("span", { class: "section" }, tile.section),
      element("b", {}, tile.title),
      element("span", { class: "line" }, tile.line),
    );
    link.onclick = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      setTriggerValue("opened", tile.id);
    };
    list.append(element("li", {}, link));
  });
  root.replaceChildren(list);
  ready(root);
  return () => {};
}
