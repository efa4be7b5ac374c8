"""Reads a log in a process of its own, and prints what that took: changes, batches, peak memory."""

import json
import resource
import sys

import pyarrow as pa

from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.derive import derived
from streamvision.ports.source import Covered


def main() -> None:
    """Read everything since a snapshot."""
    url, name, since = sys.argv[1:]
    sizes: list[tuple[int, int]] = []

    def take(contract: Contract, changes: pa.RecordBatch) -> None:  # noqa: ARG001 - named as the port has them
        sizes.append((changes.num_rows, changes.nbytes))

    with PostgresSource(url).snapshot() as snapshot:
        segment = PostgresChangeLog(url, name).read(
            derived()(snapshot),
            snapshot,
            take,
            covered=[Covered(since)],
            first_position=0,
            most_changes=1_000_000,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    peak *= 1024 if sys.platform == "linux" else 1
    rows, sizes_bytes = zip(*sizes, strict=True)
    found = {
        "changes": segment.changes,
        "rows": max(rows),
        "bytes": max(sizes_bytes),
        "all_bytes": sum(sizes_bytes),
        "peak": peak,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
