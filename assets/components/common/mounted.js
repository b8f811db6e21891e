// How Streamlit draws a component: one view per root element, told of every message, laid out for the width it has.

// What a component exports. View: a class with new View(root, host), update(component) and, if it has anything to let
// go of, dispose().
export function mounted(View) {
  const views = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    const root = parentElement.querySelector(".root");
    let view = views.get(root);
    if (!view) views.set(root, (view = new View(root, parentElement.host ?? parentElement)));
    view.update(telling(view, component));
    return () => {
      view.dispose?.();
      views.delete(root);
    };
  };
}

// The component for view.update(). The browser repeats what a component once told with every message to Python; after a
// step of a lesson, which forgets what was touched, that has to be taken back.
export function telling(view, component) {
  const { data, setStateValue } = component;
  const told = (view.told ??= { lesson: data.lesson, names: new Set() });
  if (told.lesson !== data.lesson) {
    told.lesson = data.lesson;
    for (const name of told.names) setStateValue(name, null);
    told.names.clear();
  }
  const tell = (name, value) => {
    told.names.add(name);
    setStateValue(name, value);
  };
  return { ...component, setStateValue: tell };
}

// Whether what was touched in the browser gives way to what Python says: with the first message, and with each step of
// a lesson, which is a state like any link.
export function arrives(view, { lesson }) {
  const given = view.lesson !== lesson;
  view.lesson = lesson;
  return given;
}

// Calls view.layout() when the root is no longer `laidOut` wide, once there() says that there is something to lay out.
export function watchWidth(view, there) {
  const observer = new ResizeObserver(() => there() && view.root.clientWidth !== view.laidOut && view.layout());
  observer.observe(view.root);
  return observer;
}

let said = false;
const idle = window.requestIdleCallback ?? ((run) => setTimeout(run)); // Safari has none

// The figure is drawn and answers. The first one of a visit tells the server, which may then send what else is on the
// page; when the browser has nothing to do, so that a hand already on the figure comes first.
export function ready(root) {
  root.dataset.ready = "true";
  if (said) return;
  said = true;
  idle(() => navigator.sendBeacon(new URL("drawn", document.baseURI)), { timeout: 500 });
}
