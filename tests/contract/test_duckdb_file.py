"""The file in which the embedded warehouse is kept: what it may take, and in which form it is."""

import threading
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.errors import WarehouseError
from tests.contract.loaded import Loaded
from tests.fakes.building import LOADED_AT, RUN_ID, Row, incoming_batch, incoming_table, people

PEOPLE: list[Row] = [{"id": number, "name": f"name {number}" * 9} for number in range(50_000)]


def _load(warehouse: DuckDBWarehouse, folder: Path) -> None:
    warehouse.load(
        incoming_batch(incoming_table(folder, people(), PEOPLE)),
        run_id=RUN_ID,
        loaded_at=LOADED_AT,
        keep_quarantined=lambda _table, _path: None,
    )


def test_a_load_that_may_not_take_enough_memory_says_so(tmp_path: Path) -> None:
    """Nothing is loaded, and the error names what to raise; with more it goes through."""
    url = f"duckdb://{tmp_path / 'w.duckdb'}"
    with pytest.raises(WarehouseError, match="more memory than it may take") as refusal:
        _load(DuckDBWarehouse(url, "1MB"), tmp_path)
    assert "STREAMVISION_MEMORY_LIMIT" in refusal.value.next_command
    warehouse = DuckDBWarehouse(url, "500MB")
    _load(warehouse, tmp_path)
    (account,) = warehouse.accounts()
    assert account.loaded_rows == len(PEOPLE)


def test_a_new_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Killed while the file is made, a load leaves none, and the next begins anew and clears what is left."""
    left = tmp_path / "w.duckdb.1.unfinished"
    left.write_bytes(b"half a file")
    path = tmp_path / "w.duckdb"
    seen: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            with suppress(FileNotFoundError):
                seen.append(path.stat().st_size)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(50):
            with open_file(path):
                pass
            path.unlink()
    finally:
        stop.set()
        watcher.join()
    with open_file(path):
        whole = path.stat().st_size
    assert set(seen) == {whole}
    assert list(tmp_path.iterdir()) == [path]


def test_the_models_are_built_within_the_same_limit(tmp_path: Path) -> None:
    """Without one, they take what DuckDB would."""
    url = f"duckdb://{tmp_path / 'w.duckdb'}"
    limited, free = (DuckDBWarehouse(url, limit).begin_build().variables for limit in ("2GB", ""))
    assert limited["STREAMVISION_DBT_MEMORY_LIMIT"] == "2GB"
    assert "STREAMVISION_DBT_MEMORY_LIMIT" not in free


@pytest.mark.parametrize("made", ["drop table ops.layout", "update ops.layout set number = number + 1"])
def test_a_file_of_another_version_is_refused(tmp_path: Path, made: str) -> None:
    """It is left as it is; the lake has all that is needed to make it anew."""
    loaded = Loaded(tmp_path, incoming_table(tmp_path, people(), PEOPLE[:2]))
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(made)
    with pytest.raises(WarehouseError, match="another version of StreamVision") as refusal:
        _load(loaded.warehouse, tmp_path)
    assert "streamvision run --rebuild" in refusal.value.next_command
    assert loaded.ids("people") == [0, 1]
    with loaded.warehouse.anew() as empty:
        _load(empty, tmp_path)
    assert len(loaded.ids("people")) == len(PEOPLE)
