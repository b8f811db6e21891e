"""The code panel of the two-number games: the same updates from torch's gradients."""

from __future__ import annotations

from engine.glo.games import TARGET, Game, State

_VALUE = {"bilinear": "x * y", "dirac": "-F.softplus(-x * y)"}


def pytorch(game: Game, start: State, steps: int) -> str:
    """Text that ends with `ends`: the last state of every method."""
    function = "import torch.nn.functional as F\n" if game.name == "dirac" else ""
    return f"""import torch
{function}
h, gamma, c = {game.step_size:g}, {game.gamma:g}, {TARGET:g}  # step size, penalty, the picture GLO wants


def value(x, y):  # x goes down it, y goes up it
    return {_VALUE[game.name]}


def slopes(function, x, y):
    x, y = (v.detach().requires_grad_() for v in (x, y))
    return torch.autograd.grad(function(x, y), (x, y))


def walk(method, x, y):
    for _ in range({steps}):
        if method == "glo":  # x is the generator's weight, y the code: both go down one loss
            dx, dy = slopes(lambda w, z: (w * z - c) ** 2 / 2, x, y)
            x, y = x - h * dx, (y - h * dy).clamp(-1, 1)
            continue
        dx, dy = slopes(value, x, y)
        x_new = x - h * dx
        if method == "alternating":  # y answers to the new x
            dy = slopes(value, x_new, y)[1]
        if method == "penalty":  # R1: y pays gamma / 2 * y ** 2
            dy = dy - gamma * y
        x, y = x_new, y + h * dy
    return x.item(), y.item()


start = torch.tensor([{start[0]!r}, {start[1]!r}], dtype=torch.float64)
ends = {{method: walk(method, *start) for method in ("simultaneous", "alternating", "penalty", "glo")}}
for method, (x, y) in ends.items():
    print(f"{{method:13}} x = {{x:.4g}}, y = {{y:.4g}}")"""
