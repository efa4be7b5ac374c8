"""The table of the benchmarks: fifteen columns as a table of events has them."""

TABLE = "plays"
# Keys, times, texts and measures, with some NULLs; the expressions are understood by PostgreSQL and DuckDB.
COLUMNS = {
    "id": ("bigint", "i"),
    "user_id": ("bigint", "i * 7919 % 100000"),
    "content_id": ("bigint", "i * 104729 % 2000"),
    "started_at": ("timestamptz", "timestamptz '2026-01-01 00:00:00Z' + i * interval '10 seconds'"),
    "ended_at": ("timestamptz", "timestamptz '2026-01-01 00:30:00Z' + i * interval '10 seconds'"),
    "day": ("date", "date '2026-01-01' + (i / 8640)::integer"),
    "duration_seconds": ("integer", "(i * 31 % 7200)::integer"),
    "completion_rate": ("numeric(5,4)", "(i % 10001) / 10000.0"),
    "is_play": ("boolean", "i % 50 <> 0"),
    "startup_ms": ("integer", "case when i % 50 <> 0 then (i * 17 % 5000)::integer end"),
    "device_type": ("text", "(array['tv', 'mobile', 'tablet', 'desktop', 'console'])[1 + i % 5]"),
    "resolution": ("text", "(array['SD', 'HD', 'Full HD', '4K'])[1 + i % 4]"),
    "country": ("char(2)", "(array['FR', 'US', 'DE', 'BR', 'JP', 'IN'])[1 + i % 6]"),
    "buffering_seconds": ("numeric(9,3)", "(i % 997) / 1000.0"),
    "note": ("text", "case when i % 10 = 0 then md5(i::text) end"),
}
