"""Finds the files that are not Python: in a checkout beside `src`, in a wheel inside the package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def asset(relative: str) -> Path:
    """Return the path of a file or folder, such as `contracts` or `warehouse`."""
    packaged = _PACKAGE / "_assets" / relative
    return packaged if packaged.exists() else _CHECKOUT / relative
