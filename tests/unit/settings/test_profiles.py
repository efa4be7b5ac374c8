"""Which profile a command works on, and where its parts come from."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.settings import home_folder, load_profile, profile_names, with_choice

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


def test_the_source_is_not_changed_without_being_asked(tmp_path: Path) -> None:
    """A log that is kept is a change: only the server that StreamVision brings along keeps one by itself."""
    _write(tmp_path, FILE)
    assert load_profile("local", {}, tmp_path).extraction == "changes"
    assert load_profile("test", {}, tmp_path).extraction == "snapshot"
    foreign = {"STREAMVISION_SOURCE": "postgresql://h/d"}
    assert load_profile("local", foreign, tmp_path).extraction == "snapshot"


@pytest.mark.parametrize("extraction", ["snapshot", "changes", "cursor"])
def test_a_profile_says_how_its_source_is_read(tmp_path: Path, extraction: str) -> None:
    """And a variable says it more strongly."""
    _write(tmp_path, FILE + f'extraction = "{extraction}"\n')
    told = {"SERVICE_PASSWORD": "x"}
    assert load_profile("live", told, tmp_path).extraction == extraction
    assert load_profile("live", told | {"STREAMVISION_EXTRACTION": "cursor"}, tmp_path).extraction == "cursor"


def test_contracts_are_the_projects_own_unless_a_profile_derives_them(tmp_path: Path) -> None:
    """Tables and views are chosen along with it; a list is as good as a text with commas."""
    _write(tmp_path, FILE)
    plain = load_profile("test", {}, tmp_path)
    assert (plain.contracts, plain.tables, plain.views) == ("declared", (), False)
    _write(tmp_path, FILE + 'contracts = "derive"\ntables = " sales.*, public.user?,"\nviews = true\n')
    told = {"SERVICE_PASSWORD": "x"}
    chosen = load_profile("live", told, tmp_path)
    assert (chosen.contracts, chosen.tables, chosen.views) == ("derive", ("sales.*", "public.user?"), True)
    _write(tmp_path, FILE + 'contracts = "derive"\ntables = ["sales.*", "public.user?"]\n')
    assert load_profile("live", told, tmp_path).tables == ("sales.*", "public.user?")


def test_variables_choose_contracts_and_tables(tmp_path: Path) -> None:
    """As they override every other part."""
    told = {
        "STREAMVISION_CONTRACTS": "derive",
        "STREAMVISION_TABLES": "a.b,c.d",
        "STREAMVISION_VIEWS": "true",
        "STREAMVISION_LAKE_FORMAT": "csv.gz",
    }
    profile = load_profile(None, told, tmp_path)
    assert (profile.contracts, profile.tables, profile.views) == ("derive", ("a.b", "c.d"), True)
    assert profile.lake_format == "csv.gz"


def test_how_much_memory_a_warehouse_may_take(tmp_path: Path) -> None:
    """As it wants, unless the profile or the environment says."""
    assert load_profile(None, {}, tmp_path).memory_limit == ""
    _write(tmp_path, FILE + 'memory_limit = "4GB"\n')
    told = {"SERVICE_PASSWORD": "x"}
    assert load_profile("live", told, tmp_path).memory_limit == "4GB"
    told["STREAMVISION_MEMORY_LIMIT"] = "1.5 GiB"
    assert load_profile("live", told, tmp_path).memory_limit == "1.5 GiB"


@pytest.mark.parametrize("limit", ["4", "4 gigabytes", "-1GB", "GB", "80%", "4GB'; drop table"])
def test_a_limit_that_is_no_size_is_refused(tmp_path: Path, limit: str) -> None:
    """With the form in which it is written."""
    with pytest.raises(WrongUseError, match="memory_limit is") as refusal:
        load_profile(None, {"STREAMVISION_MEMORY_LIMIT": limit}, tmp_path)
    assert "4GB" in refusal.value.next_command


def test_options_come_before_the_profile(tmp_path: Path) -> None:
    """What they leave out stays as the profile has it."""
    told = {"STREAMVISION_CONTRACTS": "derive", "STREAMVISION_TABLES": "a.b"}
    profile = load_profile(None, told, tmp_path)
    assert with_choice(profile, derive=False, tables=(), views=False) == profile
    assert with_choice(profile, derive=False, tables=["c.*"], views=True).tables == ("c.*",)
    local = load_profile(None, {}, tmp_path)
    chosen = with_choice(local, derive=True, tables=["c.*"], views=True)
    assert (chosen.contracts, chosen.tables, chosen.views) == ("derive", ("c.*",), True)


@pytest.mark.parametrize(("tables", "views"), [(["public.*"], False), ([], True)])
def test_tables_are_chosen_only_where_contracts_are_derived(
    tmp_path: Path, tables: list[str], *, views: bool
) -> None:
    """The project's own contracts say which tables there are; the choice would be passed over."""
    with pytest.raises(WrongUseError, match="only where contracts are derived") as refusal:
        with_choice(load_profile(None, {}, tmp_path), derive=False, tables=tables, views=views)
    assert "--derive-contracts" in refusal.value.next_command


