"""Letters without their accents, held against DuckDB's own function for it."""

import duckdb

from streamvision_web.queries.folding import ACCENTED, BARE


def test_letters_lose_the_accents_that_duckdb_takes_from_them() -> None:
    """Each letter of Latin, Greek and Cyrillic; a mark behind its letter goes as well."""
    with duckdb.connect() as connection:
        (kept,) = connection.execute(
            "select list_filter($letters, lambda x: strip_accents(x) <> translate(x, $accented, $bare))",
            {"letters": list(ACCENTED), "accented": ACCENTED, "bare": BARE},
        ).fetchone() or (None,)
        assert kept == []
        found = connection.execute(
            "select translate(lower('E\u0301lan vital, ŁÓDŹ, Ћирилица'), $accented, $bare)",
            {"accented": ACCENTED, "bare": BARE},
        ).fetchone()
    assert found == ("elan vital, łodz, ћирилица",)


def test_no_letter_is_named_twice() -> None:
    """Engines differ in which of two places they would take."""
    assert len(set(ACCENTED)) == len(ACCENTED)
    assert "".join(BARE.split()) == BARE
