"""The checks of the documentation and of sizes."""

import subprocess
from pathlib import Path

import pytest
import typer

from tools.check_docs import (
    dead_links,
    forbidden_words,
    known_commands,
    problems,
    unknown_commands,
    unknown_commands_in_messages,
    unknown_targets,
)
from tools.check_sizes import MAX_FILE_LINES, MAX_FUNCTION_LINES, too_long
from tools.markdown_page import MarkdownPage, read_page, slug_of

COMMANDS = {
    "": frozenset({"--help"}),
    "up": frozenset({"--serve", "--no-serve"}),
    "profile": frozenset[str](),
    "profile show": frozenset({"--reveal", "--format"}),
}


def page_of(tmp_path: Path, text: str) -> MarkdownPage:
    """Write a page and read it back."""
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return read_page(path)


def dead_in(tmp_path: Path, text: str) -> list[str]:
    """Return what is dead among the links of a page whose only neighbour has the heading `Here`."""
    neighbour = tmp_path / "neighbour.md"
    neighbour.write_text("# Here\n", encoding="utf-8")
    page = page_of(tmp_path, text)
    pages = {neighbour: read_page(neighbour), tmp_path / "page.md": page}
    return [found.text for found in dead_links(tmp_path / "page.md", page, pages)]


@pytest.mark.parametrize(
    "text",
    [
        "[a](neighbour.md) [b](neighbour.md#here) ![c](neighbour.md)",
        "# My own\n[a](#my-own) [b](page.md#my-own)",
        "# Twice\n# Twice\n[second](#twice-1)",
        "[elsewhere](https://example.org/x) [post](mailto:a@example.org)",
        "```\n[not a link](gone.md)\n```\nnor `[this](gone.md)`",
        "[`code`](neighbour.md)",
    ],
)
def test_living_links_are_left_alone(tmp_path: Path, text: str) -> None:
    """Files, headings, web addresses and code are no dead links."""
    assert dead_in(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[a](gone.md)", "dead link: gone.md"),
        ("![a](images/gone.png)", "dead link: images/gone.png"),
        ("[`a`](gone.md)", "dead link: gone.md"),
        ("[a](neighbour.md#there)", "dead anchor: neighbour.md#there"),
        ("[a](#nowhere)", "dead anchor: #nowhere"),
        ("[a]: gone.md", "dead link: gone.md"),
    ],
)
def test_a_link_to_nothing_is_dead(tmp_path: Path, text: str, dead: str) -> None:
    """A link whose file or heading is not there is reported as it is written."""
    assert dead_in(tmp_path, text) == [dead]


@pytest.mark.parametrize(
    ("heading", "slug"),
    [("First run", "first-run"), ("What `down` does, and why?", "what-down-does-and-why"), ("a_b", "a_b")],
)
def test_anchors_are_those_of_github(heading: str, slug: str) -> None:
    """Anchors are lower case, without punctuation, with hyphens for spaces."""
    assert slug_of(heading) == slug


@pytest.mark.parametrize(
    "code",
    [
        "streamvision up --no-serve",
        "$ STREAMVISION_HOME=here .venv/bin/streamvision profile show --format=json --reveal",
        "streamvision profile show --format json | grep --count x  # why",
        "streamvision up --help",
        "grep streamvision --nonsense",
    ],
)
def test_commands_of_the_program_are_known(tmp_path: Path, code: str) -> None:
    """Environment, paths, pipes and comments around a command do no harm."""
    page = page_of(tmp_path, f"```console\n{code}\n```\n")
    assert list(unknown_commands(page, COMMANDS)) == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("streamvision fly", "unknown command: streamvision fly"),
        ("streamvision profile hide", "unknown command: streamvision profile hide"),
        ("$ streamvision up --later", "unknown option: streamvision up --later"),
        ("HOME=x .venv/bin/streamvision up --no-servee=1", "unknown option: streamvision up --no-servee"),
    ],
)
def test_commands_that_the_program_lacks_are_reported(tmp_path: Path, code: str, wrong: str) -> None:
    """A wrong word or option is reported from a block and from a line's code alike."""
    block = page_of(tmp_path, f"```\n{code}\n```\n")
    span = page_of(tmp_path, f"Type `{code}`.\n")
    assert [found.text for found in unknown_commands(block, COMMANDS)] == [wrong]
    assert [found.text for found in unknown_commands(span, COMMANDS)] == [wrong]


