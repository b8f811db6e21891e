"""Supervised training: the lecture's two networks on CIFAR-10, against the textbook's loop over the same network.

    python -m benchmarks.training PATH_TO_CIFAR10_ARCHIVE

The archive is a zip of class folders, as `engine.data.import_archive` takes it; without one, CIFAR-10 from the
data page, if it was downloaded. Both loops train the same network from the same weights, in the same process, with
all cores, and are judged on the same test pictures; only training counts as time, not the tests between epochs.

The textbook's loop: torchvision transforms on each picture, a DataLoader with one worker per core, Adam, float32.
It knows the data as arrays in memory, which spares it the decoding of files.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision import transforms

from benchmarks import common
from engine import data, models
from engine.experiment import FreeRun
from engine.jobs import machine
from engine.settings import SettingsBase
from engine.training import Learner, Loop, Optimisation, Plan, Precision, supervised
from engine.training.supervised import Changes, Pictures

CPU = torch.device("cpu")
GOAL = 0.70
PLAIN_SECONDS, CNN_SECONDS = 15.0, 90.0  # what the class waits at most
PLAIN_EPOCHS, CNN_EPOCHS = 5, 4  # everything else as the engine's defaults are
TEXTBOOK_BATCH, TEXTBOOK_RATE = (
    64,
    1e-3,
)  # Adam's default rate; of 32, 64 and 128 the batch that gets there first
TEXTBOOK_LIMIT = 900.0  # seconds after which the textbook's loop is given up


def load(archive: Path | None) -> tuple[Pictures, Pictures]:
    """Training and test pictures of CIFAR-10."""
    name = "cifar10"
    if archive is not None:
        name = data.import_archive(archive, "cifar10-benchmark").name
    train, test = data.load(name), data.load(name, "test")
    pictures = Pictures(train.images, train.labels, len(train.classes), CPU)
    return pictures, Pictures(test.images, test.labels, pictures.classes, CPU, like=pictures)


def network(name: str, seed: int = 0) -> nn.Module:
    """One of the lecture's two, with weights from the seed."""
    shape, classes = (3, 32, 32), 10
    model = (
        models.mlp(models.MLP(), shape, classes)
        if name == "plain"
        else models.cnn(models.CNN(), shape, classes)
    )
    models.initialise(model, torch.Generator().manual_seed(seed))
    return model


def accuracy(model: nn.Module, test: Pictures, precision: Precision) -> float:
    """Share of the test pictures predicted right."""
    right = supervised.predict(model, test, precision).argmax(1) == test.labels
    return right.float().mean().item()


def ours(
    name: str, train: Pictures, test: Pictures, plan: Plan, optimisation: Optimisation, changes: Changes
) -> dict[str, Any]:
    """Train with the engine's loop; accuracy and seconds of training after each epoch."""
    model = network(name, plan.seed)

    def compute(model: nn.Module, batch: supervised.Labelled) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return supervised.cross_entropy(model, batch, precision=learner.precision)

    learner: Learner[supervised.Labelled] = Learner(model, compute, optimisation, device=CPU, seed=plan.seed)
    history: list[tuple[float, float]] = []

    def report(kind: str, values: Mapping[str, Any]) -> None:
        if kind == "test" and values["full"]:
            history.append((round(values["seconds"], 2), round(values["accuracy"], 4)))
            print(f"  {name}: {values['accuracy']:.1%} after {values['seconds']:.1f} s", flush=True)

    loop: Loop[SettingsBase, supervised.Labelled] = Loop(
        SettingsBase(),
        {"": learner},
        len(train),
        lambda indices, generator: train.batch(indices, generator, changes),
        device=CPU,
        plan=lambda _: plan,
        test=lambda _name, learner, full: (
            {"accuracy": accuracy(learner.model, test, learner.precision)} if full else {}
        ),
    )
    loop.run(FreeRun(), report)
    return {
        "history": history,
        "accuracy": history[-1][1],
        "seconds": history[-1][0],
        "seconds_to_goal": first(history),
        "images_per_second": round(loop.examples / learner.seconds),
        "precision": str(learner.precision.dtype),
        "settings": {
            "plan": plan.to_dict(),
            "optimisation": optimisation.to_dict(),
            "changes": changes.to_dict(),
        },
    }


class Textbook(TorchDataset[tuple[torch.Tensor, int]]):
    """Pictures one by one, transformed one by one, as torchvision's own CIFAR-10 class gives them."""

    def __init__(self, pictures: Pictures, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self.images = pictures.images.permute(0, 2, 3, 1).contiguous().numpy()
        self.labels: list[int] = pictures.labels.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(np.asarray(self.images[index]))), self.labels[index]


