"""What an error of the command line must be like."""

from tests.support.cli import Outcome

SECRET = "geheim77"  # noqa: S105 - it opens nothing; tests look for it where it must not be
_PARTS = ("error: ", "where: ", "safe: ", "next: ")


def assert_clear(outcome: Outcome, *expected: str) -> None:
    """Fail unless an error says what, where, what is safe and what to do next, with the texts expected.

    No error shows a traceback or a password, and none goes to the standard output.
    """
    lines = outcome.stderr.splitlines()
    for part in _PARTS:
        assert [line for line in lines if line.startswith(part) and line != part.rstrip()], (
            f"there is no {part!r} in:\n{outcome.stderr}"
        )
    for text in expected:
        assert text in outcome.stderr, f"{text!r} is not in:\n{outcome.stderr}"
    assert "Traceback" not in outcome.output
    assert SECRET not in outcome.output
    assert outcome.stdout == ""
