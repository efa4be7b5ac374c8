"""The addresses of lakes in object stores."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from streamvision.domain.errors import WrongUseError

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    "gs": (),
}
"""By scheme, the variables that name another address than the store's own."""
_ALLOWING = {"s3": "AWS_ALLOW_HTTP", "az": "AZURE_ALLOW_HTTP", "gs": ""}
_YES = {"1", "true", "yes", "on"}


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix that an `s3://bucket/prefix` URL names, or a `gs://` or `az://` one.

    Raises:
        WrongUseError: when it names none, or holds more; it is not repeated, for it may hold a secret.

    """
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.rstrip("/")
    if not _BUCKET.fullmatch(bucket) or "?" in prefix or "#" in prefix:
        raise _wrong(
            f"The lake's URL is not {scheme}://bucket or {scheme}://bucket/prefix",
            "write it so, without user, password, port or anything after ?; credentials come from the"
            " environment",
        )
    if prefix and not {"", ".", ".."}.isdisjoint(prefix.split("/")):
        raise _wrong("The prefix in the lake's URL has an empty part, . or ..", "name it without those")
    return bucket, prefix


def endpoint_of(environment: Mapping[str, str], scheme: str = "s3") -> str | None:
    """Return the address of a store that is not the cloud's own; None where the environment names none.

    Raises:
        WrongUseError: when data would cross a network without encryption and nobody has allowed it.

    """
    names = _ENDPOINTS[scheme]
    endpoint = next((environment[name] for name in names if environment.get(name)), None)
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    store = {"s3": "S3", "az": "Azure"}[scheme]
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise _wrong(
            f"The {store} endpoint is not an https:// address",
            f"set {' or '.join(reversed(names))} to https://host or https://host:port",
        )
    allowed = environment.get(_ALLOWING[scheme], "").lower() in _YES
    if parts.scheme == "http" and not allowed and not _is_loopback(parts.hostname):
        raise _wrong(
            f"The {store} endpoint at {parts.hostname} would get data and signatures without encryption",
            f"use https://, or set {_ALLOWING[scheme]}=true where the network between is your own",
        )
    return endpoint


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(what: str, next_command: str) -> WrongUseError:
    return WrongUseError(
        what, where="the lake of the profile", safe="nothing was changed", next_command=next_command
    )