def test_commands_in_messages_are_checked() -> None:
    """An error must not send people to a command that does not exist."""
    code = 'next_command=f"streamvision fly --date {day}"\nsafe="see `streamvision up --no-serve`"\n'
    assert [tuple(found) for found in unknown_commands_in_messages(code, COMMANDS)] == [
        (1, "unknown command: streamvision fly")
    ]


def test_the_commands_are_those_of_the_typer_application() -> None:
    """Commands of groups are known by all their words, with both forms of a flag."""
    app, group = typer.Typer(), typer.Typer()

    @app.command()
    def up(*, serve: bool = True) -> None: ...

    @group.command("list")
    def names() -> None: ...

    app.add_typer(group, name="profile")
    known = known_commands(typer.main.get_command(app))
    assert known["up"] == {"--serve", "--no-serve"}
    assert {"profile", "profile list"} <= known.keys()


def test_make_targets_must_exist(tmp_path: Path) -> None:
    """A target that the Makefile lacks is reported; prose is not read."""
    page = page_of(tmp_path, "make haste\n\n```\nmake run ARGS=--no-serve\nmake tea\n```\n`make coffee`\n")
    assert [found.text for found in unknown_targets(page, ["run"])] == [
        "unknown make target: tea",
        "unknown make target: coffee",
    ]


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "/" + "root/x", "/" + "home/ann/x"])
def test_marks_and_machine_paths_are_found(word: str) -> None:
    """Marks of unfinished work and paths of a machine are found wherever they stand."""
    assert [found.line for found in forbidden_words(f"fine\nsee {word} here\n")] == [2]


@pytest.mark.parametrize("text", ["s3://bucket/" + "root/x", "TODOS", "framework/home", "~/root"])
def test_other_words_are_left_alone(text: str) -> None:
    """Longer words and paths that only end alike are no finds."""
    assert list(forbidden_words(text)) == []


@pytest.mark.parametrize("with_history", [True, False])
def test_every_file_of_the_project_is_read(tmp_path: Path, *, with_history: bool) -> None:
    """Pages of a clone and of a plain copy are checked; what a run or a tool made is not."""
    if with_history:
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S603, S607 - git is needed anyway
    (tmp_path / ".gitignore").write_text(".venv/\n", encoding="utf-8")
    (tmp_path / "Makefile").write_text("run:\n", encoding="utf-8")
    for folder in ("docs", ".venv"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.md").write_text("[a](gone.md) `make tea`\n", encoding="utf-8")
    found = [(path.relative_to(tmp_path).as_posix(), one.text) for path, one in problems(tmp_path, COMMANDS)]
    assert found == [
        ("docs/page.md", "dead link: gone.md"),
        ("docs/page.md", "unknown make target: tea"),
    ]


def test_files_and_functions_have_a_longest_length(tmp_path: Path) -> None:
    """A file or function at its limit passes; one line more is reported."""
    source = tmp_path / "src"
    source.mkdir()
    body = "    pass\n" * (MAX_FUNCTION_LINES - 1)
    (source / "fits.py").write_text(f"def fits():\n{body}", encoding="utf-8")
    (source / "fits.sql").write_text("\n" * MAX_FILE_LINES, encoding="utf-8")
    assert list(too_long(tmp_path)) == []
    (source / "long.py").write_text(f"def long():\n{body}    pass\n", encoding="utf-8")
    (source / "long.sql").write_text("\n" * (MAX_FILE_LINES + 1), encoding="utf-8")
    assert [line.partition(":")[0] for line in too_long(tmp_path)] == ["src/long.py", "src/long.sql"]
