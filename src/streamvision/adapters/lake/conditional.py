"""Conditional writes in the store of a lake."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError

from streamvision.adapters.lake.errors import is_missing_bucket
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.domain.errors import LakeError
from streamvision.ports.objects import StoredObject

if TYPE_CHECKING:
    from obstore import UpdateVersion

_CLOCK = "_clock"


class LakeObjects:
    """Read and write small objects beside a lake's files, on the condition that nobody else has."""

    def __init__(self, lake: ObjectStoreLake) -> None:
        """Take the lake in whose store they are."""
        self._lake = lake
        self.where = lake.where()
        self._named: Literal["e_tag", "version"] = "version" if lake.names_versions_by_number else "e_tag"

    def read(self, key: str) -> StoredObject | None:
        """Return an object; None where there is none."""
        with self._lake.errors("read", key):
            try:
                got = obstore.get(self._lake.store, key)
                content = bytes(got.bytes())
            except FileNotFoundError as error:
                if is_missing_bucket(error):
                    raise
                return None
        return StoredObject(content, self._version(got.meta), got.meta["last_modified"])

    def create(self, key: str, content: bytes) -> str | None:
        """Write an object where there is none and return its version; None where there is one."""
        with self._lake.errors("write", key):
            try:
                return self._version(obstore.put(self._lake.store, key, content, mode="create"))
            except AlreadyExistsError:
                return None

    def replace(self, key: str, content: bytes, version: str) -> str | None:
        """Write an object if the version is still the one given, and return the new one; else None."""
        with self._lake.errors("write", key):
            try:
                put = obstore.put(self._lake.store, key, content, mode=self._as_it_was(version))
            except (PreconditionError, AlreadyExistsError):
                return None
            except FileNotFoundError as error:
                # The object to replace has been removed.
                if is_missing_bucket(error):
                    raise
                return None
            return self._version(put)

    def now(self) -> datetime:
        """Return the present moment by the store's own clock: that of a write."""
        with self._lake.errors("write", _CLOCK):
            obstore.put(self._lake.store, _CLOCK, b"what time is it", use_multipart=False)
            return obstore.head(self._lake.store, _CLOCK)["last_modified"]

    def _as_it_was(self, version: str) -> "UpdateVersion":
        return {"version": version} if self._named == "version" else {"e_tag": version}

    def _version(self, told: Mapping[str, Any]) -> str:
        version = told[self._named]
        if not version:
            raise LakeError(
                "The store does not name versions of objects (ETag), without which runs cannot exclude each"
                " other",
                where=self.where,
                safe="nothing was changed",
                next_command="keep the lake in a store that has conditional writes",
            )
        return str(version)