@pytest.mark.parametrize("pattern", ["users", ".users", "public.", "."])
def test_a_choice_without_schema_and_table_is_refused(tmp_path: Path, pattern: str) -> None:
    """It would fit nothing, or not what was meant."""
    with pytest.raises(WrongUseError, match="names no schema and table"):
        with_choice(load_profile(None, {}, tmp_path), derive=True, tables=[pattern], views=False)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("EXTRACTION", "all", "extraction is 'all', not snapshot, changes or cursor"),
        ("CONTRACTS", "none", "contracts is 'none', not declared or derive"),
        ("VIEWS", "maybe", "views is 'maybe', not true or false"),
        ("NOTIFY_ON", "success", "notify_on is 'success', not failure, warning or always"),
        ("LAKE_FORMAT", "gz", "lake_format is 'gz', not parquet, csv or csv.gz"),
    ],
)
def test_a_word_that_is_not_known_is_refused(tmp_path: Path, variable: str, value: str, said: str) -> None:
    """The error lists those that are."""
    with pytest.raises(WrongUseError) as refusal:
        load_profile(None, {f"STREAMVISION_{variable}": value}, tmp_path)
    assert refusal.value.what == said
    assert f"STREAMVISION_{variable}" in refusal.value.next_command


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


@pytest.mark.parametrize(
    ("written", "targets"),
    [
        ('notify = "mailto://u:p@h?to=a@b.org,c@d.org"', ("mailto://u:p@h?to=a@b.org,c@d.org",)),
        ('notify = "json://h/a, slack://b/c"', ("json://h/a", "slack://b/c")),
        ('notify = "json://h/a\\n  slack://b/c,"', ("json://h/a", "slack://b/c")),
        (
            'notify = ["json://h/?+X=https://x,y", "https://hooks/${SERVICE_PASSWORD}"]',
            ("json://h/?+X=https://x,y", "https://hooks/hunter2"),
        ),
        ('notify = ""', ()),
    ],
)
def test_a_profile_says_who_is_told(tmp_path: Path, written: str, targets: tuple[str, ...]) -> None:
    """One URL or several; secrets come from the environment."""
    _write(tmp_path, FILE + written)
    profile = load_profile("live", {"SERVICE_PASSWORD": "hunter2"}, tmp_path)
    assert profile.notify == targets
    assert (profile.notify_on, profile.notify_repeat_hours) == ("warning", 12.0)


def test_variables_say_who_is_told_and_what(tmp_path: Path) -> None:
    """They override the file."""
    _write(tmp_path, FILE + 'notify = "json://h"\nnotify_on = "failure"\nnotify_repeat_hours = 1')
    environment = {
        "SERVICE_PASSWORD": "x",
        "STREAMVISION_NOTIFY": "json://other json://more",
        "STREAMVISION_NOTIFY_ON": "always",
        "STREAMVISION_NOTIFY_REPEAT_HOURS": "0.5",
    }
    profile = load_profile("live", environment, tmp_path)
    assert profile.notify == ("json://other", "json://more")
    assert (profile.notify_on, profile.notify_repeat_hours) == ("always", 0.5)


@pytest.mark.parametrize("written", ["hunter2", "json://h hunter2", "://hunter2", "json://"])
def test_a_target_that_is_no_url_is_refused_unseen(tmp_path: Path, written: str) -> None:
    """It may be a secret that was pasted in the wrong place."""
    with pytest.raises(WrongUseError, match="not a URL") as refused:
        load_profile(None, {"STREAMVISION_NOTIFY": written}, tmp_path)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("hours", ["often", "-1", "nan", "inf", "721"])
def test_a_time_that_is_no_number_of_hours_is_refused(tmp_path: Path, hours: str) -> None:
    """It is said what may be written."""
    with pytest.raises(WrongUseError, match="not a number of hours from 0 to 720"):
        load_profile(None, {"STREAMVISION_NOTIFY_REPEAT_HOURS": hours}, tmp_path)
