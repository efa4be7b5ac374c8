"""Shows which tests of the data failed, and how to see their rows: messages of a failed run lead here."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from streamvision.bootstrap import open_application
from streamvision.ports.failures import FailedTest
from streamvision_web.view import View


def show(view: View) -> None:
    """Draw the page, as the last build is now."""
    application = open_application()
    found = application.watching.failing_rows.failed_tests()
    if not found:
        with st.container(key="no-failing-tests"):
            st.info(view.text("failing_none"))
        return
    with view.visual("failing-tests", view.text("failing_table"), view.text("failing_note")):
        st.code(_commands(found, application.profile.name), language=None)
        st.dataframe(_table(view, found), hide_index=True, width="stretch")


def _commands(found: Sequence[FailedTest], profile: str) -> str:
    return "\n".join(f"streamvision failures show {each.test} --profile {profile}" for each in found)


def _table(view: View, found: Sequence[FailedTest]) -> pd.DataFrame:
    rows = {
        view.text("failing_test"): [each.test for each in found],
        view.text("failing_rows"): [view.language.number(each.rows) for each in found],
    }
    return pd.DataFrame(rows)
