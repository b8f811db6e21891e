"""Codes in one plane through time."""

import torch

from engine.glo import planes


def codes(seed=0):
    drawn = torch.randn(200, 5, generator=torch.Generator().manual_seed(seed))
    return drawn * torch.tensor([0.1, 3.0, 0.2, 1.5, 0.3])


def test_the_plane_holds_the_two_widest_directions():
    axes = planes.plane(codes())
    torch.testing.assert_close(axes.T @ axes, torch.eye(2), atol=1e-5, rtol=0)
    assert abs(axes[1, 0]) > 0.98
    assert abs(axes[3, 1]) > 0.98


def test_a_plane_that_lay_turned_before_lies_so_again():
    turn = torch.tensor(0.7)
    rotation = torch.stack([torch.stack([turn.cos(), -turn.sin()]), torch.stack([turn.sin(), turn.cos()])])
    before = planes.plane(codes()) @ rotation
    torch.testing.assert_close(planes.plane(codes(), before), before, atol=1e-4, rtol=0)
    assert planes.plane(codes(), torch.zeros(3, 2)).shape == (5, 2)


def test_all_moments_are_seen_from_the_same_side():
    history = torch.stack([codes(1), codes(1) + 1, codes(1)])
    axes = planes.plane(history[-1])
    places = planes.project(history, axes)
    torch.testing.assert_close(places[0], places[2])
    torch.testing.assert_close(
        places[1] - places[0], (torch.ones(5) @ axes).expand(200, 2), atol=1e-4, rtol=0
    )
    torch.testing.assert_close(places[-1].mean(0), torch.zeros(2), atol=1e-4, rtol=0)


def test_codes_of_one_number_lie_on_a_line():
    places = planes.project(codes()[None, :, :1], planes.plane(codes()[:, :1]))
    assert places.shape == (1, 200, 2)
    assert places[..., 1].abs().max() == 0