def textbook(name: str, train: Pictures, test: Pictures, *, limit: float = TEXTBOOK_LIMIT) -> dict[str, Any]:
    """Train the same network as books do, to the goal or `limit` seconds; accuracy and seconds after each epoch."""
    mean, deviation = (train.mean / 255).flatten().tolist(), (train.deviation / 255).flatten().tolist()
    prepared = transforms.Compose(
        [
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(mean, deviation),
        ]
    )
    workers = machine.cores()
    loader = DataLoader(
        Textbook(train, prepared),
        TEXTBOOK_BATCH,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    model = network(name)
    optimiser = torch.optim.Adam(model.parameters(), TEXTBOOK_RATE)
    precision, history, seconds = Precision(CPU, None, channels_last=False), [], 0.0
    while seconds < limit and first(history) is None:
        model.train()
        start = time.perf_counter()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        seconds += time.perf_counter() - start
        history.append((round(seconds, 2), round(accuracy(model, test, precision), 4)))
        print(f"  textbook {name}: {history[-1][1]:.1%} after {seconds:.1f} s", flush=True)
    return {
        "history": history,
        "accuracy": history[-1][1],
        "seconds": history[-1][0],
        "seconds_to_goal": first(history),
        "images_per_second": round(len(history) * len(train) / seconds),
        "settings": {"batch_size": TEXTBOOK_BATCH, "optimiser": "adam", "learning_rate": TEXTBOOK_RATE},
    }


def first(history: list[tuple[float, float]], goal: float = GOAL) -> float | None:
    """Seconds of training when the goal was first reached."""
    return next((seconds for seconds, share in history if share >= goal), None)


def precisions(train: Pictures, *, rounds: int = 9) -> dict[str, dict[str, common.Timing]]:
    """One training step of 256 pictures per network, number format and memory layout."""
    batch = train.batch(torch.arange(256), torch.Generator().manual_seed(0), Changes())
    found = {}
    for name in ("plain", "cnn", "resnet"):
        arms = {}
        for dtype in (None, torch.bfloat16):
            for channels_last in (False, True):
                precision = Precision(CPU, dtype, channels_last)
                model = models.resnet(models.ResNet(), (3, 32, 32), 10) if name == "resnet" else network(name)
                learner: Learner[supervised.Labelled] = Learner(
                    model,
                    lambda model, batch, precision=precision: supervised.cross_entropy(  # type: ignore[misc]
                        model, batch, precision=precision
                    ),
                    Optimisation(),
                    device=CPU,
                    precision=precision,
                )
                label = f"{'float32' if dtype is None else 'bfloat16'} {'NHWC' if channels_last else 'NCHW'}"
                arms[label] = lambda learner=learner: learner.step(batch, done=0, total=1)
        found[name] = common.interleave(arms, rounds=rounds)
        print(
            common.table(f"One step of the {name} network, 256 pictures", found[name], ours="bfloat16 NHWC")
        )
    return found


def main() -> None:
    """Run everything, print it, and write the result file."""
    try:
        train, test = load(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except data.DataError as error:
        print(f"{error} Give the path of an archive: python -m benchmarks.training cifar10.zip")
        return
    torch.set_num_threads(machine.cores())
    before = common.machine()
    plain = ours("plain", train, test, Plan(epochs=PLAIN_EPOCHS), Optimisation(), Changes())
    cnn = ours("cnn", train, test, Plan(epochs=CNN_EPOCHS), Optimisation(), Changes())
    other = textbook("cnn", train, test)
    steps = precisions(train)
    ratio = None
    if cnn["seconds_to_goal"] and other["seconds_to_goal"]:
        ratio = round(other["seconds_to_goal"] / cnn["seconds_to_goal"], 2)
    print(
        f"  time to {GOAL:.0%}: ours {cnn['seconds_to_goal']} s, textbook {other['seconds_to_goal']} s, x{ratio}"
    )
    common.write(
        "training",
        ["torch", "torchvision", "numpy", "pillow"],
        {
            "threads": torch.get_num_threads(),
            "machine_before": before,
            "pictures": {"train": len(train), "test": len(test)},
            "plain": plain,
            "cnn": cnn,
            "textbook_cnn": other,
            "times_faster_to_goal": ratio,
            "goals": {
                "plain 52 % within 15 s": plain["accuracy"] >= 0.52 and plain["seconds"] <= PLAIN_SECONDS,
                "cnn 70 % within 90 s": (cnn["seconds_to_goal"] or 1e9) <= CNN_SECONDS,
                "twice as fast as the textbook": (ratio or 0) >= 2,
            },
            "steps": steps,
        },
    )


if __name__ == "__main__":
    main()
