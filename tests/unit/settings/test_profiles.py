"""Which profile a command works on, and where its parts come from."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.settings import home_folder, load_profile, profile_names

FILE = """
default_profile = "test"

[profiles.test]
source = "postgresql://reader@test/service"
lake = "file:///lake/test"
warehouse = "duckdb:///test.duckdb"
lake_format = "csv"

[profiles.live]
source = "postgresql://reader:${SERVICE_PASSWORD}@live/service"
lake = "file:///lake/live"
warehouse = "duckdb:///live.duckdb"
"""


def _write(folder: Path, text: str, name: str = "streamvision.toml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_without_any_setting_everything_is_local(tmp_path: Path) -> None:
    """All parts lie under .streamvision in the working folder."""
    profile = load_profile(None, {}, tmp_path)
    home = tmp_path / ".streamvision"
    assert profile.name == "local"
    assert profile.home == home
    assert profile.source == f"embedded://{home}/source"
    assert profile.lake == f"file://{home}/lake"
    assert profile.warehouse == f"duckdb://{home}/warehouse/streamvision_wh.duckdb"
    assert profile.lake_format == "parquet"


def test_the_option_comes_before_the_variable_and_that_before_the_file(tmp_path: Path) -> None:
    """The nearer to the command, the stronger."""
    _write(tmp_path, FILE)
    chosen = {"STREAMVISION_PROFILE": "live", "SERVICE_PASSWORD": "x"}
    assert load_profile("local", chosen, tmp_path).name == "local"
    assert load_profile(None, chosen, tmp_path).name == "live"
    assert load_profile(None, {"STREAMVISION_PROFILE": ""}, tmp_path).name == "test"


def test_a_file_without_a_default_leaves_local(tmp_path: Path) -> None:
    """Writing profiles down does not choose one."""
    _write(tmp_path, FILE.replace('default_profile = "test"', ""))
    assert load_profile(None, {}, tmp_path).name == "local"


def test_all_profiles_are_listed_once(tmp_path: Path) -> None:
    """The built-in one comes first, also where the file describes it."""
    _write(tmp_path, FILE + '\n[profiles.local]\nsource = "postgresql://h/d"\n')
    assert profile_names({}, tmp_path) == ["local", "test", "live"]


def test_variables_override_single_parts(tmp_path: Path) -> None:
    """Each part on its own; an empty variable overrides nothing."""
    _write(tmp_path, FILE)
    environment = {
        "STREAMVISION_SOURCE": "postgresql://other/service",
        "STREAMVISION_LAKE": "",
        "STREAMVISION_WAREHOUSE": "duckdb:///other.duckdb",
        "STREAMVISION_LAKE_FORMAT": "parquet",
    }
    profile = load_profile(None, environment, tmp_path)
    assert profile.source == "postgresql://other/service"
    assert profile.lake == "file:///lake/test"
    assert profile.warehouse == "duckdb:///other.duckdb"
    assert profile.lake_format == "parquet"


def test_the_file_may_say_the_format_of_the_lake(tmp_path: Path) -> None:
    """Without a variable the profile's own word counts."""
    _write(tmp_path, FILE)
    assert load_profile(None, {}, tmp_path).lake_format == "csv"


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    """A file with ${NAME} in it holds no secret."""
    _write(tmp_path, FILE)
    profile = load_profile("live", {"SERVICE_PASSWORD": "p%40ss"}, tmp_path)
    assert profile.source == "postgresql://reader:p%40ss@live/service"


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    """An empty password in its place would be tried in vain."""
    _write(tmp_path, FILE)
    with pytest.raises(WrongUseError, match="SERVICE_PASSWORD is not set"):
        load_profile("live", {}, tmp_path)


def test_variables_of_a_profile_not_in_use_need_not_be_set(tmp_path: Path) -> None:
    """Only the chosen profile is expanded."""
    _write(tmp_path, FILE)
    assert load_profile("test", {}, tmp_path).name == "test"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profiles = 3", "not a table of profiles"),
        ("profiles.test = 3", "not a table of profiles"),
        ("[profiles.test]\nsauce = 'x'", r"unknown fields: \['sauce'\]"),
        ("[profiles.test]\nsource = 'postgresql://h/d'\nlake = 'file:///l'", "names no warehouse"),
        (FILE.replace("csv", "orc"), "lake_format is 'orc'"),
        ("default_profile = 'life'", "no profile 'life'"),
        ("[profiles", "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A mistake in it is told, not passed over."""
    _write(tmp_path, text)
    with pytest.raises(WrongUseError, match=said) as refusal:
        load_profile(None if "default" in text else "test", {}, tmp_path)
    assert refusal.value.exit_code == 2


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    """The next command lists those that there are."""
    with pytest.raises(WrongUseError, match="no profile 'live'") as refusal:
        load_profile("live", {}, tmp_path)
    assert refusal.value.next_command == "streamvision profile list"


def test_another_file_of_profiles_can_be_named(tmp_path: Path) -> None:
    """STREAMVISION_CONFIG is taken from the working folder."""
    _write(tmp_path, FILE, "other.toml")
    assert load_profile(None, {"STREAMVISION_CONFIG": "other.toml"}, tmp_path).name == "test"


def test_a_named_file_of_profiles_that_is_missing_is_told(tmp_path: Path) -> None:
    """Working on the local profile instead would be a surprise."""
    with pytest.raises(WrongUseError, match=r"other\.toml"):
        load_profile(None, {"STREAMVISION_CONFIG": "other.toml"}, tmp_path)


def test_a_home_that_the_warehouse_cannot_live_in_is_refused(tmp_path: Path) -> None:
    """DuckDB takes what follows a question mark for something else than the file's name."""
    with pytest.raises(WrongUseError, match="cannot hold the warehouse"):
        load_profile(None, {"STREAMVISION_HOME": str(tmp_path / "a?b")}, tmp_path)


@pytest.mark.parametrize("name", ["with space", "50% off", "it's", "größe", "a#b"])
def test_any_path_of_the_home_survives_in_the_urls(tmp_path: Path, name: str) -> None:
    """What a URL cannot hold is encoded, so that the adapters find the same folder."""
    profile = load_profile(None, {"STREAMVISION_HOME": str(tmp_path / name)}, tmp_path)
    assert profile.home == tmp_path / name
    for url, rest in (
        (profile.source, "source"),
        (profile.lake, "lake"),
        (profile.warehouse, "warehouse/streamvision_wh.duckdb"),
    ):
        assert Path(unquote(urlsplit(url).path)) == tmp_path / name / rest


def test_a_dollar_in_the_homes_path_is_no_variable(tmp_path: Path) -> None:
    """Only what stands in a file of profiles is expanded."""
    profile = load_profile(None, {"STREAMVISION_HOME": str(tmp_path / "${x}")}, tmp_path)
    assert profile.home == tmp_path / "${x}"


def test_the_home_may_be_relative_or_begin_with_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative home lies in the working folder, ~ is the user's own."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert home_folder({"STREAMVISION_HOME": "data"}, tmp_path) == tmp_path / "data"
    assert home_folder({"STREAMVISION_HOME": "~/data"}, tmp_path) == tmp_path / "user" / "data"
