"""First-layer weights as a picture: every weight is where it should be, enlarged and on its own unit's scale."""

import pytest
import torch

from engine.classifier.networks import mosaic


@pytest.mark.parametrize(("units", "channels", "side"), [(32, 3, 3), (5, 1, 28), (1, 3, 1)])
def test_every_weight_is_a_square_of_its_colour(units, channels, side):
    weights = torch.randn(units, channels, side, side, generator=torch.Generator().manual_seed(0))
    gap = 4
    picture = mosaic(weights, gap=gap, side=320)
    assert picture.shape[0] == 4
    assert picture.shape[2] <= 320
    columns = int(torch.ceil(torch.tensor(units).sqrt()))
    scale = ((picture.shape[2] + gap) // columns - gap) // side
    cell = side * scale + gap
    for unit in range(units):
        top, left = unit // columns * cell, unit % columns * cell
        for row, column in ((0, 0), (side - 1, side // 2)):
            at = picture[:, top + row * scale, left + column * scale]
            expected = weights[unit, :, row, column] / weights[unit].abs().max() / 2 + 0.5
            assert torch.allclose(at[:3], expected.expand(3), atol=1e-6)
            assert at[3] == 1
        if unit % columns < columns - 1:
            assert (picture[3, top : top + side * scale, left + side * scale] == 0).all() or units == 1
