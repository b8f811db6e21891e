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
  move: "m12 2 4 4h-3v5h5V8l4 4-4 4v-3h-5v5h3l-4 4-4-4h3v-5H6v3l-4-4 4-4v3h5V6H8z",
  lasso: "M12 4c5.5 0 10 3 10 6.8s-4.5 6.7-10 6.7c-1 0-1.9-.1-2.8-.3.3 2-.7 3.8-3.2 4.8l-.8-1.8c1.5-.6 2.1-1.7 1.9-3.2C4.1 15.8 2 13.5 2 10.8 2 7 6.5 4 12 4m0 2c-4.4 0-8 2.1-8 4.8 0 1.6 1.3 3 3.2 3.800.4-1 1.3-1.6 2.5-1.6 1.7 0 2.3 1.6 1.2 2.5h1.1c4.4 0 8-2 8-4.7S16.4 6 12 6",
  box: "M3 3h4v2H5v2H3zm6 0h6v2H9zm8 0h4v4h-2V5h-2zM3 9h2v6H3zm16 0h2v6h-2zM3 17h2v2h2v2H3zm6 2h6v2H9zm10-2h2v4h-4v-2h2z",
  picture: "M3 4h18v16H3zm2 2v9l4-4 4 4 3-3 3 3V6zm10.5 1.5a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6",
  trail: "M4 18a2 2 0 1 1 1.9-2.6l4.3-3.2a2 2 0 1 1 3.5-.8l3.6 1.3a2.5 2.5 0 1 1-.6 1.9l-3.7-1.3a2 2 0 0 1-1.800.5l-4.3 3.2A2 2 0 0 1 4 18",
  follow: "M12 2v3a7 7 0 0 1 7 7h3v0h-3a7 7 0 0 1-7 7v3v-3a7 7 0 0 1-7-7H2h3a7 7 0 0 1 7-7zm0 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10m0 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4",
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
