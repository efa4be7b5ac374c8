"""Conditional writes in the store of a lake."""

from datetime import datetime

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError

from streamvision.adapters.lake.errors import is_missing_bucket
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.domain.errors import LakeError
from streamvision.ports.objects import StoredObject

_CLOCK = "_clock"


class LakeObjects:
    """Read and write small objects beside a lake's files, on the condition that nobody else has."""

    def __init__(self, lake: ObjectStoreLake) -> None:
        """Take the lake in whose store they are."""
        self._lake = lake
        self.where = lake.where()

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
        return StoredObject(content, self._version(got.meta["e_tag"]), got.meta["last_modified"])

    def create(self, key: str, content: bytes) -> str | None:
        """Write an object where there is none and return its version; None where there is one."""
        with self._lake.errors("write", key):
            try:
                return self._version(obstore.put(self._lake.store, key, content, mode="create")["e_tag"])
            except AlreadyExistsError:
                return None

    def replace(self, key: str, content: bytes, version: str) -> str | None:
        """Write an object if the version is still the one given, and return the new one; else None."""
        with self._lake.errors("write", key):
            try:
                put = obstore.put(self._lake.store, key, content, mode={"e_tag": version})
            except (PreconditionError, AlreadyExistsError):
                return None
            except FileNotFoundError as error:
                # The object to replace has been removed.
                if is_missing_bucket(error):
                    raise
                return None
            return self._version(put["e_tag"])

    def now(self) -> datetime:
        """Return the present moment by the store's own clock: that of a write."""
        with self._lake.errors("write", _CLOCK):
            obstore.put(self._lake.store, _CLOCK, b"what time is it", use_multipart=False)
            return obstore.head(self._lake.store, _CLOCK)["last_modified"]

    def _version(self, e_tag: str | None) -> str:
        if not e_tag:
            raise LakeError(
                "The store does not name versions of objects (ETag), without which runs cannot exclude each"
                " other",
                where=self.where,
                safe="nothing was changed",
                next_command="keep the lake in a store that has conditional writes",
            )
        return e_tag
