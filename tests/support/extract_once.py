"""Extracts one batch in a process of its own, which a test may kill.

python -m tests.support.extract_once URL LAKE DAY SLOT
"""

import sys
from datetime import date

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.batch import Batch
from streamvision.pipeline.extract.derive import derived
from streamvision.pipeline.extract.step import Options, extract


def main(url: str, lake: str, day: str, slot: str) -> None:
    """Extract the batch of a day; say when it begins and when it is done."""
    source, log = PostgresSource(url), PostgresChangeLog(url, slot)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    extract(
        source,
        FolderLake(lake),
        derived(),
        Batch(date.fromisoformat(day)),
        run_id="killed",
        log=log,
        options=Options(extracting="changes", most_changes=500),
    )
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
