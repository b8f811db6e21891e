// Pointer, wheel and keys on the stage: shift, orbit, zoom, lasso, box, hover, choose.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CLICK = 5; // pixels a click may wander

// view: what is asked and told (see component.js); surface: the element that listens.
export function listen(surface, view) {
  let down = null;
  const at = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  surface.onpointerdown = (event) => {
    if (event.button) return;
    const [x, y] = at(event);
    const tool = event.shiftKey && view.tool === "move" ? "lasso" : view.tool;
    down = { x, y, last: [x, y], moved: false, tool, pane: view.paneAt(x, y) };
    if (tool !== "move") view.gesture = { path: [[x, y]], pane: down.pane };
    try {
      surface.setPointerCapture(event.pointerId);
    } catch {
      // the pointer is gone already
    }
    surface.focus({ preventScroll: true });
  };
  surface.onpointermove = (event) => {
    const [x, y] = at(event);
    if (!down) {
      view.point(x, y);
      return;
    }
    if (Math.hypot(x - down.x, y - down.y) > CLICK) down.moved = true;
    if (!down.moved) return;
    if (down.tool === "move") view.drag(down.pane, x - down.last[0], y - down.last[1], event.altKey || event.ctrlKey);
    else if (down.tool === "lasso") view.gesture.path.push([x, y]);
    else view.gesture.path = [[down.x, down.y], [x, down.y], [x, y], [down.x, y]];
    down.last = [x, y];
    view.request(down.tool === "move");
  };
  surface.onpointerup = (event) => {
    if (!down) return;
    const { moved, tool, pane } = down;
    const path = view.gesture?.path;
    down = view.gesture = null;
    if (!moved) view.click(...at(event));
    else if (tool !== "move") view.enclose(pane, path, event.ctrlKey || event.metaKey);
    view.request();
  };
  surface.onpointercancel = () => {
    down = view.gesture = null;
    view.request();
  };
  surface.onpointerleave = () => {
    if (!down) view.point(-1e4, -1e4);
  };
  surface.onwheel = (event) => {
    if (!event.ctrlKey && !event.metaKey && surface.getRootNode().activeElement !== surface) return;
    event.preventDefault();
    const [x, y] = at(event);
    view.zoom(Math.exp(-event.deltaY * 0.0015), x, y);
  };
  surface.onkeydown = (event) => {
    if (STEPS[event.key]) view.step(STEPS[event.key]);
    else if (event.key === "Enter") view.choose(view.hover);
    else if (event.key === " ") view.mark();
    else if (event.key === "+" || event.key === "=") view.zoom(1.5);
    else if (event.key === "-") view.zoom(1 / 1.5);
    else if (event.key === "0") view.fit();
    else if (event.key === "Escape") view.clear();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys also step through a lesson
  };
}
