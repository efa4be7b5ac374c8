"""What tests of several kinds share."""

from tests.support.embedded_postgres import embedded_server

__all__ = ["embedded_server"]
