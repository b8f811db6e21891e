// Small helpers for building a component's elements once and finding them again.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// The same for SVG: attributes only, text as a child.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zm8 0h4v14h-4z",
  back: "M15.4 7.4 14 6l-6 6 6 6 1.4-1.4L10.8 12z",
  forward: "m8.6 16.6 1.4 1.4 6-6-6-6-1.4 1.4 4.6 4.6z",
  plus: "M19 13h-6v6h-2v-6H5v-2h6V5h2v6h6z",
  minus: "M5 11h14v2H5z",
  whole: "M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z",
  cross: "M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12z",
  undo: "M12.5 8c-2.65 0-5.05.99-6.9 2.6L2 7v9h9l-3.62-3.62A8 8 0 0 1 20.1 16l2.37-.78A10.5 10.5 0 0 0 12.5 8z",
  redo: "M18.4 10.6A10.5 10.5 0 0 0 1.54 15.22L3.9 16a8 8 0 0 1 12.72-3.62L13 16h9V7z",
  pin: "M16 9V4h1V2H7v2h1v5c0 1.66-1.34 3-3 3v2h5.97v7l1 1 1-1v-7H19v-2c-1.66 0-3-1.34-3-3z",
  save: "M5 20h14v-2H5zM19 9h-4V3H9v6H5l7 7z",
  unfold: "M12 5.8 15.2 9l1.4-1.4L12 3 7.4 7.6 8.8 9zm0 12.4L8.8 15l-1.4 1.4L12 21l4.6-4.6-1.4-1.4z",
  fold: "M7.4 18.6 8.8 20l3.2-3.2 3.2 3.2 1.4-1.4L12 14zm9.2-13.2L15.2 4 12 7.2 8.8 4 7.4 5.4 12 10z",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

export function button(name, label, onclick) {
  const node = element("button", { type: "button", class: "icon", title: label, "aria-label": label }, icon(name));
  node.onclick = onclick;
  return node;
}

// Save a canvas as a PNG file.
export function saveCanvas(canvas, name) {
  canvas.toBlob((blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }, "image/png");
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
