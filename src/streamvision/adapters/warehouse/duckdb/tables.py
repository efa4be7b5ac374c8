"""The tables that the load keeps: RAW per contract, quarantine, and the account of batches."""

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import duckdb_type, identifier
from streamvision.domain.contract import Contract

TECHNICAL_COLUMNS = {
    "_batch_id": "VARCHAR",
    "_source_file": "VARCHAR",
    "_source_row": "BIGINT",
    "_loaded_at": "TIMESTAMP WITH TIME ZONE",
}
_FIXED = """
create schema if not exists raw;
create schema if not exists ops;
create schema if not exists quarantine;
create table if not exists ops.batches (
    batch_id varchar not null,
    table_name varchar not null,
    batch_date date not null,
    extracted_rows bigint not null,
    loaded_rows bigint not null,
    quarantined_rows bigint not null,
    extracted_bytes bigint not null,
    manifest_sha256 varchar not null,
    source_id varchar not null,
    snapshot_at timestamp with time zone not null,
    loaded_at timestamp with time zone not null,
    run_id varchar not null,
    primary key (batch_id, table_name),
    check (extracted_rows = loaded_rows + quarantined_rows)
);
create table if not exists quarantine.rows (
    batch_id varchar not null,
    table_name varchar not null,
    rule varchar not null,
    reason varchar not null,
    source_file varchar not null,
    source_row bigint not null,
    row_values json not null,
    quarantined_at timestamp with time zone not null,
    primary key (batch_id, table_name, source_file, source_row)
);
create table if not exists ops.tested_build (
    batch_id varchar not null,
    run_id varchar not null,
    tested_at timestamp with time zone not null
);
"""


def create_fixed_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas, the account of batches and the quarantine where they are missing."""
    connection.execute(_FIXED)


def create_raw_table(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make a contract's RAW table where it is missing."""
    typed = {column.name: duckdb_type(column.type) for column in contract.columns} | TECHNICAL_COLUMNS
    columns = ", ".join(f"{identifier(name)} {type_}" for name, type_ in typed.items())
    connection.execute(f"create table if not exists {identifier('raw', contract.table)} ({columns})")
