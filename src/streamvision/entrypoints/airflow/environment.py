"""Gives a task what Airflow's own backends know: the profile, its URLs and its secrets.

Variable `streamvision_profile` names the profile. The connections `streamvision_source`, `streamvision_lake`,
`streamvision_warehouse` and `streamvision_notify`, where there are any, take the place of the profile's URLs.
"""

import os
from collections.abc import Mapping
from urllib.parse import quote

from airflow.sdk import Connection, Variable
from airflow.sdk.exceptions import AirflowNotFoundException

from streamvision.bootstrap import Application, open_application

_CONNECTED = ("source", "lake", "warehouse", "notify")


def open_task_application() -> Application:
    """Return the application of a task, in whose process alone the environment changes.

    Raises:
        WrongUseError: when there is no such profile, or a part of it is missing or makes no sense.

    """
    for part in _CONNECTED:
        try:
            connection = Connection.get(f"streamvision_{part}")
        except AirflowNotFoundException:
            continue
        os.environ |= connected(part, connection)
    return open_application(Variable.get("streamvision_profile", default=None) or None)


def connected(part: str, connection: Connection) -> Mapping[str, str]:
    """Return the variables that a connection sets.

    Its extra field may hold `url`, for what Airflow's own form of a connection cannot say, and `environment`,
    whose entries are set as they are: `SNOWFLAKE_PASSWORD`, `AWS_ACCESS_KEY_ID`, ...
    """
    extra = connection.extra_dejson
    environment = {str(name): str(value) for name, value in extra.get("environment", {}).items()}
    url = str(extra.get("url") or _url(connection))
    return {**environment, f"STREAMVISION_{part.upper()}": url}


def _url(connection: Connection) -> str:
    who = quote(connection.login or "", safe="")
    if connection.password:
        who += f":{quote(connection.password, safe='')}"
    port = f":{connection.port}" if connection.port else ""
    where = f"{connection.host or ''}{port}/{quote(connection.schema or '')}"
    return f"{connection.conn_type}://{who}{'@' if who else ''}{where}"
