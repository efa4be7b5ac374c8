"""Starts the server with what all pages need loaded already: the first reader does not wait for it."""

from contextlib import suppress
from importlib import import_module

from streamlit.web import cli

from streamvision.bootstrap import open_marts
from streamvision.domain.errors import StreamVisionError

_PAGES = "streamvision_web.site"


def main() -> None:
    """Run Streamlit's own command."""
    import_module(_PAGES)
    # This loads the warehouse's driver; what is wrong with the profile is said on the page.
    with suppress(StreamVisionError):
        open_marts()
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
