"""The view with two numbers: a game, the ways to play it, and GLO's two numbers with one goal."""

from __future__ import annotations

import math

import streamlit as st

from engine.glo import games
from engine.glo.games import TARGET, Game, State
from pages.generative import games_code
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.controls import choice, real, whole
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

LINKED_START = "sad_at"
START: State = (1.0, -0.8)  # far from either solution
PROVENANCE = Provenance(
    "live", "Your browser computes every update as engine.glo.games does; a test holds the two equal."
)
GAMES = {"bilinear": "V = x y", "dirac": "Dirac-GAN"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
METHODS = {
    "simultaneous": "Both at once",
    "alternating": "In turn",
    "penalty": "With gradient penalty",
    "glo": "GLO: both go down",
}


def _start() -> State:
    """Where the walk begins: as dragged, on arrival as linked."""
    component = st.session_state.get("sad_plane")
    if component is not None and component.get("start") is not None:
        x, y = component["start"]
        if (x, y) == START:
            st.query_params.pop(LINKED_START, None)
        else:
            st.query_params[LINKED_START] = f"{x:g},{y:g}"
        return float(x), float(y)
    try:
        x, y = (float(part) for part in st.query_params.get(LINKED_START, "").split(","))
    except ValueError:
        return START
    return (x, y) if abs(x) <= 2 and abs(y) <= 2 else START


def _away(method: str, state: State) -> float:
    """Distance from the solution: the saddle, or the curve where w z = c."""
    return abs(state[0] * state[1] - TARGET) if method == "glo" else math.hypot(*state)


def _facts(game: Game, start: State, steps: int) -> list[Fact]:
    facts = []
    for method, title in METHODS.items():
        end = games.trajectory(game, method, start, steps)[-1]
        facts.append(
            Fact(
                f"{title}: distance after {steps} updates",
                "from the curve w z = c" if method == "glo" else "√(x² + y²)",
                _short(_away(method, end)),
            )
        )
    for method in ("simultaneous", "alternating", "penalty"):
        most = max(abs(value) for value in games.linearised(game, method))
        facts.append(
            Fact(f"{METHODS[method]}: factor per update near 0", _factor_formula(game, method), f"{most:.4f}")
        )
    return facts


def _factor_formula(game: Game, method: str) -> str:
    slope = game.slope(0.0)
    h = game.step_size * slope
    if method == "simultaneous":
        return f"√(1 + {h:g}²)"
    if method == "alternating":
        return "√(determinant) = 1" if h <= 2 else "largest eigenvalue"
    return f"largest eigenvalue of (1, −{h:g}; {h:g}, 1 − {game.step_size * game.gamma:g})"


def _short(value: float) -> str:
    if value >= 1e4 or 0 < value < 1e-4:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa} · 10{str(int(exponent)).translate(_RAISED)}"
    return f"{value:.3g}"


def _notice(game: Game, start: State, steps: int) -> list[str]:
    ends = {method: _away(method, games.trajectory(game, method, start, steps)[-1]) for method in METHODS}
    first = math.hypot(*start)
    said = []
    if ends["simultaneous"] > first:
        said.append(
            "**A gradient that never points home.** When both move at once, each step is at a right angle to"
            f" the way to the solution, so the distance grows: from {first:.2f} to {_short(ends['simultaneous'])}."
        )
    if 0.2 < ends["alternating"] / max(first, 1e-9) < 5:
        said.append(
            "Taking turns stops the growth, but the two only circle: no loss falls, however long you wait."
        )
    if game.gamma == 0:
        said.append("Without a penalty the green path is the red one. Raise the penalty and it turns inward.")
    elif ends["penalty"] < 0.5 * first:
        said.append(
            "The gradient penalty damps the discriminator, and the spiral turns inward. It is one of the advances"
            " that stabilised GANs; its strength is one more setting to get right."
        )
    end = games.trajectory(game, "glo", start, steps)[-1]
    if ends["glo"] > 0.1 and math.hypot(*end) < 0.1:
        said.append(
            "From exactly here GLO's two numbers cancel out and end at (0, 0): its loss has a saddle of its own. But"
            " both go down it, so the smallest push leads away: move the start a little."
        )
    else:
        said.append(
            f"GLO's two numbers pull the same way: the loss falls at every step and ends {_short(ends['glo'])} from a"
            " solution. From another start it ends elsewhere on the line, which is just as good."
        )
    return said


def draw(page: PageEntry) -> None:
    """Planes, controls and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        name = choice(
            "Game",
            list(GAMES),
            key="sad_game",
            default="bilinear",
            titles=GAMES.__getitem__,
            segmented=True,
            help="x y is the saddle itself. In the Dirac-GAN the data are one point at 0.",
        )
        size = real("Step size", 0.05, 1.0, 0.05, key="sad_step_size", default=0.2)
        gamma = real("Gradient penalty", 0.0, 2.0, 0.1, key="sad_gamma", default=0.5)
        count = whole("Updates", 50, 600, key="sad_updates", default=200)
        st.caption("Drag the ring in either plane. Press a name above the planes to hide its path.")
    game = Game(name, size, gamma)
    start = _start()
    with left:
        assets.mount(
            "saddle",
            {
                "settings": {"game": name, "stepSize": size, "gamma": gamma},
                "target": TARGET,
                "steps": count,
                "start": list(start),
                "show": count,
            },
            key="sad_plane",
            provenance=PROVENANCE,
            states={"start": None},
        )
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(game, start, count))
    with beside:
        frame.notice(_notice(game, start, count))
    frame.code(games_code.pytorch(game, start, count))
