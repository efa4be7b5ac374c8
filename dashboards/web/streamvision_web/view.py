"""What every page is given, and the frame around each visual."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import streamlit as st

from streamvision_web.charts import Chart
from streamvision_web.data_access import Marts
from streamvision_web.filters import Filters
from streamvision_web.language import Language
from streamvision_web.queries import Query


@dataclass(frozen=True)
class View:
    """Hold the data, the filters and the language of one run of a page."""

    marts: Marts
    filters: Filters
    language: Language

    def rows(self, query: Query, **more: object) -> pa.Table:
        """Return the rows of a query under the filters."""
        return self.marts.rows(query, self.filters, **more)

    def text(self, key: str, **values: object) -> str:
        """Return one of the texts, or what the metric of that name is called."""
        return self.language.text(key, **values)

    @contextmanager
    def visual(self, key: str, title: str, *notes: str) -> Iterator[None]:
        """Frame one visual; `key` is a name that stays, for tests and styles."""
        with st.container(border=True, key=key, height="stretch"):
            st.markdown(f"##### {title}")
            for note in notes:
                st.caption(note)
            yield

    def chart(self, chart: Chart) -> None:
        """Show a chart as wide as its frame, in our colours rather than the server's."""
        st.altair_chart(chart, width="stretch", theme=None)

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
        value: float | None,
        *,
        name: str,
        verdict: str | None = None,
        colour: Literal["blue", "orange", "gray"] = "gray",
    ) -> None:
        """Show one big figure; `name` is that of its metric, which gives title, format and explanation."""
        with st.container(key=f"kpi-{key}", height="stretch"):
            st.metric(
                self.text(name),
                self.language.written(name, value),
                delta=verdict,
                delta_arrow="off",
                delta_color=colour,
                help=self.language.explanation(name),
                border=True,
                height="stretch",
            )
