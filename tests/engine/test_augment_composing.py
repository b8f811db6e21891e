"""Compositions: SimCLR's views against torchvision picture by picture; seeds; order; error sentences."""

from __future__ import annotations

import pytest
import torch
from augment_cases import SHAPES, generator, pictures
from test_augment_jitter import by_torchvision
from torchvision.transforms import functional as reference

from engine.augment import (
    OPERATORS,
    Operator,
    augment,
    mean_change,
    recipe,
    simclr_views,
    trace,
)
from engine.images import ImageError
from engine.settings import SettingError


def _by_torchvision(images, steps):
    """The crop, jitter and grey that `steps` drew, through torchvision, one picture after another."""
    crop, jitter, drop = (step.drawn for step in steps)
    made = []
    for number, image in enumerate(images):
        box = [int(crop[name][number]) for name in ("top", "left", "height", "width")]
        image = reference.resized_crop(image, *box, list(images.shape[-2:]), antialias=True)
        image = reference.hflip(image) if crop["mirrored"][number] else image
        image = by_torchvision(image, jitter, number)
        made.append(reference.rgb_to_grayscale(image, image.shape[0]) if drop["applied"][number] else image)
    return torch.stack(made)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_simclr_views_are_torchvisions_picture_by_picture(shape):
    images = pictures(shape)
    for seed in range(4):
        views = simclr_views(images, generator(seed), strength=1.0)
        steps = trace(images, recipe(1.0), generator(seed))
        torch.testing.assert_close(views, _by_torchvision(images, steps), atol=1e-5, rtol=0)
        torch.testing.assert_close(views, steps[-1].images, atol=0, rtol=0)


@pytest.mark.parametrize("exact", [True, False])
def test_the_same_seed_gives_the_same_views_and_another_does_not(exact):
    images = pictures((16, 3, 32, 32))
    before = images.clone()
    one, two, other = (simclr_views(images, generator(seed), exact=exact) for seed in (7, 7, 8))
    torch.testing.assert_close(one, two, atol=0, rtol=0)
    assert (one - other).abs().mean() > 0.05
    torch.testing.assert_close(images, before, atol=0, rtol=0)
    both = generator(7)
    first, second = (simclr_views(images, both, exact=exact) for _ in range(2))
    torch.testing.assert_close(first, one, atol=0, rtol=0)
    assert (second - first).abs().mean() > 0.05  # the second view of a pair is another one


def test_every_picture_has_parameters_of_its_own():
    one = pictures((1, 3, 32, 32))
    views = simclr_views(one.expand(32, -1, -1, -1), generator())
    assert torch.pdist(views.flatten(1)).min() > 0.1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_views_keep_the_type_and_stay_in_range(dtype):
    images = pictures((4, 3, 32, 32)).to(dtype)
    for exact in (True, False):
        views = simclr_views(images, generator(), strength=1.0, exact=exact)
        assert views.dtype == dtype
        assert views.min() >= 0
        assert views.max() <= 1.01


