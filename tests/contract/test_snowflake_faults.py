"""What a load into Snowflake does when Snowflake fails: resumed, or a clear error; nothing twice."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.errors import Transient, WarehouseError, WarehouseUnreachableError
from streamvision.ports.warehouse import IncomingBatch, Outcome, TableState
from tests.contract.warehouses import Subject, snowflake_subject
from tests.fakes.building import LOADED_AT, RUN_ID, Row, incoming_batch, incoming_table, people
from tests.support.object_store import FlakyStore
from tests.support.snowflake import SnowflakeStandIn
from tests.support.snowflake_server import EXPIRED_USER

_QUERIES = "POST /queries/v1/query-request"


def _people(folder: Path) -> IncomingBatch:
    rows: list[Row] = [{"id": 1, "name": "Ada"}, {"id": None, "name": "Nobody"}]
    return incoming_batch(incoming_table(folder, people(), rows))


def _load(subject: Subject, batch: IncomingBatch, at_the_end: Callable[[], None]) -> None:
    """Load a batch, and do something when all but the end of its transaction is done."""

    def judge(_states: Sequence[TableState]) -> Sequence[Outcome]:
        at_the_end()
        return ()

    subject.warehouse.load(
        batch,
        run_id=RUN_ID,
        loaded_at=LOADED_AT,
        keep_quarantined=lambda _table, _path: None,
        judge=judge,
    )


def _is_loaded_once(subject: Subject) -> bool:
    (account,) = subject.warehouse.accounts()
    groups = [group.rows for group in subject.warehouse.quarantine_groups()]
    return (account.loaded_rows, subject.raw_rows("people"), groups) == (1, 1, [1])


@pytest.fixture
def flaky(snowflake: SnowflakeStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyStore]:
    """Give what stands between this process and the stand-in, and fails when it is told to."""
    between = FlakyStore(f"http://127.0.0.1:{snowflake.port}")
    with between.serving() as address:
        monkeypatch.setenv("SNOWFLAKE_PORT", address.rpartition(":")[2])
        monkeypatch.setenv("SNOWFLAKE_NETWORK_TIMEOUT", "2")
        yield between


def test_a_session_that_is_lost_in_the_middle_of_a_load_leaves_nothing(
    snowflake: SnowflakeStandIn, tmp_path: Path
) -> None:
    """The error says that a retry makes sense, and the same load again succeeds, once."""
    subject, batch = snowflake_subject(snowflake.new_url()), _people(tmp_path)
    with pytest.raises(WarehouseUnreachableError) as caught:
        _load(subject, batch, snowflake.forget_sessions)
    assert isinstance(caught.value, Transient)
    assert "session" in caught.value.what
    assert list(subject.warehouse.accounts()) == []
    assert subject.raw_rows("people") == 0
    assert list(subject.warehouse.quarantine_groups()) == []
    _load(subject, batch, lambda: None)
    assert _is_loaded_once(subject)


def test_an_answer_that_is_lost_is_asked_for_again(
    snowflake: SnowflakeStandIn, flaky: FlakyStore, tmp_path: Path
) -> None:
    """Even the answer to the commit."""
    subject = snowflake_subject(snowflake.new_url())
    _load(subject, _people(tmp_path), lambda: flaky.fail("lose the answer", 1, _QUERIES))
    assert flaky.failed == 1
    assert _is_loaded_once(subject)


def test_a_server_that_fails_for_a_moment_is_borne_with(
    snowflake: SnowflakeStandIn, flaky: FlakyStore, tmp_path: Path
) -> None:
    """As the connector does."""
    subject = snowflake_subject(snowflake.new_url())
    _load(subject, _people(tmp_path), lambda: flaky.fail("503", 1, _QUERIES))
    assert _is_loaded_once(subject)


def test_a_connection_that_stays_cut_at_the_commit_says_that_it_may_be_done(
    snowflake: SnowflakeStandIn, flaky: FlakyStore, tmp_path: Path
) -> None:
    """Nobody knows then whether it was; to run it again does nothing twice."""
    subject, batch = snowflake_subject(snowflake.new_url()), _people(tmp_path)
    with pytest.raises(WarehouseUnreachableError) as caught:
        _load(subject, batch, lambda: flaky.fail("lose the answer", 99, _QUERIES))
    assert "or nothing" in caught.value.safe
    flaky.fail("503", 0)
    with pytest.raises(WarehouseError, match="is there already"):
        _load(subject, batch, lambda: None)
    assert _is_loaded_once(subject)


def test_credentials_that_have_expired_are_named_and_not_shown(snowflake: SnowflakeStandIn) -> None:
    """The error says where they come from, and holds no secret."""
    url = snowflake.new_url().replace("fake@", f"{EXPIRED_USER}@")
    warehouse = SnowflakeWarehouse(url, {**snowflake.environment, "SNOWFLAKE_PASSWORD": "not-to-be-seen"})
    with pytest.raises(WarehouseError, match="refused the login") as caught:
        warehouse.accounts()
    assert "credentials in the environment" in caught.value.next_command
    assert "not-to-be-seen" not in f"{caught.value}{warehouse.address!r}"
