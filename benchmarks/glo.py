"""GLO's step beside the public code's, and the pictures both have after as many seconds.

Peer: minimal_glo (T. Neumann 2018), re-typed in `benchmarks/minimal_glo.py`. Batch 128, codes of 32 numbers, digits.

1. The loss alone: one pyramid of the difference, against two pyramids, and against kornia's pyramid twice. They are
   different pyramids (see engine.glo.pyramid), so what is checked is that each equals its own two-pyramid form.
2. A whole step with the peer's own generator in both arms: theirs as it is, ours with the same module in our step
   (float32, since it transposes, and channels-last; codes on the device, one pyramid).
3. A whole step as each ships: the peer with its default width 64 and with width 16, ours.
4. PSNR of the training pictures after equal seconds of training, from the same first codes (PCA), by turns.

    python -m benchmarks.glo
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.common import Timing, interleave, table, write
from benchmarks.minimal_glo import Generator as PeerGenerator
from benchmarks.minimal_glo import LapLoss, MinimalGlo, build_gauss_kernel, laplacian_pyramid
from engine import data
from engine.glo import laplacian_pyramid_loss, metrics
from engine.glo.codes import Codes, start
from engine.glo.learning import Batch, CodeSettings, Glo, GloStep, Loss, as_floats, glo_learner
from engine.glo.pyramid import laplacian_pyramid as our_pyramid
from engine.models import Generator
from engine.training import Learner, Optimisation

BATCH, LATENT, SIDE, ROUNDS = 128, 32, 32, 7
SECONDS = (5, 10, 20, 60)  # the last one for ours only
CPU = torch.device("cpu")
PLAIN = Optimisation(learning_rate=6e-3, weight_decay=0.0, schedule="constant")
OURS = "ours"


def digits() -> Tensor:
    """4,000 digits, uint8 (N, 1, 32, 32): padded, since the peer's generator makes powers of two."""
    return functional.pad(data.load("mnist-5k").images, (2, 2, 2, 2))


def losses(images: Tensor) -> dict[str, Callable[[], object]]:
    """The pyramid loss of a batch with its gradient."""
    targets = as_floats(images[:BATCH])
    made = (targets * 0.8).requires_grad_()
    peer = LapLoss(3)

    def two() -> Tensor:
        pairs = zip(our_pyramid(made, 3), our_pyramid(targets, 3), strict=True)
        return torch.stack([(a - b).abs().mean() for a, b in pairs]).sum()

    def kornia_twice() -> Tensor:
        from kornia.geometry.transform import build_laplacian_pyramid

        pairs = zip(build_laplacian_pyramid(made, 4), build_laplacian_pyramid(targets, 4), strict=True)
        return torch.stack([(a - b).abs().mean() for a, b in pairs]).sum()

    torch.testing.assert_close(laplacian_pyramid_loss(made, targets), two())
    kernel = build_gauss_kernel(5, 2.0)
    apart = zip(laplacian_pyramid(made, kernel, 3), laplacian_pyramid(targets, kernel, 3), strict=True)
    literal = sum(functional.l1_loss(a, b) for a, b in apart)
    torch.testing.assert_close(peer(made, targets), literal)
    arms = {
        OURS: lambda: laplacian_pyramid_loss(made, targets),
        "ours, two pyramids": two,
        "minimal_glo": lambda: peer(made, targets),
        "kornia, two pyramids": kornia_twice,
    }
    return {name: _with_gradient(arm) for name, arm in arms.items()}


def _with_gradient(arm: Callable[[], Tensor]) -> Callable[[], object]:
    return lambda: arm().backward()


