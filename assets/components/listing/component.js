// Code, coloured by the server, with a button that copies it.

import { element } from "../common/dom.js";

const SAID = 1500; // milliseconds

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = element("textarea", { class: "hidden" }); // a page without https has no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export default ({ data, parentElement }) => {
  const listing = parentElement.querySelector(".listing");
  const code = element("code");
  code.innerHTML = data.html; // escaped by Pygments
  const press = element("button", { type: "button" }, "Copy");
  press.onclick = async () => {
    await copy(data.text);
    press.textContent = "Copied";
    setTimeout(() => (press.textContent = "Copy"), SAID);
  };
  listing.replaceChildren(element("pre", { tabIndex: 0, role: "region", "aria-label": data.title }, code), press);
};
