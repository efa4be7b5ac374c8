"""What every lake does."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.domain.errors import LakeError, ManifestError
from streamvision.ports.lake import Lake
from tests.fakes.lake import InMemoryLake
from tests.support.azure import AZURITE

MEBIBYTE = 1024 * 1024


class _StopError(Exception):
    """What a writer's own work may raise."""


@pytest.fixture(params=["folder", "memory", "s3", *(["az"] if AZURITE else [])])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """Return an empty lake."""
    if request.param == "memory":
        return InMemoryLake()
    if request.param in {"s3", "az"}:
        return ObjectStoreLake(request.getfixturevalue(f"{request.param}_url"))
    return FolderLake((tmp_path / "lake").as_uri())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that a FolderLake may be in."""
    return tmp_path / "lake"


def _fail_while_writing(lake: Lake, key: str, content: bytes) -> None:
    with lake.create(key) as file:
        file.write(content)
        raise _StopError


def _content(lake: Lake, key: str) -> bytes:
    with lake.local_file(key) as path:
        return path.read_bytes()


def test_an_empty_lake_has_nothing(lake: Lake) -> None:
    """Looking needs no lake to be there."""
    assert lake.keys("raw/") == []
    assert lake.get("raw/a.json") is None
    lake.delete("raw/a.json")
    with pytest.raises(ManifestError):
        _content(lake, "raw/a.json")


def test_a_small_file_comes_back(lake: Lake) -> None:
    """Byte for byte, in both ways of reading; a second put replaces it."""
    lake.put("raw/a/b.json", b"\x00one")
    assert lake.get("raw/a/b.json") == b"\x00one"
    lake.put("raw/a/b.json", b"two")
    assert lake.get("raw/a/b.json") == b"two"
    assert _content(lake, "raw/a/b.json") == b"two"


def test_a_created_file_appears_when_the_block_ends(lake: Lake) -> None:
    """Not before: a reader never sees a part."""
    with lake.create("raw/a.bin") as file:
        file.write(b"one")
        assert lake.keys("raw/") == []
        assert lake.get("raw/a.bin") is None
        file.write(b"two")
    assert lake.keys("raw/") == ["raw/a.bin"]
    assert lake.get("raw/a.bin") == b"onetwo"


def test_a_file_without_content_is_a_file(lake: Lake) -> None:
    """Nothing was written, and that is there."""
    with lake.create("raw/a.bin"):
        pass
    assert lake.get("raw/a.bin") == b""
    assert lake.keys("raw/") == ["raw/a.bin"]


@pytest.mark.parametrize("size", [10, 20 * MEBIBYTE])
def test_a_file_whose_writer_fails_does_not_appear(lake: Lake, size: int) -> None:
    """However much was written; the writer's own error is what the caller gets."""
    with pytest.raises(_StopError):
        _fail_while_writing(lake, "raw/a.bin", b"x" * size)
    assert lake.keys("raw/") == []
    assert lake.get("raw/a.bin") is None


@pytest.mark.parametrize("size", [10, 20 * MEBIBYTE])
def test_an_older_file_stays_until_the_new_one_is_whole(lake: Lake, size: int) -> None:
    """After an error nothing has changed, and the next try replaces it."""
    lake.put("raw/a.bin", b"old")
    with pytest.raises(_StopError):
        _fail_while_writing(lake, "raw/a.bin", b"x" * size)
    assert lake.get("raw/a.bin") == b"old"
    with lake.create("raw/a.bin") as file:
        file.write(b"new")
        assert lake.get("raw/a.bin") == b"old"
    assert lake.get("raw/a.bin") == b"new"


def test_a_large_file_is_whole(lake: Lake) -> None:
    """Written in many pieces, of many sizes."""
    pieces = [bytes([number % 256]) * (number * 7001) for number in range(80)]
    with lake.create("raw/a.bin") as file:
        for piece in pieces:
            assert file.write(piece) == len(piece)
    assert _content(lake, "raw/a.bin") == b"".join(pieces)


def test_a_piece_may_be_used_again_once_it_is_written(lake: Lake) -> None:
    """An encoder fills one buffer over and over."""
    buffer = bytearray(b"one")
    with lake.create("raw/a.bin") as file:
        file.write(buffer)
        buffer[:] = b"two"
        file.write(memoryview(buffer))
        buffer[:] = b"bad"
    assert lake.get("raw/a.bin") == b"onetwo"


