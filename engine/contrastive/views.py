"""Which augmentations make the two views of a pair, each on or off and with a strength, all changeable while training.

The order is SimCLR's (Chen et al. 2020, appendix A), with the figure's other operators behind it. Two things are not
as in the paper by default, both for small rendered pictures, and both measured (`engine.studies`): crops keep at
least 40 % of the area, because in one of 8 % of a 32 x 32 picture a star and a flower are the same blob; and the hue
turns by up to half a circle, because the paper's tenth leaves the hue of a one-coloured shape as good as known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.augment import (
    CropAndResize,
    CropResizeFlip,
    Cutout,
    Drop,
    Flip,
    GaussianBlur,
    GaussianNoise,
    Jitter,
    Operator,
    Rotate,
    SobelFiltering,
)
from engine.settings import SettingsBase, setting

WIDEST = 2.0  # the jitter's largest strength; hue and the rest are set apart below it


@dataclass(frozen=True)
class Views(SettingsBase):
    """The family of augmentations both views are drawn from; 0 switches one off that has no switch."""

    crop: bool = setting(True, live=True, title="Crop", why="the one SimCLR cannot do without")
    smallest: float = setting(
        0.4,
        low=0.02,
        high=1.0,
        live=True,
        unit="of the area",
        title="Smallest crop",
        why="the paper's 0.08 loses the outline of a small shape: 0.25 against 0.44 kNN accuracy",
    )
    flip: bool = setting(True, live=True, title="Flip", why="the paper's; off for digits and letters")
    jitter: bool = setting(True, live=True, title="Colour jitter", why="with the crop, the paper's best pair")
    strength: float = setting(
        0.5, low=0.0, high=1.25, live=True, title="Jitter strength s", why="SimCLR B.9 for CIFAR-10"
    )
    hue: float = setting(
        0.5,
        low=0.0,
        high=0.5,
        live=True,
        unit="turns",
        title="Hue turned by up to",
        why="the whole circle; the paper's 0.1 (0.2 s) for photographs",
    )
    grey: float = setting(
        0.2, low=0.0, high=1.0, live=True, title="Grey, probability", why="SimCLR, appendix A"
    )
    blur: float = setting(
        0.0,
        low=0.0,
        high=1.0,
        live=True,
        title="Blur, probability",
        why="the paper's 0.5, but 0 at 32 x 32 (B.9)",
    )
    noise: float = setting(
        0.0, low=0.0, high=0.5, live=True, title="Noise, largest", why="not in SimCLR's family"
    )
    cutout: float = setting(
        0.0, low=0.0, high=0.9, live=True, unit="of the side", title="Cutout", why="not in SimCLR's family"
    )
    rotate: float = setting(
        0.0, low=0.0, high=1.0, live=True, title="Quarter turns, probability", why="not in SimCLR's family"
    )
    sobel: float = setting(
        0.0, low=0.0, high=1.0, live=True, title="Sobel, probability", why="not in SimCLR's family"
    )

    @property
    def colourless(self) -> bool:
        """Whether nothing touches the colours."""
        return not self.jitter and self.grey == 0


def without_colour(views: Views | None = None) -> Views:
    """The same family, but nothing touches the colours."""
    return replace(views or Views(), jitter=False, grey=0.0)


def identical() -> Views:
    """No augmentation at all: two views of a picture are the picture, twice."""
    return Views(crop=False, flip=False, jitter=False, grey=0.0)


def paper(views: Views | None = None) -> Views:
    """SimCLR's own settings for 32 x 32 photographs (B.9): crops from 8 % of the area, hue within a tenth of a turn."""
    return replace(views or Views(), smallest=0.08, hue=0.1, strength=0.5)


def operators(views: Views) -> tuple[Operator, ...]:
    """The composition that draws one view; apply it twice."""
    found: list[Operator] = []
    if views.crop and views.smallest < 1:
        crop = CropResizeFlip if views.flip else CropAndResize
        found.append(crop(smallest=views.smallest))
    elif views.flip:
        found.append(Flip())
    if views.rotate:
        found.append(Rotate(probability=views.rotate))
    if views.jitter:
        found.append(_jitter(views))
    if views.grey:
        found.append(Drop(probability=views.grey))
    if views.blur:
        found.append(GaussianBlur(probability=views.blur))
    if views.noise:
        found.append(GaussianNoise(smallest=0.0, largest=views.noise))
    if views.cutout:
        found.append(Cutout(side=max(views.cutout, 0.05)))
    if views.sobel:
        found.append(SobelFiltering(probability=views.sobel))
    return tuple(found)


def _jitter(views: Views) -> Jitter:
    """Brightness, contrast and saturation within 0.8 s, and the hue on its own: the operator ties them all to s."""
    share = 0.8 * views.strength / WIDEST
    return Jitter(strength=WIDEST, brightness=share, contrast=share, saturation=share, hue=views.hue / WIDEST)
