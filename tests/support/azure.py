"""A stand-in for Azure's object store: Azurite, which comes with npm and is run where its path is given."""

import base64
import hashlib
import hmac
import http.client
import os
import socket
import subprocess
from collections.abc import Iterator
from email.utils import formatdate
from itertools import count
from time import monotonic, sleep

import pytest

AZURITE = os.environ.get("STREAMVISION_TEST_AZURITE", "")
"""The path of azurite-blob; without it nothing is tried on Azure's protocol."""
_ACCOUNT = "devstoreaccount1"
# Azurite's own, and the same everywhere.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_VERSION = "2021-08-06"
_NUMBERS = count(1)
_PATIENCE_SECONDS = 30


@pytest.fixture(scope="session")
def azurite() -> Iterator[int]:
    """Run Azurite and give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(  # noqa: S603 - the path that whoever runs the tests has given
        [
            AZURITE,
            "--inMemoryPersistence",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(port),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = monotonic() + _PATIENCE_SECONDS
        while monotonic() < until and not _listens(port):
            sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def az_url(azurite: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of an empty lake in Azurite."""
    container = f"lake-{next(_NUMBERS)}"
    moment = formatdate(usegmt=True)
    path = f"/{_ACCOUNT}/{container}"
    headers = f"x-ms-date:{moment}\nx-ms-version:{_VERSION}\n/{_ACCOUNT}{path}\nrestype:container"
    signed = hmac.new(base64.b64decode(_KEY), f"PUT{chr(10) * 12}{headers}".encode(), hashlib.sha256)
    signature = base64.b64encode(signed.digest()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", azurite)
    connection.request(
        "PUT",
        f"{path}?restype=container",
        headers={
            "x-ms-date": moment,
            "x-ms-version": _VERSION,
            "Authorization": f"SharedKey {_ACCOUNT}:{signature}",
            "Content-Length": "0",
        },
    )
    status = connection.getresponse().status
    connection.close()
    assert status == http.HTTPStatus.CREATED
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", _ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", _KEY)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{azurite}/{_ACCOUNT}")
    return f"az://{container}/some/lake"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
