"""The Interpolate page: its views, numbers from the engine, links, files, code that does the same."""

import io
import re

import pytest
import torch
from PIL import Image

from engine.glo import film, latent, metrics, shelf
from pages.generative.walk_view import START
from tests.pages.listings import listings

SLUG = "interpolate"
VIEWS = ("Walk", "Samples", "Directions", "Arithmetic", "Your picture", "Compare")


def table(test):
    rows = next(element.value for element in test.markdown if "Quantity" in element.value).splitlines()[2:]
    return {row.split("|")[1].strip(): row.split("|")[3].strip(" *") for row in rows}


def run_code(test):
    space = {}
    exec(compile(listings(test)[0], "code", "exec"), space)
    return space


@pytest.fixture(scope="module")
def model():
    return shelf.load("faces")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_its_parts(app, view):
    test = app(SLUG, lat_view=view)
    assert not test.exception
    heads = [head.value for head in test.subheader]
    assert heads == ["Numbers", "What to notice", "The code", "Go deeper"]


def test_the_numbers_of_a_walk_are_the_engines(app, model):
    found = table(app(SLUG, lat_corners="3,5,7,9", lat_at="0.25,0.5"))
    codes = model.codes[[3, 5, 7, 9]]
    point = latent.blend(codes, 0.25, 0.5)
    assert float(found["Length of the code at the point"]) == pytest.approx(float(point.norm()), abs=6e-4)
    turning = metrics.roughness(model.decode(latent.path(codes[0], codes[1], 24)))
    assert float(found["Turning of the path from A to B"]) == pytest.approx(float(turning), abs=6e-3)


@pytest.mark.parametrize("how", ["Straight", "Spherical"])
def test_the_code_of_a_walk_makes_the_same_pictures(app, model, how, capsys):
    space = run_code(app(SLUG, lat_path=how, lat_corners="3,5,7,9", lat_at="0.25,0.5", lat_steps="7"))
    codes = model.codes[[3, 5, 7, 9]]
    name = {"Straight": "linear", "Spherical": "spherical"}[how]
    torch.testing.assert_close(
        space["strip"], model.decode(latent.path(codes[0], codes[1], 7, name)), atol=1e-5, rtol=0
    )
    expected = model.decode(latent.blend(codes, 0.25, 0.5, name)[None])[0]
    torch.testing.assert_close(space["picture"], expected, atol=1e-5, rtol=0)


def test_a_corner_can_be_a_sample(app, model, capsys):
    total = len(model.codes)
    test = app(SLUG, lat_corners=f"3,{total + 2},7,9")
    space = run_code(test)
    noise = torch.randn(16, 32, generator=torch.Generator().manual_seed(0))
    sample = latent.fit_gaussian(model.codes).sample(noise)[2]
    torch.testing.assert_close(space["corners"][1], sample / sample.norm().clamp_min(1), atol=1e-5, rtol=0)
    assert any("A corner is a sample" in element.value for element in test.markdown)


def test_nonsense_in_the_link_falls_back(app):
    for query in ({"lat_corners": "999999,1", "lat_at": "7,7"}, {"lat_corners": "x,1", "lat_at": "nan,1"}):
        test = app(SLUG, **query)
        assert not test.exception
        assert "latent.blend(corners, 0.5, 0.5" in listings(test)[0]
    assert str(list(START["faces"])) in listings(test)[0]


@pytest.mark.parametrize(
    "link",
    [
        {"lat_steps": "7", "lat_count": "3", "lat_path": "Spherical", "lat_model": "Shapes"},
        {"lat_steps": "7.0", "lat_count": "03", "lat_path": "spherical", "lat_model": "shapes"},
        {"lat_steps": "99", "lat_count": "5", "lat_path": "Curved", "lat_model": "Nobody's"},
    ],
)
def test_the_figure_shows_what_the_controls_after_it_say(app, link):
    test = app(SLUG, **link)
    assert not test.exception
    code = listings(test)[0]
    (steps,) = (slider.value for slider in test.slider)
    controls = {group.label: group.value for group in test.get("button_group")}
    assert f"for i in range({steps})])" in code
    assert f", {controls['Path']!r})" in code
    corners = re.search(r"model\.codes\[\[([\d, ]+)\]\]", code).group(1)
    assert len(corners.split(",")) == controls["Corners"]
    assert f"shelf.load({test.selectbox[0].value!r})" in code


def test_samples_directions_and_arithmetic_code_make_what_the_browser_is_told(app, model, capsys):
    samples = run_code(app(SLUG, lat_view="Samples", lat_heat="0.7", lat_seed="3"))
    noise = torch.randn(len(samples["z"]), 32, generator=torch.Generator().manual_seed(3))
    expected = latent.fit_gaussian(model.codes).sample(noise, 0.7)
    expected = expected / expected.norm(dim=1, keepdim=True).clamp_min(1)
    torch.testing.assert_close(samples["z"], expected, atol=1e-4, rtol=0)

    moved = run_code(app(SLUG, lat_view="Directions", lat_moved="4,1.5,0,-0.5", lat_keep="false"))
    found = latent.principal_directions(model.codes, 6)
    step = torch.tensor([1.5, 0, -0.5, 0, 0, 0]) @ (found.axes * found.deviations[:, None])
    torch.testing.assert_close(moved["z"], model.codes[4] + step, atol=1e-4, rtol=0)

    added = run_code(app(SLUG, lat_view="Arithmetic", lat_moved="4,2", lat_keep="false"))
    torch.testing.assert_close(added["z"], model.codes[4] + 2 * added["direction"], atol=1e-5, rtol=0)


def test_arithmetic_says_when_nothing_is_known(app, monkeypatch):
    monkeypatch.setattr("engine.glo.attributes.of", lambda _: [])
    test = app(SLUG, lat_view="Arithmetic")
    assert not test.exception
    assert any("nothing to add" in element.value for element in test.info)


def test_the_films_are_files(model):
    frames = model.decode(latent.path(model.codes[0], model.codes[1], 5))
    assert Image.open(io.BytesIO(film.gif(frames))).n_frames == 8
    assert Image.open(io.BytesIO(film.sprite(frames))).size == (5 * 25, 25)
