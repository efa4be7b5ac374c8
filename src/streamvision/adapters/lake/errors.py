"""What a store's refusals mean, and what to do about them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

from obstore.exceptions import BaseError, GenericError

from streamvision.domain.errors import LakeError, ManifestError, tells_of_full_disk

T = TypeVar("T")
Act = Literal["write", "read", "list", "delete"]

SAFE = "batches that have their manifest are whole; the one being written does not exist yet"
_AGAIN = ", then run the same command again"

_REPETITIONS = 2
_UNHEARD = r"kind: (?:Timeout|Body|Decode)"

_NO_BUCKET = (
    "<Code>NoSuchBucket</Code>",
    "<Code>ContainerNotFound</Code>",
    "specified container does not exist",
)
_RIGHTS: dict[Act, str] = {
    "write": "s3:PutObject (and s3:AbortMultipartUpload)",
    "read": "s3:GetObject (and s3:ListBucket, without which a file that is missing looks forbidden)",
    "list": "s3:ListBucket",
    "delete": "s3:DeleteObject",
}

# By the code in the store's answer: what is wrong, and what mends it.
_CODES = {
    "NoSuchBucket": ("there is no such bucket", "make the bucket, or mend the lake's URL"),
    "ContainerNotFound": ("there is no such container", "make the container, or mend the lake's URL"),
    "AuthenticationFailed": (
        "it does not know the account's key",
        "check AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    ),
    "InvalidAccessKeyId": (
        "it does not know the access key",
        "check AWS_ACCESS_KEY_ID, and that it belongs to this endpoint",
    ),
    "SignatureDoesNotMatch": ("the secret key is wrong", "check AWS_SECRET_ACCESS_KEY and AWS_REGION"),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "set this machine's clock"),
    "ExpiredToken": ("the credentials have expired", "get new credentials"),
    "ExpiredTokenException": ("the credentials have expired", "get new credentials"),
    "InvalidToken": ("the session token is wrong", "check AWS_SESSION_TOKEN, or get new credentials"),
    "AuthorizationHeaderMalformed": ("the region is wrong", "set AWS_REGION to the bucket's region"),
    "PermanentRedirect": ("the bucket is in another region", "set AWS_REGION to the bucket's region"),
    "NoSuchUpload": ("the upload has ended before its answer arrived", "check the network"),
    "SlowDown": ("it asks for fewer requests", "wait a little"),
}

# By words in the text of an error that is no answer of the store; the first that fits.
_FAILURES = (
    (
        r"169\.254\.|Credentials? provider|NoCredentials",
        "no credentials were found",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role",
    ),
    (
        r"dns error|failed to lookup address",
        "the store's name is not known in the network (DNS)",
        "check AWS_ENDPOINT_URL, AWS_REGION and the network",
    ),
    (
        r"Connection refused",
        "nothing listens at the store's address",
        "check AWS_ENDPOINT_URL, and that the store runs",
    ),
    (r"(?i)certificate", "the store's certificate is not trusted", "check AWS_ENDPOINT_URL"),
    (
        r"TimedOut|(?i:timed out|timeout,)|kind: Timeout",
        "the store did not answer in time",
        "check the network",
    ),
    (
        r"error sending request|error decoding|Connect|Interrupted|(?i:connection (?:reset|closed))",
        "the connection to the store broke",
        "check the network",
    ),
)


def missing_file(where: str) -> ManifestError:
    """Return the refusal to lend a file that is not there."""
    return ManifestError(
        "A file that a manifest names is not in the lake",
        where=where,
        safe="the warehouse is as it was before; no row of this batch was loaded",
        next_command="restore the file from a copy",
    )


@contextmanager
def folder_errors(act: Act, where: str) -> Iterator[None]:
    """Turn what the system refuses into LakeError."""
    try:
        yield
    except (OSError, BaseError) as error:
        full = tells_of_full_disk(error)
        raise LakeError(
            f"The lake could not {act} a file: {'the disk is full' if full else error}",
            where=where,
            safe=SAFE,
            next_command=("free some space" if full else "check the folder and its permissions") + _AGAIN,
        ) from error


@contextmanager
def store_errors(act: Act, where: str) -> Iterator[None]:
    """Turn what an object store answers, or fails to, into LakeError."""
    try:
        yield
    except (OSError, BaseError) as error:
        right = _RIGHTS[act] if where.startswith("s3://") else f"to {act} objects"
        what, next_command = _explained(right, error)
        raise LakeError(
            f"The lake could not {act} a file: {what}",
            where=where,
            safe=SAFE,
            next_command=next_command + _AGAIN,
        ) from error


def repeated(act: Callable[[], T]) -> T:
    """Do what may be done twice, and again where its answer stays away or breaks off, as obstore does not."""
    for _ in range(_REPETITIONS):
        try:
            return act()
        except GenericError as error:
            if not re.search(_UNHEARD, str(error)):
                raise
    return act()


def is_missing_bucket(error: BaseException) -> bool:
    """Tell a bucket that is not there from a file that is not there."""
    return any(told in str(error) for told in _NO_BUCKET)


def _explained(right: str, error: BaseException) -> tuple[str, str]:
    text = str(error)
    status = re.search(r"status code: (\d{3})", text)
    code = _first(r"<Code>([^<]*)</Code>", text)
    retried = _first(r"after (\d+) retries", text)
    tries = f", tried {int(retried) + 1} times" if retried and retried != "0" else ""
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
        if tells_of_full_disk(error):
            return "the disk for temporary files is full", "free some space, or set TMPDIR elsewhere"
        return str(error), "check the folder for temporary files (TMPDIR)"
    for pattern, what, mend in _FAILURES[:1] if status else _FAILURES:
        if re.search(pattern, text):
            return what + tries, mend
    if status:
        return _answered(right, status[1], code, tries)
    return text.partition("\n\nDebug source:")[0] + tries, "check the network and the lake's URL"


def _answered(right: str, status: str, code: str, tries: str) -> tuple[str, str]:
    answer = f"the store answered {status} {code}".rstrip() + tries
    if code in _CODES:
        what, mend = _CODES[code]
        return f"{what} ({answer})", mend
    if status in {"401", "403"}:
        return f"access denied ({answer})", f"give the role or user the right {right}"
    if status.startswith("5"):
        return f"the store has a problem of its own ({answer})", "wait until it is over"
    return answer, "check the lake's URL and AWS_ENDPOINT_URL"


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
