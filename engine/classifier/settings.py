"""What a race of classifiers depends on: the data, one to four networks, and the batches they share."""

from __future__ import annotations

from dataclasses import dataclass

from engine.models import CNN, MLP, ResNet
from engine.settings import SettingError, SettingsBase, setting
from engine.training import Optimisation, Plan
from engine.training.supervised import Changes

KINDS = ("plain", "cnn", "resnet")
LANES = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Lane(SettingsBase):
    """One network of a race and how it learns. Only the settings of its `kind` count."""

    kind: str = setting("none", words=("none", *KINDS), title="Network")
    plain: MLP = MLP()
    cnn: CNN = CNN()
    resnet: ResNet = ResNet()
    optimisation: Optimisation = Optimisation()

    @property
    def network(self) -> MLP | CNN | ResNet:
        """The settings that count."""
        networks: dict[str, MLP | CNN | ResNet] = {
            "plain": self.plain,
            "cnn": self.cnn,
            "resnet": self.resnet,
        }
        return networks[self.kind]


@dataclass(frozen=True)
class Settings(SettingsBase):
    """A race. `shuffle_pixels` and `shift_test` are the two experiments on what a network knows of space."""

    data: str = setting("shapes", high=80)
    limit: int = setting(0, low=0, high=1_000_000, title="Pictures", why="0: all of the training set")
    first: Lane = Lane("plain")
    second: Lane = Lane("cnn")
    third: Lane = Lane()
    fourth: Lane = Lane()
    plan: Plan = Plan()
    changes: Changes = Changes()
    shuffle_pixels: bool = setting(
        False, title="Shuffle all pixels", why="one fixed permutation of the places, of every picture"
    )
    shift_test: int = setting(
        0, low=0, high=8, unit="px", live=True, title="Shift the test pictures", why="0: as they are"
    )
    slow_motion: bool = setting(False, live=True, title="Take each batch apart")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.lanes:
            raise SettingError("A race needs at least one network: choose one for the first lane.")

    @property
    def lanes(self) -> dict[str, Lane]:
        """The networks that take part, by the name of their lane."""
        lanes: dict[str, Lane] = {name: getattr(self, name) for name in LANES}
        return {name: lane for name, lane in lanes.items() if lane.kind != "none"}