def test_keys_are_those_below_a_prefix_sorted(lake: Lake) -> None:
    """A prefix is a folder: one with a longer name is another."""
    for key in ("raw/b/2.bin", "raw/b/10.bin", "raw/a/1.bin", "raw/bb/1.bin", "other/1.bin"):
        lake.put(key, b"x")
    assert lake.keys("raw/b/") == ["raw/b/10.bin", "raw/b/2.bin"]
    assert lake.keys("raw/") == ["raw/a/1.bin", "raw/b/10.bin", "raw/b/2.bin", "raw/bb/1.bin"]
    assert lake.keys("raw/c/") == []


@pytest.mark.parametrize("folder_name", ["a%2Fb", "sales.Caf%C3%A9%20%22x%22", "%5Fx", "a%25b", "50%"])
def test_a_key_keeps_its_percent_signs(lake: Lake, folder_name: str) -> None:
    """Names of tables are encoded so; no store may decode them, or encode them again."""
    key = f"raw/{folder_name}/1.bin"
    lake.put(key, b"one")
    with lake.create(f"raw/{folder_name}/2.bin") as file:
        file.write(b"two")
    assert lake.keys("raw/") == [key, f"raw/{folder_name}/2.bin"]
    assert lake.keys(f"raw/{folder_name}/") == [key, f"raw/{folder_name}/2.bin"]
    assert (lake.get(key), _content(lake, key)) == (b"one", b"one")
    lake.delete(key)
    assert lake.keys("raw/") == [f"raw/{folder_name}/2.bin"]


def test_files_of_one_folder_can_be_written_at_once(lake: Lake) -> None:
    """Pieces of a table are, by several threads; none takes another's part for a killed run's."""
    content = {key: key.encode() * 20 * MEBIBYTE for key in ("a", "b")}
    with lake.create("raw/a") as first:
        first.write(content["a"][: 9 * MEBIBYTE])
        with lake.create("raw/b") as second:
            second.write(content["b"])
            lake.put("raw/c", b"small")
            first.write(content["a"][9 * MEBIBYTE :])
    assert {key: _content(lake, f"raw/{key}") for key in content} == content


def test_a_deleted_file_is_gone(lake: Lake) -> None:
    """The others stay; deleting it again is no error."""
    lake.put("raw/a.bin", b"x")
    lake.put("raw/b.bin", b"x")
    lake.delete("raw/a.bin")
    lake.delete("raw/a.bin")
    assert lake.get("raw/a.bin") is None
    assert lake.keys("raw/") == ["raw/b.bin"]


@pytest.mark.parametrize("name", ["a b", "50%25", "it's", "br[1]", "st*r", "h#x", "q?x", "größe"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """What a URL cannot hold is encoded in it."""
    lake = FolderLake("file://" + quote(str(tmp_path / name / "lake")))
    lake.put("raw/a.bin", b"one")
    with lake.create("raw/b.bin") as file:
        file.write(b"two")
    assert (tmp_path / name / "lake" / "raw" / "a.bin").read_bytes() == b"one"
    assert (tmp_path / name / "lake" / "raw" / "b.bin").read_bytes() == b"two"
    assert lake.keys("raw/") == ["raw/a.bin", "raw/b.bin"]


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_failed_file_leaves_no_part_in_the_folder(folder: Path) -> None:
    """A disk does not fill up with attempts."""
    lake = FolderLake(folder.as_uri())
    with pytest.raises(_StopError):
        _fail_while_writing(lake, "raw/a.bin", b"x" * 20 * MEBIBYTE)
    assert list(_names(folder)) == []


def test_parts_that_a_killed_run_has_left_are_no_files_and_are_removed(folder: Path) -> None:
    """A part is named <file>#<number>; writing the file again clears it away, by create and by put."""
    lake = FolderLake(folder.as_uri())
    (folder / "raw").mkdir(parents=True)
    for name in ("a.bin#1", "a.bin#2", "b.json#1"):
        (folder / "raw" / name).write_bytes(b"part")
    assert lake.keys("raw/") == []
    with lake.create("raw/a.bin") as file:
        file.write(b"whole")
    lake.put("raw/b.json", b"whole")
    assert sorted(_names(folder)) == ["raw/a.bin", "raw/b.json"]


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    """The error names the file and says what is safe; it may pass, so a retry makes sense."""
    folder.write_text("a file where the folder should be", encoding="utf-8")
    lake = FolderLake(folder.as_uri())
    with pytest.raises(LakeError) as refusal:
        lake.put("raw/a.bin", b"x")
    assert str(folder) in refusal.value.where
    with pytest.raises(LakeError), lake.create("raw/a.bin"):
        pass
