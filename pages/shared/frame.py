"""The anatomy every page shares: header with chips, numbers, what to notice, the code, go deeper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.registry import BY_SLUG, PageEntry
from pages.shared import lessons, listing, presenter
from pages.shared.lessons import Step
from pages.shared.provenance import Provenance, chip


@dataclass(frozen=True)
class Fact:
    """One line of the numbers: what, the formula with its values filled in, the value with its unit."""

    what: str
    formula: str
    value: str


def header(
    page: PageEntry,
    provenance: Provenance,
    *,
    device: str,
    data: str,
    steps: Sequence[Step] = (),
    parameters: Sequence[str] = (),
) -> None:
    """Title, question, chips and the lesson; in presenter mode in two rows that no step moves."""
    presenting = presenter.presenting()
    if not presenting:
        st.title(page.title, anchor=False)
        st.markdown(page.question)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if presenting:
            st.title(page.title, anchor=False, width="content")
        chip(provenance)
        st.badge(device, icon=":material/memory:", color="gray", help="The device that computed this page.")
        st.badge(data, icon=":material/image:", color="gray", help="The data on this page.")
        if presenting:
            st.space("stretch")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                lessons.turning(page, steps, parameters)
        elif steps:
            lessons.menu(page, steps, parameters)
    if presenting:
        with st.container(key=presenter.LINE):
            st.markdown(lessons.line(page, steps))


def numbers(page: PageEntry, facts: Iterable[Fact], *, name: str = "numbers") -> None:
    """The numbers, aligned, with their formulas, and the same table as CSV."""
    rows = [(fact.what, fact.formula, f"**{fact.value}**") for fact in facts]
    numbers_table(page, ("Quantity", "How", "Value"), rows, align="llr", name=name)


def numbers_table(
    page: PageEntry,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    align: str,
    name: str = "numbers",
) -> None:
    """The numbers as a table with columns of its own.

    Args:
        page: The page.
        columns: Headings.
        rows: Texts in Markdown.
        align: One letter per column: l or r.
        name: Of the CSV file.
    """
    st.subheader("Numbers", anchor=False)
    rules = {"l": ":--", "r": "--:"}
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(rules[side] for side in align) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    st.markdown("\n".join(lines))
    plain = [[cell.replace("*", "").replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in rows]
    table = pd.DataFrame(plain, columns=list(columns))
    csv_button(page, table, name)


def csv_button(page: PageEntry, table: pd.DataFrame, name: str, label: str = "Numbers as CSV") -> None:
    """Offer a table as a CSV file, written when asked for: one per run of the script is gone before it is seen."""
    st.download_button(
        label,
        lambda: table.to_csv(index=False).encode(
            "utf-8-sig"
        ),  # with a mark, so that spreadsheets read the signs
        file_name=f"{page.slug}-{name}.csv",
        mime="text/csv",
        key=f"{page.prefix}csv_{name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def notice(sentences: Sequence[str]) -> None:
    """What to notice: two or three sentences about the state on screen."""
    st.subheader("What to notice", anchor=False)
    for sentence in sentences:
        st.markdown(sentence)


def code(pytorch: str, keras: str | None = None) -> None:
    """The code that would do the same: PyTorch that runs as pasted, and the Keras line of the lecture."""
    st.subheader("The code", anchor=False)
    listing.draw(pytorch, key="listing_pytorch", title="PyTorch code")
    if keras:
        st.caption("The same layer in Keras, as on the slide")
        listing.draw(keras, key="listing_keras", title="Keras code")


def deeper(links: Mapping[str, str], lecture: str, following: str | None) -> None:
    """Paper, lecture section, next page.

    Args:
        links: Text -> web address.
        lecture: The lecture's headings this page speaks of.
        following: Slug of the next page.
    """
    st.subheader("Go deeper", anchor=False)
    parts = [f"[{text}]({address})" for text, address in links.items()]
    st.markdown(f"Lecture: {lecture}.  \nRead: " + " · ".join(parts))
    if following is not None:
        entry = BY_SLUG[following]
        st.page_link(entry.file, label=f"Next: {entry.title}", icon=entry.icon, query_params={})
