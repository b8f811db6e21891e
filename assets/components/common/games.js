// Two numbers trained against each other, or together: the same updates as engine.glo.games, in double precision.
// Pure functions without a document: a browser test compares them with the engine step by step.

const MOST = 1e6; // further away it has diverged and stays where it is

// f'(t), where the value of the game is f(x y).
export const slope = (game, product) => (game === "bilinear" ? 1 : product < 700 ? 1 / (1 + Math.exp(product)) : 0);

export function value(game, [x, y]) {
  const product = x * y;
  if (game === "bilinear") return product;
  return product > -700 ? -Math.log1p(Math.exp(-product)) : product;
}

export const loss = ([w, z], target) => (w * z - target) ** 2 / 2;

// One update. settings: {game, stepSize, gamma, target}.
export function step({ game, stepSize, gamma, target }, method, [x, y]) {
  if (Math.max(Math.abs(x), Math.abs(y)) > MOST) return [x, y];
  if (method === "glo") {
    const error = x * y - target;
    return [x - stepSize * error * y, Math.min(Math.max(y - stepSize * error * x, -1), 1)];
  }
  const down = x - stepSize * y * slope(game, x * y);
  if (method === "alternating") return [down, y + stepSize * down * slope(game, down * y)];
  return [down, y + stepSize * (x * slope(game, x * y) - (method === "penalty" ? gamma * y : 0))];
}

// `steps` updates from `start`: steps + 1 states.
export function trajectory(settings, method, start, steps) {
  const found = [start];
  for (let t = 0; t < steps; t++) found.push(step(settings, method, found[t]));
  return found;
}

// How far a state is from the solution: from the saddle, or from the curve w z = c.
export const distance = (method, [x, y], target) => (method === "glo" ? Math.abs(x * y - target) : Math.hypot(x, y));
