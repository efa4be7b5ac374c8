"""What stands one click behind a visual: what its figures mean, and its rows and picture to take away."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
import pyarrow as pa
import streamlit as st

from streamvision.domain.metric import Metric
from streamvision_web import export
from streamvision_web.definitions import metric
from streamvision_web.language import Language
from streamvision_web.markdown import plain
from streamvision_web.specification import Specification
from streamvision_web.texts import TEXTS

# What is told of a metric, each by the name of the text that calls it.
_FACTS: Mapping[str, Callable[[Metric], Mapping[str, str]]] = {
    "formula": lambda defined: defined.formula,
    "grain": lambda defined: defined.grain,
    "unit": lambda defined: defined.unit,
    "edge_cases": lambda defined: defined.edge_cases,
    "source": lambda defined: defined.source.text,
}


@dataclass
class Frame:
    """Hold what a visual has drawn so far.

    Attributes:
        key: the visual's name that stays.
        title: its title.
        subtitle: what has to be known to read it alone, a line each.
        rows: the tables behind it.
        drawn: the specifications of its charts.

    """

    key: str
    title: str
    subtitle: Sequence[str] = ()
    rows: list[pa.Table | pd.DataFrame] = field(default_factory=list)
    drawn: list[Specification] = field(default_factory=list)


def details(frame: Frame, metrics: Sequence[str], language: Language) -> None:
    """Show the button behind which a visual's definitions and downloads are."""
    if not (metrics or frame.rows or frame.drawn):
        return
    name = language.text("details_of", title=frame.title)
    # The icon alone is seen; a screen reader says the words.
    with st.popover(plain(name), icon=":material/more_vert:", type="tertiary", key=f"more-{frame.key}"):
        define(metrics, language)
        _downloads(frame, language)


def define(metrics: Sequence[str], language: Language) -> None:
    """Show what metrics mean and how they are computed."""
    for name in metrics:
        defined = metric(name)
        lines = [f"#### {plain(defined.label[language.code])}", plain(defined.description[language.code])]
        lines += [f"**{called}** · {plain(words)}" for called, words in facts(defined, language)]
        st.markdown("\n\n".join(lines))


def facts(defined: Metric, language: Language) -> Iterator[tuple[str, str]]:
    """Yield what is told of a metric beside its description: what each fact is called, and its words."""
    for fact, of in _FACTS.items():
        if words := of(defined)[language.code]:
            yield language.text(f"defined_{fact}"), words


def explain(name: str, language: Language) -> None:
    """Show what a figure is: in its own words where it has some, and as the metric of its name else."""
    if f"{name}_help" in TEXTS[language.code]:
        st.markdown(language.text(f"{name}_help"))
    else:
        define([name], language)


def _downloads(frame: Frame, language: Language) -> None:
    with st.container(horizontal=True, key=f"downloads-{frame.key}"):
        for number, rows in enumerate(frame.rows):
            st.download_button(
                language.text("download_csv"),
                partial(export.csv_of, rows, language),
                file_name=f"{export.file_name(frame.key)}.csv",
                mime="text/csv",
                key=f"csv-{frame.key}-{number}",
                on_click="ignore",
                icon=":material/table:",
            )
        for number, drawn in enumerate(frame.drawn if export.pictures_can_be_made() else ()):
            st.download_button(
                language.text("download_png"),
                partial(export.png_of, drawn, frame.title, frame.subtitle),
                file_name=f"{export.file_name(frame.key)}.png",
                mime="image/png",
                key=f"png-{frame.key}-{number}",
                on_click="ignore",
                icon=":material/image:",
            )