def test_mixed_precision_does_not_coarsen_the_pictures():
    images = pictures((4, 3, 32, 32))
    with torch.autocast("cpu", torch.bfloat16):
        inside = [augment(images, recipe(blur=True), generator(), exact=exact) for exact in (True, False)]
    outside = [augment(images, recipe(blur=True), generator(), exact=exact) for exact in (True, False)]
    for one, other in zip(inside, outside, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_the_order_matters_and_is_kept():
    images = pictures((8, 3, 32, 32))
    noise, blur = OPERATORS["noise"](), OPERATORS["blur"](probability=1.0, smallest=2.0)
    noisy_last = augment(images, (blur, noise), generator())
    smooth_last = augment(images, (noise, blur), generator())
    roughness = [(each[..., 1:] - each[..., :-1]).abs().mean().item() for each in (noisy_last, smooth_last)]
    assert roughness[0] > 1.5 * roughness[1]


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_operator_keeps_shape_and_range(name, shape):
    made = augment(pictures(shape), [OPERATORS[name](probability=1.0)], generator())
    assert made.shape == shape
    assert made.min() >= 0
    assert made.max() <= 1 + 1e-6


@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_drawn_has_the_batch_as_its_first_axis_and_can_be_applied_again(name):
    shape = (7, 3, 12, 14)
    operator, images = OPERATORS[name](), pictures(shape)
    drawn = operator.draw(shape, generator())
    assert {len(value) for value in drawn.values()} == {7}
    torch.testing.assert_close(operator.apply(images, drawn), operator.apply(images, drawn), atol=0, rtol=0)
    part = {key: value[2:4] for key, value in drawn.items()}
    torch.testing.assert_close(
        operator.apply(images[2:4], part), operator.apply(images, drawn)[2:4], atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("name", OPERATORS)
def test_pictures_changed_in_portions_are_the_same(name, monkeypatch):
    images = pictures((7, 3, 20, 20))
    wanted = augment(images, [OPERATORS[name](probability=0.7)], generator())
    monkeypatch.setattr("engine.augment.operator.TOGETHER", 3 * 3 * 20 * 20)
    got = augment(images, [OPERATORS[name](probability=0.7)], generator())
    torch.testing.assert_close(got, wanted, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", OPERATORS)
def test_with_probability_zero_nothing_changes(name):
    images = pictures((6, 3, 12, 12))
    made = augment(images, [OPERATORS[name](probability=0.0)], generator())
    torch.testing.assert_close(made, images, atol=0, rtol=0)


def test_the_registry_is_the_lectures_figure():
    assert [each.letter for each in OPERATORS.values()] == list("abcdefghij")
    assert [each.title for each in OPERATORS.values()] == [
        "Original",
        "Crop and resize",
        "Crop, resize (and flip)",
        "Color distort. (drop)",
        "Color distort. (jitter)",
        "Rotate {90°, 180°, 270°}",
        "Cutout",
        "Gaussian noise",
        "Gaussian blur",
        "Sobel filtering",
    ]
    for operator in OPERATORS.values():
        assert all(rule.why and rule.title for rule in operator.rules().values()), operator.name
        assert operator.from_dict(operator().to_dict()) == operator()


@pytest.mark.parametrize(
    ("switches", "names"),
    [
        ({}, ["crop_flip", "jitter", "drop"]),
        ({"blur": True}, ["crop_flip", "jitter", "drop", "blur"]),
        ({"flip": False}, ["crop", "jitter", "drop"]),
        ({"crop": False}, ["flip", "jitter", "drop"]),
        ({"crop": False, "flip": False, "jitter": False, "drop": False}, []),
    ],
)
def test_the_recipe_can_be_switched_part_by_part(switches, names):
    assert [operator.name for operator in recipe(**switches)] == names


def test_the_change_of_a_picture_is_the_mean_over_its_values():
    before, after = pictures((3, 3, 4, 4)), pictures((3, 3, 4, 4), 1)
    found = mean_change(before, after)
    for number in range(3):
        expected = sum((before[number] - after[number]).abs().flatten().tolist()) / 48
        assert found[number].item() == pytest.approx(expected, abs=1e-6)


def test_nothing_to_do_gives_the_pictures():
    images = pictures((2, 3, 8, 8))
    assert augment(images, (), generator()) is images
    assert trace(images, (), generator()) == []


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (torch.zeros(3, 32, 32), r"shaped \(B, 1 or 3, H, W\), got \(3, 32, 32\)"),
        (torch.zeros(2, 4, 8, 8), "got"),
        (torch.zeros(2, 3, 0, 8), "got"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "divide by 255 first"),
    ],
)
def test_other_pictures_are_refused_in_words(images, sentence):
    with pytest.raises(ImageError, match=sentence):
        simclr_views(images, generator())


def test_an_empty_batch_gives_an_empty_batch():
    for exact in (True, False):
        assert simclr_views(torch.zeros(0, 3, 8, 8), generator(), exact=exact).shape == (0, 3, 8, 8)


def test_a_wrong_strength_is_refused_in_words():
    with pytest.raises(SettingError, match="strength"):
        simclr_views(pictures((1, 3, 8, 8)), generator(), strength=-1)


def test_the_base_operator_is_no_operator():
    with pytest.raises(NotImplementedError):
        Operator().draw((1, 3, 8, 8), generator())
    with pytest.raises(NotImplementedError):
        Operator().change_pictures(pictures((1, 3, 8, 8)), {})
