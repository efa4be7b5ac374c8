"""The page on the health of the data: messages of a failed run lead here."""

import streamlit as st

from streamvision_web.health_data import read_health
from streamvision_web.sections import health as sections
from streamvision_web.view import View


def show(view: View) -> None:
    """Draw the page, as runs and data are now."""
    health = read_health()
    sections.figures(view, health)
    sections.failed_run(view, health)
    sections.failing_tests(view, health)
    left, right = st.columns([3, 2])
    with left:
        sections.rows_accounted(view, health)
    with right:
        sections.quarantine(view, health)
    left, right = st.columns(2)
    with left:
        sections.durations(view, health)
    with right:
        sections.runs(view, health)
    sections.lineage(view, health)
