"""What a reader of marts does when its sessions in Snowflake end."""

from typing import Any

import pytest

from streamvision.adapters.warehouse.snowflake import published
from streamvision.adapters.warehouse.snowflake.connection import Session, open_session
from streamvision.domain.errors import WarehouseError
from tests.contract.publishers import MOMENT, SnowflakePublisher, shown_number
from tests.support.snowflake import SnowflakeStandIn


@pytest.fixture
def publisher(snowflake: SnowflakeStandIn) -> SnowflakePublisher:
    """Return a publisher that has published one number."""
    publisher = SnowflakePublisher(snowflake.new_url())
    publisher.publish(1, MOMENT)
    return publisher


def test_a_session_that_was_lost_is_replaced(
    snowflake: SnowflakeStandIn, publisher: SnowflakePublisher
) -> None:
    """Snowflake ends what was idle for hours: who looks next morning sees figures and no error."""
    reader = publisher.reader()
    assert shown_number(reader) == 1
    snowflake.forget_sessions()
    assert shown_number(reader) == 1


def test_a_session_is_used_again(publisher: SnowflakePublisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open one takes seconds: a reader does it once, and again after it was closed."""
    opened: list[Session] = []

    def open_and_count(*arguments: Any) -> Session:  # noqa: ANN401 - whatever it is given
        opened.append(open_session(*arguments))
        return opened[-1]

    monkeypatch.setattr(published, "open_session", open_and_count)
    reader = publisher.reader()
    assert [shown_number(reader) for _ in range(3)] == [1, 1, 1]
    assert len(opened) == 1
    reader.close()
    assert shown_number(reader) == 1
    assert len(opened) == 2


def test_a_wrong_query_is_told_as_it_is(publisher: SnowflakePublisher) -> None:
    """It does not say that nothing was published, and the reader goes on."""
    reader = publisher.reader()
    with pytest.raises(WarehouseError, match="NOWHERE"):
        reader.query("select * from marts.nowhere")
    assert shown_number(reader) == 1
