"""The Makefile, the hooks and the help agree."""

import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
_WRITTEN = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
_CHECKS = re.search(r"^CHECKS := (.*)", _WRITTEN, re.MULTILINE)
assert _CHECKS is not None
MAKEFILE = _WRITTEN.replace("$(CHECKS)", _CHECKS[1])


def parts_of_check() -> set[str]:
    """Return the targets that `make check` runs."""
    found = re.search(r"^check: (.*?) ##", MAKEFILE, re.MULTILINE)
    assert found is not None
    return set(found[1].split())


def test_the_hooks_run_every_part_of_the_checks() -> None:
    """What a commit runs is what `make check` runs, part by part."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]
    assert {entry.split()[-1] for entry in entries} == parts_of_check()


def test_help_names_every_command() -> None:
    """A command without its line of help would stay unknown."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S607 - make is needed anyway
    phony = re.search(r"^\.PHONY:(.*)", MAKEFILE, re.MULTILINE)
    assert phony is not None
    commands = set(phony[1].split()) - {"stale"}
    assert commands == set(re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE))
