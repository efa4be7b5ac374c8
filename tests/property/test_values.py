"""Whatever the rows are: the good ones arrive exactly, and no row is lost."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from streamvision.domain.batch import FileFormat
from tests.fakes.building import Row
from tests.property.bounded import bounded
from tests.property.world import World, formats, services

BREAKAGES: list[Row] = [
    {"id": None},
    {"country": "de"},
    {"country": None},
    {"plan_id": 2**31 - 1},
    {"is_done": None},
    {"is_done": True, "rate": None},
]


@bounded(22)
@given(service=services(), file_format=formats)
def test_every_value_arrives_as_it_was(service: dict[str, list[Row]], file_format: FileFormat) -> None:
    """From the source over the lake into RAW, in both formats, in the source's order."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run(service, file_format)
        assert world.held().quarantined == []
        for table, rows in service.items():
            assert world.loaded(table) == rows


@bounded(22)
@given(service=services(), file_format=formats, data=st.data())
def test_just_the_good_rows_are_loaded(
    service: dict[str, list[Row]], file_format: FileFormat, data: st.DataObject
) -> None:
    """Extracted is loaded and quarantined; every broken row is in quarantine, under its number."""
    broken = {
        number: data.draw(st.sampled_from(BREAKAGES))
        for number in range(len(service["plays"]))
        if data.draw(st.booleans())
    }
    mixed: list[Row] = [{**row, **broken.get(number, {})} for number, row in enumerate(service["plays"])]
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run({**service, "plays": mixed}, file_format)
        held = world.held()
        good = [row for number, row in enumerate(service["plays"]) if number not in broken]
        assert world.loaded("plays") == good
        assert [number for _, number, _ in held.quarantined] == sorted(broken)
        account = held.accounts[-1]
        assert account.table == "plays"
        assert (account.extracted_rows, account.loaded_rows) == (len(mixed), len(good))
        assert account.quarantined_rows == len(broken)


@bounded(12)
@given(service=services(), file_format=formats, data=st.data())
def test_repeated_keys_keep_their_first_row(
    service: dict[str, list[Row]], file_format: FileFormat, data: st.DataObject
) -> None:
    """Wherever the copies stand, every key is loaded once, with the values of its first row."""
    plays = service["plays"]
    copies = data.draw(st.lists(st.sampled_from(plays), max_size=5)) if plays else []
    mixed = data.draw(st.permutations([*plays, *({**row, "word": "a copy"} for row in copies)]))
    first: dict[object, Row] = {}
    for row in mixed:
        first.setdefault(row["id"], row)
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.run({**service, "plays": list(mixed)}, file_format)
        assert world.loaded("plays") == list(first.values())
        assert {rule for _, _, rule in world.held().quarantined} <= {"id_unique"}
