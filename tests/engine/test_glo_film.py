"""Films as files, read back with Pillow."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine.glo import film
from engine.images import to_uint8


@pytest.mark.parametrize("channels", [1, 3])
def test_a_gif_goes_there_and_back_in_squares(channels):
    frames = torch.linspace(0, 1, 4).view(4, 1, 1, 1).expand(4, channels, 5, 7)
    picture = Image.open(io.BytesIO(film.gif(frames, scale=3, milliseconds=50)))
    assert picture.size == (21, 15)
    assert picture.n_frames == 6
    shown = []
    for index in range(6):
        picture.seek(index)
        assert picture.info["duration"] == 50
        shown.append(int(np.asarray(picture.convert("L"))[7, 10]))
    assert shown == pytest.approx([0, 85, 170, 255, 170, 85], abs=2)
    assert Image.open(io.BytesIO(film.gif(frames, bounce=False))).n_frames == 4


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sprite_has_every_frame_exactly(channels):
    frames = torch.rand(3, channels, 4, 5, generator=torch.Generator().manual_seed(0))
    pixels = np.asarray(Image.open(io.BytesIO(film.sprite(frames)))).reshape(4, 15, channels)
    for index, frame in enumerate(to_uint8(frames)):
        assert np.array_equal(pixels[:, 5 * index : 5 * index + 5], frame.permute(1, 2, 0).numpy())
