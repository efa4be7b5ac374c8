"""What every page is given, and the frame around each visual."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import streamlit as st

from streamvision_web import choosing, drill
from streamvision_web.data_access import Marts
from streamvision_web.details import Frame, details, explain
from streamvision_web.filters import Filters
from streamvision_web.language import DASH, Language
from streamvision_web.markdown import plain
from streamvision_web.queries import Query
from streamvision_web.specification import PICKED, Chart, Pick, Specification, rows_of, specification
from streamvision_web.themes import current, paint


@dataclass(frozen=True)
class View:
    """Hold the data, the filters and the language of one run of a page.

    Attributes:
        in_force: the filters other than the days, in words, one a line.
        frames: the visuals being drawn now, the innermost last.

    """

    marts: Marts
    filters: Filters
    language: Language
    in_force: Sequence[str] = ()
    frames: list[Frame] = field(default_factory=list)

    def rows(self, query: Query, **more: object) -> pa.Table:
        """Return the rows of a query under the filters."""
        return self.marts.rows(query, self.filters, **more)

    def under(self, filters: Filters) -> "View":
        """Return the same view under other filters."""
        return replace(self, filters=filters)

    def text(self, key: str, **values: object) -> str:
        """Return one of the texts, or what the metric of that name is called."""
        return self.language.text(key, **values)

    @contextmanager
    def visual(
        self, key: str, title: str, *notes: str, metrics: Sequence[str] = (), hint: str | None = None
    ) -> Iterator[None]:
        """Frame one visual.

        Args:
            key: a name that stays, for tests and styles.
            title: what it shows; shown as it is, whatever letters it has.
            notes: what a reader has to know, below the title; shown as they are.
            metrics: the names of the metrics in it, whose definitions are then one click away.
            hint: what a reader may click on in it, below the notes.

        """
        frame = Frame(key, title, [self.period(), *self.in_force, *notes])
        with st.container(border=True, key=key, height="stretch"):
            with st.container(horizontal=True, key=f"head-{key}", gap="xxsmall", wrap=False):
                st.markdown(f"### {plain(title)}", width="stretch")
                more = st.container(width="content")
            for note in (*notes, hint) if hint else notes:
                st.caption(plain(note))
            self.frames.append(frame)
            try:
                yield
            finally:
                self.frames.pop()
            with more:
                details(frame, metrics, self.language)

    def chart(
        self,
        chart: Chart | Specification,
        rows: pa.Table | None = None,
        *,
        pick: Pick | None = None,
        key: str | None = None,
    ) -> None:
        """Show a chart as wide as its frame.

        Args:
            chart: as Altair draws it, or as a specification.
            rows: what a reader may take away; the rows behind the marks where none are given.
            pick: what a click on a mark filters.
            key: of the chart; one is made of the visual's where none is given.

        """
        drawn = specification(chart, pick)
        frame = self.frames[-1] if self.frames else None
        if frame:
            frame.drawn.append(drawn)
            key = key or f"chart-{frame.key}-{len(frame.drawn)}"
            behind = rows if rows is not None else rows_of(drawn)
            frame.rows += [] if behind is None else [behind]
        painted = paint(drawn, current())
        if pick is None:
            # Without a key: the same chart with other rows is a new one.
            st.vega_lite_chart(painted, width="stretch", theme=None)
            return
        key = f"{key}-{choosing.round_of_marks()}"
        st.vega_lite_chart(
            painted,
            width="stretch",
            theme=None,
            key=key,
            on_select=partial(_picked, key, pick),
            selection_mode=PICKED,
        )

    def table(
        self,
        frame: pa.Table | pd.DataFrame,
        formats: Mapping[Any, Any] | None = None,
        *,
        rows: pa.Table | None = None,
        **options: Any,  # noqa: ANN401 - those of the server's own table
    ) -> None:
        """Show a table as wide as its frame; `formats` write a column's values, which sort as they are.

        Args:
            frame: what is shown.
            formats: by column, how its values are written.
            rows: what a reader may take away; those shown where none are given.
            options: of `st.dataframe`.

        """
        if self.frames:
            self.frames[-1].rows.append(frame if rows is None else rows)
        shown = frame.to_pandas() if isinstance(frame, pa.Table) else frame
        written = shown.style.format(dict(formats), na_rep=DASH) if formats else shown
        st.dataframe(written, **{"hide_index": True, "width": "stretch", **options})

    def period(self) -> str:
        """Return the days shown, in words."""
        first, last = self.language.day(self.filters.first_day), self.language.day(self.filters.last_day)
        return self.text("period", first=first, last=last)

    def notice(self, *, selected: bool) -> None:
        """Say above a page's visuals where the filters select no session."""
        # The place is always there: what follows would move, and be drawn twice for a moment.
        with st.container(key="notice"):
            if not selected:
                st.warning(self.text("nothing_page"))

    def nothing(self) -> None:
        """Say that the filters select nothing."""
        st.info(self.text("nothing"))

    def figure(
        self,
        key: str,
        value: str,
        *,
        name: str,
        verdict: str | None = None,
        colour: Literal["blue", "orange", "gray"] = "gray",
    ) -> None:
        """Show one big figure; `name` is that of its metric, or of a text with another one `_help`."""
        with st.container(key=f"kpi-{key}", height="stretch"):
            st.metric(
                self.text(name),
                value,
                delta=verdict,
                delta_arrow="off",
                delta_color=colour,
                border=True,
                height="stretch",
            )
            words = plain(self.text("definition_of", title=self.text(name)))
            with st.popover(words, icon=":material/info:", type="tertiary", key=f"more-kpi-{key}"):
                explain(name, self.language)


def _picked(key: str, pick: Pick) -> None:
    """Filter by the marks that were clicked."""
    points = st.session_state[key]["selection"].get(PICKED, [])
    codes = [point[pick.column] for point in points if point.get(pick.column)]
    # The browser also reports that a redrawn chart has nothing selected; the filter stays then.
    if codes and pick.filter == drill.TITLES:
        drill.ask(int(codes[-1]))
    elif codes:
        choosing.choose(pick.filter, codes, mark=True)
