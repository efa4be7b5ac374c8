"""A stand-in for Snowflake on this machine: fakesnow's server, taught what it does not know of what we say.

It runs in a process of its own (`python -m tests.support.snowflake_server PORT`). Taught are, for these tests
alone: files named one by one in COPY, from a stage in S3 too, with their name and the number of each row;
the swap of two schemas; that a stage can be emptied. Roles, grants, warehouses and query tags mean nothing to
it, so statements about them do nothing.
"""

import gzip
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import Any

import fakesnow.arrow as arrows
import fakesnow.copy_into as copying
import fakesnow.cursor as cursors
import fakesnow.server as serving
import obstore
import pyarrow as pa
import uvicorn
from fakesnow import transforms
from fakesnow.transforms import stage
from obstore.store import S3Store
from snowflake.connector.errors import ProgrammingError
from sqlglot import Expr, exp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.snowflake_lessons import teach

FORGET = "/stand-in/forget-sessions"
DENY = "/stand-in/deny"
SAID = "/stand-in/said"
EXPIRED_USER = "expired"
S3_ADDRESS = "STREAMVISION_TEST_S3"
"""The variable with the address of the stand-in for S3."""
_NOTHING = re.compile(
    r"\s*(GRANT|REVOKE|USE\s+ROLE|USE\s+SECONDARY|USE\s+WAREHOUSE|ALTER\s+SESSION\s+(UN)?SET\s+QUERY_TAG)\b",
    re.IGNORECASE,
)
_SWAP = re.compile(r"\s*ALTER\s+SCHEMA\s+(\S+)\s+SWAP\s+WITH\s+(\S+)\s*$", re.IGNORECASE)
_REMOVE = re.compile(r"\s*REMOVE\s+@(\S+)\s*$", re.IGNORECASE)
_SAID: dict[str, list[str]] = {}
_DENIED: dict[str, re.Pattern[str]] = {}
_METADATA = "include_metadata"

_execute = cursors.FakeSnowflakeCursor.execute
_params = copying._params  # noqa: SLF001 - there is no other way in
_inserts = copying._inserts  # noqa: SLF001
_source_urls = copying._source_urls  # noqa: SLF001


