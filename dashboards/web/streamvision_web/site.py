"""The pages, in the order in which they are shown."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from streamvision.pipeline.notify.messages import FAILURES_PAGE
from streamvision_web.pages import content_performance, data_health, subscriptions_engagement, title
from streamvision_web.view import View


@dataclass(frozen=True)
class PageOf:
    """Describe a page.

    Attributes:
        name: that of its texts, `page_` and `lead_` before it.
        path: in the address.
        show: draws it.
        hidden: whether no menu leads there.
        beside_runs: whether it reads what runs leave on their machine, which Snowflake does not have.
        alone: whether it shows the same for every reader at first, so that a snapshot of it makes sense.

    """

    name: str
    path: str
    show: Callable[[View], None]
    hidden: bool = False
    alone: bool = True
    beside_runs: bool = False


TITLE = PageOf("title", "title", title.show, alone=False)
_ALL = (
    PageOf("content", "content-performance", content_performance.show),
    PageOf("engagement", "subscriptions-engagement", subscriptions_engagement.show),
    TITLE,
    PageOf("health", "data-health", data_health.show, beside_runs=True),
    # The messages of failed runs lead there.
    PageOf("health", FAILURES_PAGE, data_health.show, hidden=True, alone=False, beside_runs=True),
)

_IN_SNOWFLAKE = bool(os.environ.get("STREAMVISION_IN_SNOWFLAKE"))
PAGES = tuple(page for page in _ALL if not (page.beside_runs and _IN_SNOWFLAKE))
FIRST = PAGES[0]
