"""What Airflow's connections say takes the place of the profile's URLs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Airflow is imported in a process of its own: it configures logging, and its home.
_CONNECTED = """
import json, sys

from airflow.sdk import Connection

from streamvision.entrypoints.airflow.environment import connected

part, fields = sys.argv[1], json.loads(sys.argv[2])
fields["extra"] = json.dumps(fields.get("extra", {}))
print(json.dumps(dict(connected(part, Connection(conn_id="streamvision_" + part, **fields)))))
"""


@pytest.mark.parametrize(
    ("part", "fields", "expected"),
    [
        (
            "source",
            {"conn_type": "postgres", "host": "db", "port": 5433, "login": "reader", "schema": "streaming"},
            {"STREAMVISION_SOURCE": "postgres://reader@db:5433/streaming"},
        ),
        (
            "source",
            {"conn_type": "postgres", "host": "db", "login": "a@b", "password": "p/?#:é", "schema": "s x"},
            {"STREAMVISION_SOURCE": "postgres://a%40b:p%2F%3F%23%3A%C3%A9@db/s%20x"},
        ),
        (
            "lake",
            {
                "conn_type": "aws",
                "extra": {"url": "s3://bucket/prefix", "environment": {"AWS_REGION": "eu-west-3"}},
            },
            {"STREAMVISION_LAKE": "s3://bucket/prefix", "AWS_REGION": "eu-west-3"},
        ),
        (
            "warehouse",
            {
                "conn_type": "generic",
                "extra": {
                    "url": "snowflake://org-account/DB",
                    "environment": {"SNOWFLAKE_PASSWORD": "hunter2"},
                },
            },
            {"STREAMVISION_WAREHOUSE": "snowflake://org-account/DB", "SNOWFLAKE_PASSWORD": "hunter2"},
        ),
    ],
    ids=["a server", "special characters", "a bucket", "an account"],
)
def test_a_connection_is_a_url_and_secrets(
    tmp_path: Path, part: str, fields: dict[str, object], expected: dict[str, str]
) -> None:
    """By its own fields where they can say it, by its extra field where they cannot."""
    done = subprocess.run(  # noqa: S603 - our own script, no shell
        [sys.executable, "-c", _CONNECTED, part, json.dumps(fields)],
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == expected