def execute(self: Any, command: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as what it replaces
    """Do what fakesnow cannot, and leave the rest to it."""
    _SAID.setdefault(self._conn.database, []).append(command)
    _check_right(self, command)
    if found := _SWAP.match(command):
        _swap(self, *(name.replace('"', "").split(".")[-1] for name in found.groups()))
    elif found := _REMOVE.match(command):
        _empty(self, found[1])
    elif not _NOTHING.match(command):
        return _execute(self, command, *args, **kwargs)
    self._execute(transforms.SUCCESS_NOP, None)
    return self


def _check_right(cursor: Any, command: str) -> None:  # noqa: ANN401
    pattern = _DENIED.get(cursor._conn.database)  # noqa: SLF001
    if pattern and pattern.search(command):
        told = "SQL access control error:\nInsufficient privileges to operate on this object."
        raise ProgrammingError(msg=told, errno=3001, sqlstate="42501")


def _swap(cursor: Any, first: str, second: str) -> None:  # noqa: ANN401
    database = cursor._conn.database  # noqa: SLF001
    duck = cursor._duck_conn  # noqa: SLF001

    def move(source: str, target: str) -> None:
        tables = duck.execute(
            "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
            [database, source],
        ).fetchall()
        for (table,) in tables:
            there, here = f'"{database}"."{target}"."{table}"', f'"{database}"."{source}"."{table}"'
            duck.execute(f"create table {there} as from {here}; drop table {here}")

    duck.execute(f'create schema "{database}"."SWAPPING"')
    for source, target in ((first, "SWAPPING"), (second, first), ("SWAPPING", second)):
        move(source, target)
    duck.execute(f'drop schema "{database}"."SWAPPING"')


def _empty(cursor: Any, address: str) -> None:  # noqa: ANN401
    name, _, path = address.partition("/")
    connection = cursor._conn  # noqa: SLF001
    where = stage.parts_from_var(name, connection.database, connection.schema)
    shutil.rmtree(stage.internal_dir(".".join(where), path), ignore_errors=True)


def params_of(expression: exp.Copy, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
    """Take the metadata that are asked for out of a COPY's options, and note them."""
    kept, included = [], {}
    for param in expression.args.get("params", []):
        if param.this.name.upper() == "INCLUDE_METADATA":
            included = {each.this.name: each.expression.name for each in param.expression.expressions}
        elif param.this.name.upper() == "FILE_FORMAT":
            unknown = {"USE_LOGICAL_TYPE", "BINARY_AS_TEXT", "USE_VECTORIZED_SCANNER", "PARSE_HEADER"}
            expressions = [each for each in param.expressions if each.this.name.upper() not in unknown]
            param.set("expressions", expressions)
            kept.append(param)
        else:
            kept.append(param)
    expression.set("params", kept)
    expression.args[_METADATA] = included
    return _params(expression, *args, **kwargs)


def inserts(expression: exp.Copy, params: Any, urls: list[str], *args: Any) -> list[Expr]:  # noqa: ANN401
    """Give each row the name of its file and its number."""
    included = expression.args.get(_METADATA) or {}
    made = _inserts(expression, params, urls, *args)
    for url, insert in zip(urls, made, strict=True):
        is_csv = isinstance(params.file_format, copying.ReadCSV)
        values = {
            "METADATA$FILENAME": exp.Literal.string(_name_in_stage(url)),
            "METADATA$FILE_ROW_NUMBER": exp.maybe_parse("row_number() over ()")
            if is_csv
            else exp.column("file_row_number"),
        }
        for each in insert.expression.expressions:
            if isinstance(each, exp.Alias) and each.alias in included:
                each.set("this", values[included[each.alias]].copy())
        columns = [_csv_value(each, values) for each in insert.expression.expressions]
        insert.expression.set("expressions", columns)
    return made


def _csv_value(expression: Expr, values: Mapping[str, Expr]) -> Expr:
    if isinstance(expression, exp.Column) and expression.name.upper() in values:
        return values[expression.name.upper()].copy()
    if isinstance(expression, exp.Parameter):
        return exp.column(f"column{int(expression.name) - 1}")
    return expression


def source_urls(source: str, files: list[str]) -> list[str]:
    """Return where files are whose names follow a stage's."""
    if stage.is_internal(source) or source.startswith("s3://"):
        return [f"{source.rstrip('/')}/{name}" for name in files]
    return _source_urls(source, files)


def _name_in_stage(url: str) -> str:
    if stage.is_internal(url):
        return "/".join(PurePath(url).relative_to(stage.LOCAL_BUCKET_PATH).parts[3:])
    return url.removeprefix("s3://").partition("/")[2]


def parquet(self: copying.ReadParquet, url: str) -> Expr:
    """Read a Parquet file, with the numbers of its rows."""
    numbered = self.make_eq("file_row_number", value=True)
    return exp.func("read_parquet", self.file_literal(_here(url)), numbered)


_read_csv = copying.ReadCSV.read_expression


def csv(self: copying.ReadCSV, url: str) -> Expr:
    """Read a CSV file as text, from front to end."""
    read = _read_csv(self, _here(url))
    for name in ("all_varchar", "strict_mode"):
        read.append("expressions", self.make_eq(name, value=True))
    read.append("expressions", self.make_eq("parallel", value=False))
    read.append("expressions", self.make_eq("allow_quoted_nulls", value=False))
    return read


def _here(url: str) -> str:
    """Return the path of a file, fetched where it lies in S3."""
    if not url.startswith("s3://"):
        return url
    bucket, _, key = url.removeprefix("s3://").partition("/")
    store = S3Store(
        bucket,
        endpoint=os.environ[S3_ADDRESS],
        region="eu-central-1",
        access_key_id="reader",
        secret_access_key="not-a-secret",  # noqa: S106 - the stand-in for S3 asks for any
        client_options={"allow_http": True},
    )
    with tempfile.NamedTemporaryFile(delete=False, suffix=Path(url).suffix, dir=fetched()) as file:
        file.write(obstore.get(store, key).bytes())
    return file.name


_timestamps = arrows.timestamp_to_sf_struct


def timestamps(moments: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return moments as the connector reads them; fakesnow makes the beginning of 1970 of NULL."""
    if isinstance(moments, pa.ChunkedArray):
        moments = moments.combine_chunks()
    filled = _timestamps(moments.fill_null(0))
    return pa.StructArray.from_arrays(filled.flatten(), fields=list(filled.type), mask=moments.is_null())


def refuse(self: serving.ServerError, status_code: int, code: str, message: str) -> None:
    """Refuse in the answer's text, as Snowflake does: the connector would ask again and again after a 500."""
    del status_code
    self.status_code, self.code, self.message = HTTPStatus.OK, code, message


@cache
def fetched() -> Path:
    """Return the folder for what is fetched from object stores; whoever reads our constants needs none."""
    return Path(tempfile.mkdtemp(prefix="snowflake-stand-in-"))


async def log_in(request: Request) -> Response:
    """Let in whoever comes but for one user, whose password has expired."""
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if json.loads(body)["data"].get("LOGIN_NAME") == EXPIRED_USER:
        code = "390106"
        told = {"data": {"nextAction": None}, "code": code, "message": "Specified password has expired."}
        return JSONResponse(told | {"success": False, "headers": None})
    return await serving.login_request(request)


async def deny(request: Request) -> JSONResponse:
    """Refuse, in one database from now on, the statements in which a pattern is found."""
    asked = json.loads(await request.body())
    _DENIED[asked["database"]] = re.compile(asked["pattern"])
    return JSONResponse({})


async def said(request: Request) -> JSONResponse:
    """Tell the statements that were said to one database."""
    return JSONResponse(_SAID.get(request.query_params["database"], []))


async def forget_sessions(_request: Request) -> JSONResponse:
    """End every session, as a server does that is started anew."""
    for connection in serving.sessions.values():
        connection.close()
    serving.sessions.clear()
    return JSONResponse({})


def main() -> None:
    """Serve on a port of this machine until the process is ended."""
    cursors.FakeSnowflakeCursor.execute = execute  # type: ignore[method-assign]
    arrows.timestamp_to_sf_struct = timestamps  # type: ignore[assignment]
    serving.ServerError.__init__ = refuse  # type: ignore[method-assign]
    teach()
    copying._params = params_of  # type: ignore[assignment]  # noqa: SLF001
    copying._inserts = inserts  # type: ignore[assignment]  # noqa: SLF001
    copying._source_urls = source_urls  # noqa: SLF001
    copying.ReadParquet.read_expression = parquet  # type: ignore[method-assign]
    copying.ReadCSV.read_expression = csv  # type: ignore[method-assign]
    login = Route("/session/v1/login-request", log_in, methods=["POST"])
    serving.app.router.routes.insert(0, login)
    serving.app.router.routes.append(Route(DENY, deny, methods=["POST"]))
    serving.app.router.routes.append(Route(SAID, said, methods=["GET"]))
    serving.app.router.routes.append(Route(FORGET, forget_sessions, methods=["POST"]))
    # Uvicorn ends itself, and then the process by the same signal: without this, before what follows.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit())
    try:
        uvicorn.run(serving.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
    finally:
        shutil.rmtree(fetched(), ignore_errors=True)
        shutil.rmtree(stage.LOCAL_BUCKET_PATH, ignore_errors=True)


if __name__ == "__main__":
    main()
