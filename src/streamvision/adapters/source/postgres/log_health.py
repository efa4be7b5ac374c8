"""Looks at how the log of changes stands, and whether it can be kept; changes nothing."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from streamvision.adapters.source.postgres.errors import psycopg_errors
from streamvision.adapters.source.postgres.source import connect
from streamvision.ports.source import LogHealth

_QUERY = """
    select
        current_user as role,
        current_setting('wal_level') as wal_level,
        pg_is_in_recovery() as is_standby,
        r.rolsuper or r.rolreplication as may_replicate,
        has_database_privilege(current_database(), 'CREATE')
        or exists (select from pg_publication as p where p.pubname = %(name)s) as may_create,
        current_database() as database,
        current_setting('max_replication_slots')::int
        - (select count(*) from pg_replication_slots) as free_slots,
        s.slot_name is not null as is_kept,
        -- The columns of the view differ from version to version; a document has those that there are.
        coalesce(
            s.wal_status = 'lost' or to_jsonb(s) ->> 'invalidation_reason' is not null, false
        ) as is_lost,
        coalesce(
            pg_wal_lsn_diff(
                case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
                s.restart_lsn
            ),
            0
        )::bigint as retained
    from pg_roles as r
    left join pg_replication_slots as s on s.slot_name = %(name)s
    where r.rolname = current_user
"""


def log_health(url: str, name: str) -> LogHealth:
    """Return how the slot of a name stands.

    Raises:
        SourceUnreachableError: when the server does not answer.

    """
    with (
        connect(url) as connection,
        psycopg_errors(),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        row = _one(cursor, name)
    return LogHealth(
        name=name,
        is_kept=row["is_kept"],
        retained_bytes=max(row["retained"], 0),
        lost_because="the source no longer has all of it" if row["is_lost"] else "",
        hindrances=tuple(_hindrances(row)),
    )


def _one(cursor: psycopg.Cursor[dict[str, Any]], name: str) -> dict[str, Any]:
    row = cursor.execute(_QUERY, {"name": name}).fetchone()
    assert row is not None  # noqa: S101 - the current role is always there
    return row


def _hindrances(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    role, database = sql.Identifier(row["role"]).as_string(), sql.Identifier(row["database"]).as_string()
    if row["wal_level"] != "logical":
        mend = "ALTER SYSTEM SET wal_level = logical, then restart the server"
        yield f"wal_level is {row['wal_level']}, not logical", mend
    if row["is_standby"]:
        yield "the server is a standby", "let the profile name the primary server"
    if not row["may_replicate"]:
        yield "the role may not use replication", f"ALTER ROLE {role} REPLICATION"
    if not row["may_create"]:
        mend = f"GRANT CREATE ON DATABASE {database} TO {role}"
        yield "the role may not make a publication in the database", mend
    if not row["is_kept"] and row["free_slots"] < 1:
        yield "all replication slots are taken", "raise max_replication_slots, then restart the server"