class Scaled(nn.Module):
    """The peer's generator with pictures in [0, 1]."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, codes: Tensor) -> Tensor:
        """(B, d) to (B, C, 32, 32)."""
        pictures: Tensor = self.generator(codes).float()
        return pictures / 2 + 0.5


def ours_around(generator: nn.Module, codes: Tensor, loss: Loss) -> Learner[Batch]:
    """Our step around any generator."""
    step = GloStep(Glo(generator, Codes(codes)), loss, CodeSettings())
    learner: Learner[Batch] = Learner(step.model, step.compute, PLAIN, device=CPU, after=step.after)
    step.learner = learner
    return learner


def steps(images: Tensor, codes: Tensor) -> dict[str, dict[str, Callable[[], object]]]:
    """Whole steps, by task."""
    rows = torch.arange(BATCH)
    ours_batch = (rows, as_floats(images[:BATCH]))
    peer_batch, indices = as_floats(images[:BATCH]) * 2 - 1, rows.numpy()

    def peer(width: int, loss: nn.Module) -> Callable[[], object]:
        made = MinimalGlo(codes.numpy().copy(), channels=1, n_filter=width, batch_size=BATCH, loss=loss)
        return lambda: made.step(peer_batch, indices)

    def around(width: int, loss: Loss) -> Callable[[], object]:
        made = ours_around(Scaled(PeerGenerator(LATENT, width)), codes.clone(), loss)
        return lambda: made.step(ours_batch, done=0, total=1)

    def shipped(loss: Loss) -> Callable[[], object]:
        made, _ = glo_learner(Generator(latent=LATENT), PLAIN, images, loss, CodeSettings(), seed=0)
        return lambda: made.step(ours_batch, done=0, total=1)

    lap, square = Loss("laplacian"), Loss("l2")
    return {
        "same generator (width 64), Laplacian loss": {
            OURS: around(64, lap),
            "minimal_glo": peer(64, LapLoss(3)),
        },
        "same generator (width 64), L2 loss": {
            OURS: around(64, square),
            "minimal_glo": peer(64, nn.MSELoss()),
        },
        "same generator (width 16), Laplacian loss": {
            OURS: around(16, lap),
            "minimal_glo": peer(16, LapLoss(3)),
        },
        "as shipped, Laplacian loss": {
            OURS: shipped(lap),
            "minimal_glo, width 64": peer(64, LapLoss(3)),
            "minimal_glo, width 16": peer(16, LapLoss(3)),
        },
        "as shipped, L2 loss": {OURS: shipped(square), "minimal_glo, width 64": peer(64, nn.MSELoss())},
    }


class Arm:
    """One contender in the race: how it updates, what it makes of its codes, and for how long it has trained."""

    def __init__(self, update: Callable[[], object], rebuilt: Callable[[], Tensor], targets: Tensor) -> None:
        self.update, self.rebuilt, self.targets = update, rebuilt, targets
        self.passed, self.found = 0.0, dict[str, float]()

    def train(self, until: float) -> None:
        """Go on to `until` seconds of training; the PSNR at every mark passed."""
        while self.passed < until:
            begin = time.perf_counter()
            self.update()
            self.passed += time.perf_counter() - begin
            mark = f"{next((limit for limit in reversed(SECONDS) if self.passed >= limit), 0)} s"
            if mark not in ("0 s", *self.found):
                self.found[mark] = round(float(metrics.psnr(self.rebuilt(), self.targets)), 2)


def after_seconds(images: Tensor, codes: Tensor) -> dict[str, dict[str, float]]:
    """PSNR of the first 1,000 training pictures after seconds of training; the arms take turns of a second."""
    arms = {
        "ours, batch 64": _ours(images, 64),
        "ours, batch 128": _ours(images, 128),
        "minimal_glo, width 64": _peers(images, codes, 64),
        "minimal_glo, width 16": _peers(images, codes, 16),
    }
    for until in range(1, SECONDS[-2] + 1):
        for arm in arms.values():
            arm.train(until)
    arms["ours, batch 64"].train(SECONDS[-1])
    for name, arm in arms.items():
        print(f"  {name:26}" + "".join(f"{key:>7} {value:6.2f} dB" for key, value in arm.found.items()))
    return {name: arm.found for name, arm in arms.items()}


def _ours(images: Tensor, size: int) -> Arm:
    learner, step = glo_learner(Generator(latent=LATENT), PLAIN, images, Loss(), CodeSettings(), seed=0)
    order = _order(len(images))

    def update() -> None:
        rows = order(size)
        learner.step((rows, as_floats(images[rows])), done=0, total=1)

    def rebuilt() -> Tensor:
        with torch.inference_mode():
            made: Tensor = step.model.generator(step.model.codes.values[:1000])
        return made

    return Arm(update, rebuilt, as_floats(images[:1000]))


def _peers(images: Tensor, codes: Tensor, width: int) -> Arm:
    peer = MinimalGlo(codes.numpy().copy(), channels=1, n_filter=width, batch_size=BATCH, loss=nn.MSELoss())
    order = _order(len(images))

    def update() -> None:
        rows = order(BATCH)
        peer.step(as_floats(images[rows]) * 2 - 1, rows.numpy())

    return Arm(update, lambda: peer.reconstruct(1000), as_floats(images[:1000]))


def _order(count: int) -> Callable[[int], Tensor]:
    """Batches without end, seeded."""
    generator, rest = torch.Generator().manual_seed(0), torch.empty(0, dtype=torch.int64)

    def following(size: int) -> Tensor:
        nonlocal rest
        if len(rest) < size:
            rest = torch.randperm(count, generator=generator)
        taken, rest = rest[:size], rest[size:]
        return taken

    return following


def main() -> None:
    """Check, measure, print the tables, write results/glo.json."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = int(
        os.environ.get("OMP_NUM_THREADS", cores)
    )  # fewer where others are at work: two would wait for each other
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    images = digits()
    codes = start(as_floats(images), LATENT, generator=torch.Generator().manual_seed(0))
    timings: dict[str, dict[str, Timing]] = {}
    for task, arms in {"pyramid loss with gradient": losses(images), **steps(images, codes)}.items():
        timings[task] = interleave(arms, rounds=ROUNDS, warm_up=3)
        print(table(task, timings[task], ours=OURS), end="\n\n")
    print("PSNR of training pictures after seconds of training, L2 loss")
    quality = after_seconds(images, codes)
    setting = {
        "batch": BATCH,
        "latent": LATENT,
        "side": SIDE,
        "rounds": ROUNDS,
        "threads": threads,
        "data": "mnist-5k",
    }
    path = write(
        "glo", ("torch", "numpy", "kornia"), {"setting": setting, "timings": timings, "psnr": quality}
    )
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    main()
