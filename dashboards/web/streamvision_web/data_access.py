"""Reads the published marts, and remembers answers for as long as the same publication is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from streamvision.bootstrap import open_marts
from streamvision.ports.marts import MartReader, Publication
from streamvision_web.filters import Filters
from streamvision_web.queries import Query

_REMEMBERED_ANSWERS = 400


@dataclass(frozen=True)
class Marts:
    """Answer queries on one publication."""

    reader: MartReader
    publication: Publication

    def rows(self, query: Query, filters: Filters | None = None, **more: object) -> pa.Table:
        """Return the rows of a query under the filters; `more` are further parameters that it names."""
        sql, parameters = query.bind(filters, more)
        shown = self.publication
        return _remembered(self.reader, shown.run_id, shown.published_at, sql, parameters)

    def row(self, query: Query, filters: Filters | None = None) -> dict[str, Any]:
        """Return the only row of a query as values by column."""
        return dict(self.rows(query, filters).to_pylist()[0])

    def outdated(self) -> bool:
        """Say whether something newer was published meanwhile."""
        return self.reader.publication() != self.publication


def open_publication() -> Marts:
    """Return the marts as they are published now.

    Raises:
        NothingPublishedError: when no run has published yet.
        StreamVisionError: when the profile makes no sense.

    """
    reader = _reader()
    return Marts(reader, reader.publication())


@st.cache_resource(show_spinner=False)
def _reader() -> MartReader:
    return open_marts()


@st.cache_data(show_spinner=False, max_entries=_REMEMBERED_ANSWERS)
def _remembered(
    _marts: MartReader,
    run_id: str,  # noqa: ARG001 - with the time, the part of the key that makes a new publication ask anew
    published_at: datetime,  # noqa: ARG001
    sql: str,
    parameters: dict[str, object],
) -> pa.Table:
    return _marts.query(sql, parameters)
