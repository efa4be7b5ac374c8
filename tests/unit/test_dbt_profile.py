"""What dbt's profile makes of the environment."""

from collections.abc import Mapping
from typing import Any

import jinja2
import yaml

from streamvision.assets import asset

PLACE = {
    "STREAMVISION_DBT_SNOWFLAKE_ACCOUNT": "acme-analytics",
    "STREAMVISION_DBT_SNOWFLAKE_HOST": "acme-analytics.snowflakecomputing.com",
    "STREAMVISION_DBT_SNOWFLAKE_USER": "streamvision",
}


def snowflake_output(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the output for Snowflake, as dbt renders it."""

    def env_var(name: str, default: str | None = None) -> str:
        value = environment.get(name, default)
        assert value is not None, f"{name} is needed"
        return value

    template = jinja2.Environment(autoescape=False)  # noqa: S701 - YAML and not HTML
    template.filters["as_number"] = int
    profile = yaml.safe_load(asset("warehouse/profiles.yml").read_text(encoding="utf-8"))
    output = profile["streamvision"]["outputs"]["snowflake"]
    return {
        name: template.from_string(value).render(env_var=env_var) if isinstance(value, str) else value
        for name, value in output.items()
    }


def test_the_models_are_built_by_the_transformer_on_its_warehouse() -> None:
    """In the database of the project, where the caller names no other."""
    output = snowflake_output(PLACE)
    assert (output["role"], output["warehouse"], output["database"]) == (
        "TRANSFORMER",
        "TRANSFORMING_WH",
        "STREAMVISION_WH",
    )
    assert (output["account"], output["port"], output["protocol"]) == ("acme-analytics", "443", "https")


def test_a_key_pair_comes_before_a_password() -> None:
    """As it does for the load: both would otherwise not agree on who they are."""
    secrets = {"SNOWFLAKE_PASSWORD": "open sesame", "SNOWFLAKE_PRIVATE_KEY_PATH": "/keys/rsa.p8"}
    output = snowflake_output(PLACE | secrets)
    assert (output["password"], output["private_key_path"]) == ("", "/keys/rsa.p8")
    output = snowflake_output(PLACE | {"SNOWFLAKE_PASSWORD": "open sesame"})
    assert (output["password"], output["private_key_path"]) == ("open sesame", "")


def test_queries_are_tagged_with_their_run() -> None:
    """And those of somebody who runs dbt alone with that."""
    assert snowflake_output(PLACE | {"STREAMVISION_DBT_RUN_ID": "r-7"})["query_tag"] == "streamvision/r-7"
    assert snowflake_output(PLACE)["query_tag"] == "streamvision/by-hand"
