"""What names a person by itself does not reach a schema that the reporter reads."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.assets import asset
from streamvision.pipeline.provision.personal import personal_columns
from streamvision.pipeline.provision.rights import Rights
from tests.support.account_files import account_files

DIRECT = {
    column
    for (_, column), tag in personal_columns(read_contracts(asset("contracts"))).items()
    if tag == "direct"
}


def _leaks(models: Path) -> Iterator[str]:
    """Yield each model above staging that names such a column, or gives one out."""
    for layer in ("intermediate", "core", "changes", "aggregates", "marts"):
        for path in sorted((models / layer).rglob("*.sql")):
            sql = re.sub(r"--[^\n]*|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            yield from (f"{path.stem} names {name}" for name in DIRECT & set(re.findall(r"\w+", sql)))
        for path in sorted((models / layer).rglob("*.yml")):
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
            for model in document.get("models", []):
                given = {column["name"] for column in model.get("columns", [])}
                yield from (f"{model['name']} gives out {name}" for name in given & DIRECT)


def _whole_rows(models: Path) -> Iterator[str]:
    """Yield each model of core or marts that passes on all columns of a model that has such a one."""
    staging = {
        path.stem
        for path in (models / "staging").glob("*.sql")
        if DIRECT & set(re.findall(r"^\s+(\w+),?$", path.read_text(encoding="utf-8"), re.MULTILINE))
    }
    assert staging == {"stg_app__users"}
    for layer in ("intermediate", "core", "changes", "aggregates", "marts"):
        for path in sorted((models / layer).rglob("*.sql")):
            text = path.read_text(encoding="utf-8")
            for cte in re.findall(r"(\w+) as \(\s*select \* from \{\{ ref\('stg_app__users'\) \}\}", text):
                if re.search(rf"\b{cte}\.\*", text) or re.search(rf"select\s+\*[^()]*from {cte}\b", text):
                    yield f"{path.stem} passes on all of {cte}"


def test_no_model_above_staging_knows_a_name_or_an_address() -> None:
    """By name, or by passing on whole rows of users."""
    assert {"email", "username", "first_name", "last_name"} <= DIRECT
    assert list(_leaks(asset("warehouse") / "models")) == []
    assert list(_whole_rows(asset("warehouse") / "models")) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "    users.country_code,\n",
            "    users.country_code,\n    users.email,\n",
            "fct_ratings names email",
        ),
        ("    users.country_code,\n", "    users.*,\n", "fct_ratings passes on all of users"),
    ],
)
def test_a_model_that_gives_persons_away_is_found(tmp_path: Path, old: str, new: str, found: str) -> None:
    """The check would not pass whatever is in the models."""
    models = tmp_path / "models"
    shutil.copytree(asset("warehouse") / "models", models)
    path = models / "core" / "fct_ratings.sql"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert found in [*_leaks(models), *_whole_rows(models)]


def test_nobody_who_only_reports_counts_as_one_who_builds() -> None:
    """The masks ask for the roles of a session: the reporter's must not lead to one that sees values."""
    seeing = {
        role
        for statement in account_files()
        if statement.kind == "MASKING POLICY"
        for role in re.findall(r"is_role_in_session\('(\w+)'\)", statement.sql)
    }
    assert seeing == {"STREAMVISION_OWNER", "LOADER", "TRANSFORMER"}
    assert Rights(account_files()).roles_of("REPORTER") & seeing == set()
