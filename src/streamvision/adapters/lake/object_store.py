"""A lake in a bucket of S3, or of a store that speaks as S3 does, of Google or of Azure, through obstore."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.store import AzureStore, GCSStore, S3Store

from streamvision.adapters.lake.address import bucket_and_prefix, endpoint_of
from streamvision.adapters.lake.errors import Act, is_missing_bucket, missing_file, repeated, store_errors
from streamvision.adapters.lake.upload import PART_BYTES, UnfinishedUpload

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, RetryConfig, S3Config

# Parts of one file that are on their way at once; with the piece that grows, this bounds the memory per file.
_PARTS_AT_ONCE = 3
_RANGE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Patience:
    """Say how long a store that fails is borne with.

    Attributes:
        retries: how often a request is repeated after an error that may pass.
        first_wait: the pause before the first repetition, which doubles, with some chance in it.
        longest_wait: the longest pause.
        in_all: the time after which nothing is repeated any more.
        connecting: how long a connection may take.
        silence: how long a store may send nothing.

    """

    retries: int = 8
    first_wait: timedelta = timedelta(milliseconds=200)
    longest_wait: timedelta = timedelta(seconds=15)
    in_all: timedelta = timedelta(minutes=2)
    connecting: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=60)


BRISK = Patience(
    retries=4,
    longest_wait=timedelta(seconds=5),
    in_all=timedelta(seconds=20),
    connecting=timedelta(seconds=5),
    silence=timedelta(seconds=10),
)
"""For small objects whose writer must know soon whether it succeeded."""


class ObjectStoreLake:
    """Keep the lake's files under a prefix of a bucket. The store shows an object whole or not at all."""

    def __init__(
        self, url: str, environment: Mapping[str, str] = os.environ, patience: Patience | None = None
    ) -> None:
        """Take an `s3://bucket/prefix`, `gs://` or `az://` URL; the rest comes from the cloud's variables.

        `environment` names the endpoint. Credentials are found by obstore itself, in the process's variables
        or from the role of the machine, and are renewed by it.

        Raises:
            WrongUseError: when the URL or the endpoint makes no sense.

        """
        self._scheme = url.partition("://")[0]
        self._bucket, self._prefix = bucket_and_prefix(url)
        self._endpoint = endpoint_of(environment, self._scheme)
        self._patience = patience or Patience()

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for writing; it appears, whole, when the block ends without an error."""
        store = self.store

        def put_whole(content: bytes) -> None:
            with self.errors("write", key):
                obstore.put(store, key, content, use_multipart=False)

        def put_parts(pieces: Iterator[bytes]) -> None:
            with self.errors("write", key):
                obstore.put(
                    store,
                    key,
                    pieces,
                    use_multipart=True,
                    chunk_size=PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )

        file = UnfinishedUpload(put_whole, put_parts)
        try:
            yield cast("BinaryIO", file)
            file.finish()
        finally:
            file.abandon()

    def put(self, key: str, content: bytes) -> None:
        """Write a small file in one piece."""
        with self.errors("write", key):
            obstore.put(self.store, key, content, use_multipart=False)

    def get(self, key: str) -> bytes | None:
        """Return a small file's content; None where there is none."""
        with self.errors("read", key):
            try:
                return bytes(obstore.get(self.store, key).bytes())
            except FileNotFoundError as error:
                if is_missing_bucket(error):
                    raise
                return None

    def keys(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix, sorted."""
        with self.errors("list", prefix):
            listed = repeated(
                lambda: [item["path"] for page in obstore.list(self.store, prefix) for item in page]
            )
        # A console marks a folder by an object that has the folder's name.
        return sorted(key for key in listed if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        with self.errors("delete", key):
            try:
                repeated(lambda: obstore.delete(self.store, key))
            except FileNotFoundError as error:
                if is_missing_bucket(error):
                    raise

    @contextmanager
    def local_file(self, key: str) -> Iterator[Path]:
        """Lend a file as a path: a temporary copy."""
        with self.errors("read", key):
            folder = TemporaryDirectory(prefix="streamvision-")
        with folder as name:
            path = Path(name) / key.rpartition("/")[2]
            with self.errors("read", key):
                try:
                    self._download(key, path)
                except FileNotFoundError as error:
                    self.get(
                        key
                    )  # Says so where there is no bucket, which a question for a file's size does not.
                    raise missing_file(self.where(key)) from error
            yield path

    def where(self, key: str = "") -> str:
        """Return a file's address, for people."""
        address = "/".join(part for part in (self._bucket, self._prefix, key) if part)
        return f"{self._scheme}://{address}" + (f" at {self._endpoint}" if self._endpoint else "")

    @contextmanager
    def errors(self, act: Act, key: str) -> Iterator[None]:
        """Turn what the store answers, or fails to, into LakeError."""
        with store_errors(act, self.where(key)):
            yield

    @property
    def names_versions_by_number(self) -> bool:
        """Tell whether a condition names an object's version by its number, and not by its ETag."""
        return self._scheme == "gs"

    @cached_property
    def store(self) -> S3Store | GCSStore | AzureStore:
        """Return obstore's store below the prefix."""
        client, retry = self._client, self._retry
        prefix = self._prefix or None
        with self.errors("read", ""):
            if self._scheme == "gs":
                return GCSStore(self._bucket, prefix=prefix, client_options=client, retry_config=retry)
            if self._scheme == "az":
                azure: AzureConfig = {"endpoint": self._endpoint} if self._endpoint else {}
                return AzureStore(
                    self._bucket, prefix=prefix, config=azure, client_options=client, retry_config=retry
                )
            # So that the store answers for the one file, and not for a list of files with one in it.
            config: S3Config = {"disable_bulk_delete": True}
            if self._endpoint:
                config["endpoint"] = self._endpoint
            return S3Store(
                self._bucket, prefix=prefix, config=config, client_options=client, retry_config=retry
            )

    @property
    def _client(self) -> "ClientConfig":
        patience = self._patience
        return {
            "allow_http": (self._endpoint or "").startswith("http://"),
            "connect_timeout": patience.connecting,
            "read_timeout": patience.silence,
            # No request carries more than a part or a range, so that none needs longer.
            "timeout": 5 * patience.silence,
        }

    @property
    def _retry(self) -> "RetryConfig":
        patience = self._patience
        return {
            "max_retries": patience.retries,
            "retry_timeout": patience.in_all,
            "backoff": {
                "init_backoff": patience.first_wait,
                "max_backoff": patience.longest_wait,
                "base": 2,
            },
        }

    def _download(self, key: str, path: Path) -> None:
        """Copy a file in ranges, each a request that can be repeated; all of them of one version."""
        meta = obstore.head(self.store, key)
        with path.open("xb") as file:
            for start in range(0, meta["size"], _RANGE_BYTES):
                end = min(start + _RANGE_BYTES, meta["size"])
                got = obstore.get(self.store, key, options={"range": (start, end), "if_match": meta["e_tag"]})
                file.write(got.bytes())
