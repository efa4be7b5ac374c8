"""Looks at a source's URL without connecting to anything."""

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from streamvision.domain.errors import malformed_source_url


def check_url(url: str) -> None:
    """Refuse a URL that no server can have, without showing it: it may hold the password.

    Raises:
        WrongUseError: when PostgreSQL would not understand it.

    """
    try:
        ports = str(conninfo_to_dict(url).get("port") or "").split(",")
    except ProgrammingError:
        ports = ["unreadable"]
    if any(port and not port.isdecimal() for port in ports):
        raise malformed_source_url() from None
