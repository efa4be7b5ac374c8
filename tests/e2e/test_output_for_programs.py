"""With `--format json` the standard output holds one JSON document and nothing else."""

import json

import pytest

from tests.conftest import PUBLISHED_DAY
from tests.support.cli import Home


@pytest.mark.parametrize(
    ("command", "has"),
    [
        (("status",), f'"batch_id": "{PUBLISHED_DAY}"'),
        (("profile", "show"), '"source": "postgresql://'),
        (("profile", "check"), '"state": "well"'),
        (("doctor",), '"what": "disk"'),
        (("quarantine", "list"), "[]"),
        (("quarantine", "show", "users"), "[]"),
        (("load", "--date", PUBLISHED_DAY), '"loaded_rows": 5000'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_json_output_is_one_document(first: Home, command: tuple[str, ...], has: str) -> None:
    """Programs can read the output as it is; what is said to people goes to the error stream."""
    outcome = first.run(*command, "--format", "json")
    assert has in json.dumps(outcome.document)
    assert "Traceback" not in outcome.stderr


def test_a_profile_is_shown_without_its_secrets(first: Home) -> None:
    """Passwords are masked unless they are asked for, in the URLs that a program gets as well."""
    home = Home(first.folder, {"STREAMVISION_SOURCE": "postgresql://analyst:geheim77@db.example:6432/app"})
    shown = home.run("profile", "show", "--format", "json")
    assert shown.document["source"] == "postgresql://analyst:***@db.example:6432/app"
    assert "geheim77" not in shown.output
    revealed = home.run("profile", "show", "--reveal", "--format", "json").document
    assert revealed["source"] == "postgresql://analyst:geheim77@db.example:6432/app"
    assert revealed["warehouse"] == f"duckdb://{first.warehouse}"
