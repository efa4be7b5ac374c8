"""Whatever is wrong with a file or a manifest: a clear error, and nothing of the batch is loaded.

Where the manifests vouch for the bad file, as if it had been extracted like that, it makes no difference.
"""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from streamvision.domain.batch import FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.errors import ManifestError
from streamvision.pipeline.load import csv_contents
from tests.fakes.building import BATCH, Row, people, visits
from tests.integration.loading.day import Day, Document

PEOPLE: list[Row] = [{"id": number, "name": f"Ada {number}"} for number in range(40)]
VISITS: list[Row] = [{"id": number, "person_id": number, "minutes": 3} for number in range(30)]
MANIFEST = BATCH.table_manifest_key("visits")
WHOLE = BATCH.manifest_key
LAKE_FILE = "A file in the lake is not what it should be: "
LAKE_MANIFEST = "A manifest in the lake is not what it should be: "


@dataclass(frozen=True)
class Case:
    """Say what is done to a batch, and what the error must tell."""

    name: str
    damage: Callable[[Day], object]
    what: str
    where: str = ""
    line: int = 0


def _day(folder: Path, file_format: FileFormat) -> Day:
    return Day(folder, [(people(), PEOPLE), (visits(), VISITS)], file_format)


def _refused(day: Day, case: Case, where: str) -> None:
    """See that the batch is refused whole and clearly, and loaded once the lake is as it was."""
    day.keep_copy()
    case.damage(day)
    with pytest.raises(ManifestError) as refusal:
        day.load()
    error = refusal.value
    assert re.search(case.what, error.what), error.what
    # A lake in a folder tells where the folder is, too.
    assert error.where.endswith(f"{where}, line {case.line}" if case.line else where)
    assert "the warehouse is as it was before" in error.safe
    assert re.search("restore|streamvision extract|contract", error.next_command)
    assert day.warehouse.accounts() == []
    assert day.warehouse.quarantine_groups() == []
    day.restore()
    accounts = day.load()
    assert {table: (a.extracted_rows, a.loaded_rows) for table, a in accounts.items()} == {
        "people": (40, 40),
        "visits": (30, 30),
    }


def _bytes(changed: Callable[[bytes], bytes], *, sealed: bool = True) -> Callable[[Day], None]:
    def damage(day: Day) -> None:
        day.change("visits", changed)
        if sealed:
            day.seal("visits")

    return damage


def _arrow(changed: Callable[[pa.Table], pa.Table]) -> Callable[[Day], None]:
    def damage(day: Day) -> None:
        path = day.root / day.key("visits")
        table = changed(pq.read_table(path))
        pq.write_table(table, path)
        day.seal("visits")

    return damage


