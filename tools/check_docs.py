"""Check that the documentation tells the truth: its links, anchors, commands and make targets exist.

Commands named in the messages of `src` are held against the command line too. No text file may hold a mark
of unfinished work or a path of somebody's machine.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import typer

from streamvision.entrypoints.cli.main import app
from tools.markdown_page import Found, MarkdownPage, read_page

Commands = Mapping[str, frozenset[str]]
"""The options of each command by its words; the program itself is the empty text."""

# The brackets keep this file from finding itself.
_FORBIDDEN = re.compile(r"\b(?:T[O]DO|FIX[M]E|X[X]X|HA[C]K)\b|(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)/")
_PROGRAM = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ +)*(?:\S*/)?streamvision +(?=[a-z-])(.*)")
_MAKE = re.compile(r"(?:\$ )?make +([a-z][a-z-]*)")
_IN_MESSAGE = re.compile(r"[`\"']streamvision (?=[a-z-])([^`\"'{]*)")
_SKIPPED = {".git", ".venv", ".venv-tools", ".streamvision", "__pycache__", "build", "dist", "target"}
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def dead_links(path: Path, page: MarkdownPage, pages: Mapping[Path, MarkdownPage]) -> Iterator[Found]:
    """Yield each link to a file or heading that is not there; addresses on the web are not asked."""
    for line, target in page.links:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield Found(line, f"dead link: {target}")
        elif anchor and (file not in pages or anchor not in pages[file].anchors):
            yield Found(line, f"dead anchor: {target}")


def unknown_commands(page: MarkdownPage, commands: Commands) -> Iterator[Found]:
    """Yield each `streamvision` command in the page's code that the program does not know."""
    for line, code in page.code:
        if found := _PROGRAM.fullmatch(code.strip()):
            yield from (Found(line, wrong) for wrong in _wrong_in(found[1], commands))


def unknown_commands_in_messages(text: str, commands: Commands) -> Iterator[Found]:
    """Yield each command that a string or comment of Python code names and the program does not know."""
    for line, code in enumerate(text.splitlines(), 1):
        for words in _IN_MESSAGE.findall(code):
            yield from (Found(line, wrong) for wrong in _wrong_in(words, commands))


def unknown_targets(page: MarkdownPage, targets: Iterable[str]) -> Iterator[Found]:
    """Yield each `make` target in the page's code that the Makefile does not have."""
    for line, code in page.code:
        found = _MAKE.match(code.strip())
        if found and found[1] not in targets:
            yield Found(line, f"unknown make target: {found[1]}")


def forbidden_words(text: str) -> Iterator[Found]:
    """Yield each mark of unfinished work and each path of somebody's machine."""
    for line, content in enumerate(text.splitlines(), 1):
        yield from (Found(line, f"must not be here: {word}") for word in _FORBIDDEN.findall(content))


def _wrong_in(words: str, commands: Commands) -> Iterator[str]:
    command, before = "", ""
    for token in _tokens(words):
        # What follows an option of a command that has others below it is that option's value.
        value = bool(command) and before.startswith("-") and "=" not in before
        before = token
        longer = f"{command} {token}".strip()
        if longer in commands:
            command = longer
        elif token.startswith("-"):
            option = token.partition("=")[0]
            if option not in commands[command] | {"--help"}:
                yield f"unknown option: streamvision {command} {option}"
        elif not value and any(
            name.startswith(f"{command} ".lstrip()) for name in commands if name != command
        ):
            yield f"unknown command: streamvision {longer}"
            return


def _tokens(words: str) -> list[str]:
    """Return the words of one shell command, without what is piped or redirected after it."""
    command = re.split(r"\s(?:[|&;<>]|&&|\d>)", words)[0]
    return shlex.split(command, comments=True)


def known_commands(command: object, name: str = "") -> dict[str, frozenset[str]]:
    """Return the options of a command and of all commands below it."""
    options = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    options |= {option for parameter in getattr(command, "params", ()) for option in parameter.secondary_opts}
    known = {name: frozenset(options)}
    for word, below in getattr(command, "commands", {}).items():
        known |= known_commands(below, f"{name} {word}".strip())
    return known


def _files(root: Path) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is needed anyway
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    if listing.returncode == 0:
        paths = (root / name for name in listing.stdout.split("\0") if name)
    else:  # a copy without its history
        paths = (path for path in root.rglob("*") if _SKIPPED.isdisjoint(path.relative_to(root).parts))
    return sorted(path for path in paths if path.is_file())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def problems(root: Path, commands: Commands) -> Iterator[tuple[Path, Found]]:
    """Yield everything that is wrong in the repository's files, with the file it stands in."""
    files = _files(root)
    pages = {path: read_page(path) for path in files if path.suffix == ".md"}
    targets = set(_TARGET.findall((root / "Makefile").read_text(encoding="utf-8")))
    for path in files:
        text = _text(path)
        found = list(forbidden_words(text))
        if page := pages.get(path):
            found += [
                *dead_links(path, page, pages),
                *unknown_commands(page, commands),
                *unknown_targets(page, targets),
            ]
        elif path.suffix == ".py" and path.is_relative_to(root / "src"):
            found += unknown_commands_in_messages(text, commands)
        yield from ((path, one) for one in found)


def main() -> int:
    """Print what is wrong; return 1 where anything is."""
    root = Path(__file__).resolve().parent.parent
    found = list(problems(root, known_commands(typer.main.get_command(app))))
    for path, problem in found:
        print(f"{path.relative_to(root)}:{problem.line}: {problem.text}")
    print(f"{len(found)} problems in the documentation." if found else "The documentation holds.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
