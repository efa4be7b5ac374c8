"""Starts the server with what all pages need loaded already: the first reader does not wait for it."""

import gc
from contextlib import suppress
from importlib import import_module

from streamlit.logger import get_logger
from streamlit.web import cli

from streamvision.bootstrap import open_marts
from streamvision.domain.errors import StreamVisionError

_PAGES = "streamvision_web.site"
_CACHE = "streamlit.runtime.caching.cache_data_api"


def main() -> None:
    """Run Streamlit's own command."""
    # Streamlit warns where no server runs yet as a page says what is to be remembered; it does no harm.
    get_logger(_CACHE).disabled = True
    import_module(_PAGES)
    get_logger(_CACHE).disabled = False
    # This loads the warehouse's driver; what is wrong with the profile is said on the page.
    with suppress(StreamVisionError):
        open_marts()
    # What stays for good need not be looked through for garbage again and again.
    gc.collect()
    gc.freeze()
    try:
        cli.main(prog_name="streamlit")
    finally:
        gc.unfreeze()


if __name__ == "__main__":
    main()