def _retyped(name: str, type_: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.set_column(
        table.schema.get_field_index(name), name, table.column(name).cast(type_)
    )


def _torn_page(content: bytes) -> bytes:
    """Return a file whose footer is whole and whose first pages are not."""
    return content[:4] + bytes(120) + content[124:]


def _text_that_is_none(day: Day) -> None:
    path = day.root / day.key("people")
    table = pq.read_table(path)
    names = pa.array([b"caf\xe9"] * table.num_rows, pa.binary())
    schema = table.schema
    as_text = pa.Array.from_buffers(pa.string(), len(names), names.buffers())
    pq.write_table(pa.table([table.column("id"), as_text], schema=schema), path)
    day.seal("people")


def _gone(day: Day) -> None:
    (day.root / day.key("visits")).unlink()


def _of_another_table(day: Day) -> None:
    (day.root / day.key("visits")).write_bytes((day.root / day.key("people")).read_bytes())
    day.seal("visits", rows=len(PEOPLE))


PARQUET = [
    Case("cut_off", _bytes(lambda b: b[:-50], sealed=False), "its checksum differs"),
    Case("cut_off_and_vouched_for", _bytes(lambda b: b[:-50]), f"{LAKE_FILE}it is no whole Parquet file"),
    Case("empty", _bytes(lambda _: b""), "it is no whole Parquet file"),
    Case("of_zeros", _bytes(lambda b: bytes(len(b))), "it is no whole Parquet file"),
    Case("csv_in_truth", _bytes(lambda _: b'"id"\r\n1\r\n'), "it is no whole Parquet file"),
    Case("one_bit_changed", _bytes(lambda b: b[:9] + bytes([b[9] ^ 1]) + b[10:], sealed=False), "checksum"),
    Case("gone", _gone, "not in the lake"),
    Case("page_torn", _bytes(_torn_page), "its values from row 0 on cannot be read"),
    Case(
        "column_in_excess",
        _arrow(lambda t: t.append_column("colour", pa.array(["red"] * t.num_rows))),
        r"the column colour \(string\) is not one of its table",
    ),
    Case(
        "column_missing",
        _arrow(lambda t: t.drop_columns(["minutes"])),
        "the column minutes is missing, expected as int32",
    ),
    Case(
        "column_renamed",
        _arrow(lambda t: t.rename_columns({"minutes": "hours"})),
        r"the column minutes is missing, expected as int32; the column hours \(int32\)",
    ),
    Case(
        "columns_in_another_order",
        _arrow(lambda t: t.select(["person_id", "id", "minutes"])),
        "its columns are person_id, id, minutes, expected id, person_id, minutes",
    ),
    Case(
        "column_wider",
        _arrow(_retyped("minutes", pa.int64())),
        "the column minutes is int64, expected int32",
    ),
    Case(
        "column_of_text",
        _arrow(_retyped("person_id", pa.string())),
        "the column person_id is string, expected int64",
    ),
    Case(
        "column_of_fractions",
        _arrow(_retyped("minutes", pa.float64())),
        "the column minutes is double, expected int32",
    ),
    Case("rows_missing", _arrow(lambda t: t.slice(1)), "it has 29 rows, its manifest says 30"),
    Case("rows_doubled", _arrow(lambda t: pa.concat_tables([t, t])), "it has 60 rows, its manifest says 30"),
    Case("rows_all_gone", _arrow(lambda t: t.filter(pc.less(t["id"], 0))), "it has 0 rows"),
    Case("of_another_table", _of_another_table, "the column person_id is missing"),
]


@pytest.mark.parametrize("case", PARQUET, ids=lambda case: case.name)
def test_a_bad_parquet_file_is_refused(tmp_path: Path, case: Case) -> None:
    """The error names the file and what was found and expected in it."""
    day = _day(tmp_path, "parquet")
    _refused(day, case, day.key("visits"))


@pytest.mark.parametrize(
    ("mode", "case"),
    [
        (
            "changes",
            Case("", _arrow(lambda t: t.drop_columns(["_commit_lsn"])), "the column _commit_lsn is missing"),
        ),
        (
            "changes",
            Case(
                "", _arrow(_retyped("_position", pa.int32())), "the column _position is int32, expected int64"
            ),
        ),
        (
            "cursor",
            Case("", _arrow(lambda t: t.drop_columns(["_operation"])), "the column _operation is missing"),
        ),
    ],
    ids=["changes_without_their_place", "changes_with_a_short_place", "cursor_without_operation"],
)
def test_technical_columns_are_those_of_the_mode(tmp_path: Path, mode: Mode, case: Case) -> None:
    """By them changes are put in order."""
    day = Day(tmp_path, [(people(), PEOPLE), (visits(), VISITS)], mode=mode)
    _refused(day, case, day.key("visits"))


def test_parquet_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The engine finds it when it reads the values."""
    day = _day(tmp_path, "parquet")
    case = Case("", _text_that_is_none, "its values from row 0 on cannot be read")
    _refused(day, case, day.key("people"))


def _line(number: int, changed: Callable[[bytes], bytes]) -> Callable[[Day], None]:
    """Return the damage of one line of a CSV file, from 1, without its end."""

    def change(content: bytes) -> bytes:
        lines = content.split(b"\r\n")
        lines[number - 1] = changed(lines[number - 1])
        return b"\r\n".join(lines)

    return _name_bytes(change)


def _name_bytes(changed: Callable[[bytes], bytes], *, sealed: bool = True) -> Callable[[Day], None]:
    def damage(day: Day) -> None:
        day.change("people", changed)
        if sealed:
            day.seal("people")

    return damage


HEADER = 'expected "id","name"'
CSV = [
    Case("quote_not_doubled", _line(7, lambda _: b'5,"say "this""'), "a quote stands within", line=7),
    Case("quote_in_a_bare_value", _line(9, lambda _: b'7"7,"x"'), "a quote stands within", line=9),
    Case("quote_opened_twice", _line(3, lambda _: b'1,"Ada'), "a quote stands within", line=4),
    Case(
        "quote_never_closed",
        _line(41, lambda _: b'39,"Ada'),
        "a quote that was opened is never closed",
        line=41,
    ),
    Case("nul_byte", _line(4, lambda _: b'2,"A\0a"'), "it has a NUL byte", line=4),
    Case("latin_1", _line(5, lambda _: b'3,"caf\xe9"'), r"it is not UTF-8 \(the byte 0xe9\)", line=5),
    Case("surrogate", _line(5, lambda _: b'3,"\xed\xa0\x80"'), "it is not UTF-8", line=5),
    Case("byte_order_mark", _line(1, lambda b: b"\xef\xbb\xbf" + b), "byte order mark", line=1),
    Case("utf_16", _name_bytes(lambda b: b.decode().encode("utf-16")), HEADER, line=1),
    Case("no_header", _name_bytes(lambda b: b.partition(b"\r\n")[2]), HEADER, line=1),
    Case("header_with_another_column", _line(1, lambda b: b + b',"age"'), HEADER, line=1),
    Case("header_without_a_column", _line(1, lambda _: b'"id"'), HEADER, line=1),
    Case("header_in_another_order", _line(1, lambda _: b'"name","id"'), HEADER, line=1),
    Case("header_in_capitals", _line(1, lambda b: b.upper()), HEADER, line=1),
    Case("field_too_many", _line(8, lambda b: b + b',""'), "it has 3 fields, expected 2", line=8),
    Case("field_missing", _line(8, lambda b: b.partition(b",")[0]), "it has 1 fields, expected 2", line=8),
    Case("line_empty", _line(8, lambda _: b""), "it has 1 fields, expected 2", line=8),
    Case("semicolons", _line(8, lambda b: b.replace(b",", b";")), "a quote stands within", line=8),
    Case("line_ends_mixed", _line(8, lambda b: b + b"\n" + b), "a line ends unlike the header", line=8),
    Case("return_alone", _line(8, lambda b: b + b"\r" + b), "a line ends unlike the header", line=8),
    Case("cut_off_in_a_line", _name_bytes(lambda b: b[:-5]), "never closed", line=41),
    Case("last_line_without_end", _name_bytes(lambda b: b[:-2]), "ends in the middle of a line", line=41),
    Case("cut_off_after_a_line", _name_bytes(lambda b: b[: b.index(b"9,")]), "it has 9 rows, .* says 40"),
    Case("line_doubled", _line(8, lambda b: b + b"\r\n" + b), "it has 41 rows, .* says 40"),
    Case("empty", _name_bytes(lambda _: b""), f"its header is empty, {HEADER}", line=1),
    Case("gzip_in_truth", _name_bytes(gzip.compress), HEADER, line=1),
    Case("changed", _name_bytes(lambda b: b.replace(b"Ada 7", b"Bob 7"), sealed=False), "checksum differs"),
]


@pytest.mark.parametrize("case", CSV, ids=lambda case: case.name)
def test_a_bad_csv_file_is_refused(tmp_path: Path, case: Case) -> None:
    """The error names the line where there is one."""
    day = _day(tmp_path, "csv")
    _refused(day, case, day.key("people"))


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("case", CSV, ids=lambda case: case.name)
def test_where_a_csv_file_is_cut_into_pieces_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, chunk: int
) -> None:
    """A fault on the border of two pieces is found as well."""
    monkeypatch.setattr(csv_contents, "_CHUNK_BYTES", chunk)
    day = _day(tmp_path, "csv")
    case.damage(day)
    with pytest.raises(ManifestError, match=case.what) as refusal:
        day.load()
    place = f", line {case.line}" if case.line else ""
    assert refusal.value.where == day.key("people") + place


GZIP = [
    Case("csv_in_truth", _name_bytes(gzip.decompress), "it is no whole gzip file"),
    Case("cut_off", _name_bytes(lambda b: b[:-20]), "it is no whole gzip file"),
    Case("without_its_end", _name_bytes(lambda b: b[:-4]), "it is no whole gzip file"),
    Case("garbage_behind", _name_bytes(lambda b: b + b"garbage"), "it is no whole gzip file"),
    Case("damaged_inside", _name_bytes(lambda b: b[:30] + b"\xff" * 8 + b[38:]), "it is no whole gzip file"),
    Case("empty", _name_bytes(lambda _: b""), "its header is empty", line=1),
    Case(
        "bad_inside",
        _name_bytes(lambda b: gzip.compress(gzip.decompress(b).replace(b'"Ada 6"', b'"A"a"'))),
        "a quote stands within",
        line=8,
    ),
]


@pytest.mark.parametrize("case", GZIP, ids=lambda case: case.name)
def test_a_bad_csv_file_that_is_compressed_is_refused(tmp_path: Path, case: Case) -> None:
    """Lines are those of the text in it."""
    day = _day(tmp_path, "csv.gz")
    _refused(day, case, day.key("people"))


def test_a_line_that_no_warehouse_could_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is held whole."""
    monkeypatch.setattr(csv_contents, "LONGEST_LINE", 5000)
    monkeypatch.setattr(csv_contents, "_CHUNK_BYTES", 1000)
    day = _day(tmp_path, "csv")
    case = Case(
        "", _line(6, lambda _: b'4,"' + b"x" * 6000 + b'"'), "a line is longer than 5,000 bytes", line=6
    )
    _refused(day, case, day.key("people"))


def _table(edit: Callable[[Document], object], *, sealed: bool = True) -> Callable[[Day], None]:
    return lambda day: day.edit_table("visits", edit, sealed=sealed)


def _whole(edit: Callable[[Document], object], *, sealed: bool = True) -> Callable[[Day], None]:
    return lambda day: day.edit_batch(edit, sealed=sealed)


def _file(**changes: object) -> Callable[[Day], None]:
    return _table(lambda d: d["files"][0].update(changes))


def _without(key: str) -> Callable[[Day], None]:
    return lambda day: (day.root / key).unlink()


def _with(key: str, content: bytes) -> Callable[[Day], object]:
    return lambda day: (day.root / key).write_bytes(content)


FILE = BATCH.file_key("visits", 0, "parquet")
OTHER = BATCH.file_key("people", 0, "parquet")
MANIFESTS = [
    Case("batchs_gone", _without(WHOLE), "The lake has no batch of 2026-03-14", WHOLE),
    Case("tables_gone", _without(MANIFEST), "its manifest is missing", MANIFEST),
    Case("batchs_no_json", _with(WHOLE, b"{"), f"{LAKE_MANIFEST}it is not JSON", WHOLE),
    Case("tables_edited", _table(lambda d: d.update(rows=1), sealed=False), "its checksum is not", MANIFEST),
    Case("batchs_edited", _whole(lambda d: d.update(run_id="x"), sealed=False), "its checksum is not", WHOLE),
    Case(
        "tables_checksum_edited", _whole(lambda d: d["tables"].update(visits="0" * 64)), "checksum", MANIFEST
    ),
    Case("batchs_unknown_field", _whole(lambda d: d.update(more=1)), "unknown fields more", WHOLE),
    Case("tables_unknown_field", _table(lambda d: d.update(more=1)), "unknown fields more", MANIFEST),
    Case("files_unknown_field", _file(more=1), "more", MANIFEST),
    Case("batchs_version", _whole(lambda d: d.update(version=99)), "its version is not", WHOLE),
    Case("tables_version", _table(lambda d: d.update(version=99)), "its version is not", MANIFEST),
    Case("batchs_field_gone", _whole(lambda d: d.pop("snapshot_at")), "snapshot_at", WHOLE),
    Case("tables_field_gone", _table(lambda d: d.pop("schema")), "schema", MANIFEST),
    Case(
        "table_left_out", _whole(lambda d: d["tables"].pop("visits")), "does not name the table visits", WHOLE
    ),
    Case(
        "table_unheard_of",
        _whole(lambda d: d["tables"].update(pets="0" * 64)),
        "without a contract: pets",
        WHOLE,
    ),
    Case(
        "of_another_day",
        _whole(lambda d: d.update(batch_id="2026-03-13")),
        "names the batch 2026-03-13",
        WHOLE,
    ),
    Case("of_another_table", _table(lambda d: d.update(table="people")), "it names people", MANIFEST),
    Case("files_emptied", _table(lambda d: d.update(files=[])), "a whole table without a file", MANIFEST),
    Case("file_named_twice", _table(lambda d: d["files"].append(d["files"][0])), "named twice", MANIFEST),
    Case("file_of_another_table", _file(key=OTHER), f"not of its table and day: {OTHER}", MANIFEST),
    Case("file_outside", _file(key="../../etc/passwd"), "not of its table and day", MANIFEST),
    Case(
        "file_not_there",
        _file(key=FILE.replace(".parquet", "_7.parquet")),
        "not in the lake",
        FILE.replace(".parquet", "_7.parquet"),
    ),
    Case("file_checksum_edited", _file(sha256="0" * 64), "its checksum differs", FILE),
    Case("rows_too_many", _file(rows=31), "it has 30 rows, its manifest says 31", FILE),
    Case("rows_too_few", _file(rows=29), "it has 30 rows, its manifest says 29", FILE),
    Case("rows_below_nothing", _file(rows=-1), "no count", MANIFEST),
    Case("rows_of_text", _file(rows="30"), "no count", MANIFEST),
    Case("rows_no_number", _file(rows=None), "no count", MANIFEST),
    Case("format_changed", _table(lambda d: d.update(format="csv")), "its header is", f"{FILE}, line 1"),
    Case("format_unknown", _table(lambda d: d.update(format="orc")), "the format 'orc'", MANIFEST),
    Case("mode_unknown", _table(lambda d: d.update(mode="all")), "the mode 'all'", MANIFEST),
    Case("mode_changed", _table(lambda d: d.update(mode="cursor")), "the column _operation is missing", FILE),
    Case("key_of_no_column", _table(lambda d: d.update(key=["nr"])), "its key, or", MANIFEST),
    Case("column_named_twice", _table(lambda d: d["schema"].append(["id", "text"])), "named twice", MANIFEST),
    Case(
        "column_added",
        _table(lambda d: d["schema"].append(["age", "integer"])),
        "the column age is missing",
        FILE,
    ),
    Case(
        "column_retyped",
        _table(lambda d: d["schema"].__setitem__(0, ["id", "integer"])),
        "id is int64, expected int32",
        FILE,
    ),
]


@pytest.mark.parametrize("case", MANIFESTS, ids=lambda case: case.name)
def test_an_edited_manifest_is_refused(tmp_path: Path, case: Case) -> None:
    """Also where whoever edited it made the checksums fit."""
    _refused(_day(tmp_path, "parquet"), case, case.where)
