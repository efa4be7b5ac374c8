"""Says what an error of Snowflake means, and what mends it."""

from collections.abc import Iterator
from contextlib import contextmanager

from snowflake.connector import errors as snowflake_errors

from streamvision.domain.errors import StreamVisionError, WarehouseError, WarehouseUnreachableError

UNKNOWN_OBJECT = 2003
"""The number of the error that an object is not there, or not for this role to see."""
_NO_RIGHT = 3001
_SESSION_LOST = {390104, 390111, 390112, 390114, 390195}
_LOGIN_REFUSED = {
    250001,
    251001,
    390100,
    390101,
    390102,
    390106,
    390144,
    390189,
    390190,
    390191,
    390201,
    394300,
}
_SAFE = "the warehouse is as it was before this command, and so are the dashboards"
_AGAIN = "run the same command again"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what the connector raises into an error of ours."""
    try:
        yield
    except snowflake_errors.Error as error:
        raise _explain(error, where) from error
    except OSError as error:
        raise WarehouseError(
            f"A file for the warehouse cannot be read or written: {error.strerror or error}",
            where=where,
            safe=_SAFE,
            next_command=f"check SNOWFLAKE_PRIVATE_KEY_PATH and the disk, then {_AGAIN}",
        ) from error


def is_unknown(error: WarehouseError) -> bool:
    """Tell whether Snowflake refused because an object is not there, or not for this role to see."""
    return isinstance(error.__cause__, snowflake_errors.Error) and error.__cause__.errno == UNKNOWN_OBJECT


def is_refused(error: WarehouseError) -> bool:
    """Tell whether Snowflake refused because this role lacks a right, be it to know of an object."""
    cause = error.__cause__
    return isinstance(cause, snowflake_errors.Error) and cause.errno in {UNKNOWN_OBJECT, _NO_RIGHT}


def _explain(error: snowflake_errors.Error, where: str) -> StreamVisionError:
    text = (error.raw_msg or error.msg or str(error)).strip()
    number = error.errno or -1
    if number in _SESSION_LOST:
        return WarehouseUnreachableError(
            "The session with Snowflake was lost", where=where, safe=_SAFE, next_command=_AGAIN
        )
    if number in _LOGIN_REFUSED and not _is_network(error):
        return WarehouseError(
            f"Snowflake refused the login: {text}",
            where=where,
            safe=_SAFE,
            next_command="check user, role and warehouse in the URL and the credentials in the environment"
            f" (have they expired?), then {_AGAIN}",
        )
    if _is_network(error):
        return WarehouseUnreachableError(
            f"Snowflake does not answer: {text}",
            where=where,
            safe=_SAFE,
            next_command=f"check the network, then {_AGAIN}",
        )
    if number in {UNKNOWN_OBJECT, _NO_RIGHT}:
        next_command = "run `streamvision doctor`, which names the right that is missing"
    else:
        next_command = "run `streamvision doctor`"
    return WarehouseError(
        f"The warehouse refused: {text}", where=where, safe=_SAFE, next_command=next_command
    )


def _is_network(error: snowflake_errors.Error) -> bool:
    kinds = (
        snowflake_errors.OperationalError,
        snowflake_errors.InterfaceError,
        snowflake_errors.HttpError,
        snowflake_errors.RequestTimeoutError,
    )
    return isinstance(error, kinds)
