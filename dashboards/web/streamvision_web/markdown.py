"""Text that must not come to life where Markdown is understood."""

import re

# Also the colon, which begins an icon or a colour, and the dollar of a formula.
_MEANING = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^@])")


# What looks like an address becomes a link however it is escaped, unless something stands within it.
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=@)|(?<=www)(?=\.)", re.IGNORECASE)
_JOINER = "\u2060"
"""Is not seen, and takes no room."""


def plain(text: str) -> str:
    """Return text so that Markdown shows it letter by letter, on one line."""
    return _MEANING.sub(r"\\\1", _ADDRESS.sub(_JOINER, " ".join(text.split())))
