"""Turns a profile into adapters: the only package that knows both.

An adapter, and with it its library, is imported when it is first asked for: together they take seconds.
"""

from streamvision.bootstrap.accounts import AccountSetup, account_setup, open_account, open_stack
from streamvision.bootstrap.application import Application, open_application, open_marts
from streamvision.bootstrap.definitions import open_metrics

__all__ = [
    "AccountSetup",
    "Application",
    "account_setup",
    "open_account",
    "open_application",
    "open_marts",
    "open_metrics",
    "open_stack",
]
