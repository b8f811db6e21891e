"""Two numbers that are trained against each other, or together: why saddle points are hard and GLO has none.

The state is (x, y). In a game x goes down the value V and y goes up it, as generator and discriminator do:

    "bilinear"   V = x y                            the saddle itself, at (0, 0)
    "dirac"      V = f(x y), f(t) = -log(1 + e^-t)  the Dirac-GAN of Mescheder et al. 2018: the data are one point
                                                    at 0, x is where the generator puts its point, y the slope of
                                                    the discriminator

    "simultaneous"  both move from the same place
    "alternating"   x moves first, y answers to the new x
    "penalty"       simultaneous, with the gradient penalty R1: y pays (gamma / 2) y^2

GLO has no opponent. Its smallest case is a generator with one weight w and a code z for one picture c:

    "glo"        L = (w z - c)^2 / 2, both go down it, z stays in the ball |z| <= 1

Every update is exact arithmetic in double precision, the same in the browser
(assets/components/common/games.js), held equal by a test. Closed forms that the tests check, with step size h:
bilinear simultaneous multiplies x^2 + y^2 by 1 + h^2 each step; bilinear alternating keeps x^2 + y^2 - h x y;
with the penalty both games are, near (0, 0), the matrix of `linearised`; GLO multiplies w^2 - z^2 by
1 - h^2 (w z - c)^2 while z is inside the ball.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass

GAMES = ("bilinear", "dirac")
METHODS = ("simultaneous", "alternating", "penalty", "glo")
TARGET = 0.6  # the picture c of the one-weight generator
MOST = 1e6  # a state further away than this has diverged; it stays where it is

State = tuple[float, float]


@dataclass(frozen=True)
class Game:
    """What is played: step size h > 0 and penalty gamma >= 0. Raises ValueError for others."""

    name: str = "bilinear"
    step_size: float = 0.2
    gamma: float = 0.5

    def __post_init__(self) -> None:
        if self.name not in GAMES:
            raise ValueError(f"Games are {' and '.join(GAMES)}; there is no {self.name!r}.")
        if not (self.step_size > 0 and self.gamma >= 0):
            raise ValueError("The step size is positive and the penalty is not negative.")

    def slope(self, product: float) -> float:
        """f'(t): the derivative of V by the product x y."""
        if self.name == "bilinear":
            return 1.0
        return 1 / (1 + math.exp(product)) if product < 700 else 0.0


def value(game: Game, state: State) -> float:
    """V at a state."""
    product = state[0] * state[1]
    if game.name == "bilinear":
        return product
    return -math.log1p(math.exp(-product)) if product > -700 else product


def loss(state: State, target: float = TARGET) -> float:
    """GLO's loss L at (w, z)."""
    return (state[0] * state[1] - target) ** 2 / 2


def step(game: Game, method: str, state: State, target: float = TARGET) -> State:
    """The state after one update. Raises ValueError for another method."""
    x, y = state
    if max(abs(x), abs(y)) > MOST:
        return state
    h = game.step_size
    if method == "glo":
        error = x * y - target
        w, z = x - h * error * y, y - h * error * x
        return w, min(max(z, -1.0), 1.0)
    if method not in METHODS:
        raise ValueError(f"Methods are {', '.join(METHODS)}; there is no {method!r}.")
    down = x - h * y * game.slope(x * y)
    if method == "alternating":
        return down, y + h * down * game.slope(down * y)
    pull = game.gamma * y if method == "penalty" else 0.0
    return down, y + h * (x * game.slope(x * y) - pull)


def trajectory(game: Game, method: str, start: State, steps: int, target: float = TARGET) -> list[State]:
    """`steps` updates from `start`: steps + 1 states."""
    found = [start]
    for _ in range(steps):
        found.append(step(game, method, found[-1], target))
    return found


def linearised(game: Game, method: str) -> tuple[complex, complex]:
    """Eigenvalues of one update near (0, 0), for the methods that play a game.

    Both inside the unit circle: it converges; on it: it circles; outside: it runs away. Raises ValueError for "glo".
    """
    h, s = game.step_size, game.slope(0.0)
    matrices: dict[str, Callable[[], tuple[float, float, float, float]]] = {
        "simultaneous": lambda: (1, -h * s, h * s, 1),
        "alternating": lambda: (1, -h * s, h * s, 1 - (h * s) ** 2),
        "penalty": lambda: (1, -h * s, h * s, 1 - h * game.gamma),
    }
    if method not in matrices:
        raise ValueError(f"{method!r} plays no game around (0, 0).")
    a, b, c, d = matrices[method]()
    middle, root = (a + d) / 2, cmath.sqrt((a - d) ** 2 / 4 + b * c)
    return middle + root, middle - root
