// Long work in turns of a few milliseconds, so that a pointer is answered between them.

const TURN = 12; // ms, under one frame

// Calls step(i) for every i below count, after(finished) at the end of each turn. Returns a function that stops it.
export function inTurns(count, step, after) {
  let [next, timer] = [0, 0];
  const turn = () => {
    const until = performance.now() + TURN;
    while (next < count && performance.now() < until) step(next++);
    if (next < count) timer = setTimeout(turn);
    after?.(next >= count);
  };
  turn();
  return () => clearTimeout(timer);
}
