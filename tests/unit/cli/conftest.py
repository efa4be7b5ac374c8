"""What the tests of the command line share."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from streamvision.entrypoints.cli.main import main
from streamvision.entrypoints.cli.output import LOG


@dataclass(frozen=True)
class Ended:
    """Tell how a command ended and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> object:
        """Return what standard output holds, which must be one JSON document and nothing else."""
        return json.loads(self.out)


def _run_as_a_script() -> None:
    """End as the installed script does: with what `main` returns, or by itself."""
    returned: object = main()  # type: ignore[func-returns-value] # None is a good end
    sys.exit(returned if isinstance(returned, int) else None)


class CommandLine:
    """Run commands in this process, in an empty working folder with a home of its own."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Take the working folder."""
        self.folder = folder
        self.home = folder / "home"
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def set(self, **variables: str) -> None:
        """Set variables of the environment, named without their beginning."""
        for name, value in variables.items():
            self._monkeypatch.setenv(f"STREAMVISION_{name}", value)

    def __call__(self, *arguments: str) -> Ended:
        """Run `streamvision` with arguments."""
        self._monkeypatch.setattr(sys, "argv", ["streamvision", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            _run_as_a_script()
        captured = self._capsys.readouterr()
        code = end.value.code
        return Ended(code if isinstance(code, int) else int(code is not None), captured.out, captured.err)


@pytest.fixture
def streamvision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CommandLine]:
    """Lend the command line, with no variable of this machine in its way."""
    for name in [name for name in os.environ if name.startswith("STREAMVISION_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    command_line = CommandLine(tmp_path, monkeypatch, capsys)
    command_line.set(HOME=str(command_line.home))
    yield command_line
    # How lines are written was for a command, and not for the tests that this process runs next.
    LOG.begin(None)
