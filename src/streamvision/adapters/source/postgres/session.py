"""The settings under which every session reads, so that each value has one form of text."""

SETTINGS = (
    # A role, a database or a variable of the environment may ask for another one.
    "set client_encoding = 'UTF8'",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO, MDY'",
    "set intervalstyle = 'postgres'",
    "set extra_float_digits = 1",
    "set bytea_output = 'hex'",
    "set xmlbinary = 'base64'",
    "set lc_monetary = 'C'",
    "set quote_all_identifiers = off",
    # Names of tables and types come with their schema, whoever asks.
    "set search_path = ''",
    # Rows come in the table's own order, so that the same rows give the same file.
    "set synchronize_seqscans = off",
    "set max_parallel_workers_per_gather = 0",
)
