"""Text that must not come to life where Markdown is understood."""

import re

# Also the colon, which begins an icon or a colour, and the dollar of a formula.
_MEANING = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^@])")


def plain(text: str) -> str:
    """Return text so that Markdown shows it letter by letter, on one line."""
    return _MEANING.sub(r"\\\1", " ".join(text.split()))
