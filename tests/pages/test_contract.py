"""What every page owes its reader: one title, its question, a provenance chip, words, code, no exception."""

from pathlib import Path

import pytest

from pages.registry import PAGES

ROOT = Path(__file__).resolve().parents[2] / "pages"
LESSONS = [entry for entry in PAGES if entry.slug]


@pytest.fixture(scope="module")
def opened():
    """Pages that were opened once; these tests only look."""
    return {}


@pytest.fixture
def page(app, opened):
    """page(slug) -> the page as it opens."""

    def open_(slug):
        if slug not in opened:
            opened[slug] = app(slug)
        return opened[slug]

    return open_


def _words(test):
    return "\n".join(element.value for element in test.markdown)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug or "home")
def test_a_page_opens_with_title_question_and_provenance(page, entry):
    test = page(entry.slug)
    assert not test.exception
    assert [title.value for title in test.title] == [entry.title]
    words = _words(test)
    assert entry.question in words
    assert any(kind in words for kind in ("live", "stored run", "analytic"))


@pytest.mark.parametrize("entry", LESSONS, ids=lambda entry: entry.slug)
def test_a_page_has_its_parts_in_order(page, entry):
    heads = [head.value for head in page(entry.slug).subheader]
    for part in ("Numbers", "What to notice", "The code", "Go deeper"):
        assert part in heads


@pytest.mark.parametrize("entry", LESSONS, ids=lambda entry: entry.slug)
def test_widget_keys_carry_the_pages_prefix(page, entry):
    test = page(entry.slug)
    kinds = (test.selectbox, test.slider, test.toggle, test.number_input, test.text_input)
    keys = [widget.key for kind in kinds for widget in kind]
    assert keys
    assert all(key and key.startswith(entry.prefix) for key in keys), keys


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug or "home")
def test_the_registry_names_the_components_of_the_first_view(page, entry):
    drawn = {found.proto.component_name for found in page(entry.slug).get("bidi_component")}
    assert drawn - {"explorer.listing"} == {f"explorer.{name}" for name in entry.figures}


def test_slugs_prefixes_and_files_are_unique_and_there():
    for field in ("slug", "prefix", "file"):
        values = [getattr(entry, field) for entry in PAGES]
        assert len(set(values)) == len(values)
    assert all((ROOT / entry.file).is_file() for entry in PAGES)


def test_pages_hold_no_page_config_and_engine_no_streamlit():
    engine = ROOT.parent / "engine"
    for file in engine.rglob("*.py"):
        text = file.read_text("utf-8")
        assert "import streamlit" not in text, file
        assert "import plotly" not in text, file
