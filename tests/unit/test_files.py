"""Files that are written whole."""

from pathlib import Path

import pytest

from streamvision.files import taking_place, write_whole


@pytest.mark.parametrize("is_durable", [False, True])
def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path, is_durable: bool) -> None:  # noqa: FBT001
    """Its folder is made, and nothing else is left there."""
    path = tmp_path / "a" / "b" / "file.json"
    for content in (b"old", b"new"):
        write_whole(path, content, is_durable=is_durable)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    """Here the place is taken by a folder that is not empty."""
    path = tmp_path / "file.json"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"file\.json"):
        write_whole(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["file.json"]


def test_what_fails_half_way_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    """Whoever writes into the place that is lent."""
    path = tmp_path / "file.parquet"
    path.write_bytes(b"old")

    def write_half(place: Path) -> None:
        place.write_bytes(b"half")
        raise ValueError

    with pytest.raises(ValueError), taking_place(path) as place:  # noqa: PT011 - it says nothing
        write_half(place)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
