"""A small semantic layer, as the files of a project would hold it."""

from pathlib import Path
from typing import Any

import yaml

MODELS: list[dict[str, Any]] = [
    {
        "name": "plays",
        "model": "ref('plays')",
        "defaults": {"agg_time_dimension": "play_date"},
        "primary_entity": "plays_row",
        "dimensions": [
            {"name": "play_date", "type": "time", "type_params": {"time_granularity": "day"}},
            {"name": "device", "type": "categorical"},
        ],
        "measures": [
            {"name": "plays", "agg": "sum"},
            {"name": "viewers", "agg": "count_distinct", "expr": "user_id"},
            {
                "name": "hours",
                "agg": "sum",
                "expr": "seconds / 3600.0",
                "label": "Hours",
                "create_metric": True,
            },
        ],
    },
    {
        "name": "balances",
        "model": "ref('balances')",
        "defaults": {"agg_time_dimension": "day"},
        "primary_entity": "balances_row",
        "dimensions": [
            {
                "name": "day",
                "type": "time",
                "expr": "balance_date",
                "type_params": {"time_granularity": "day"},
            }
        ],
        "measures": [
            {
                "name": "payers",
                "agg": "sum",
                "non_additive_dimension": {"name": "day", "window_choice": "max"},
            }
        ],
    },
    {
        "name": "titles",
        "model": "ref('titles')",
        "defaults": {"agg_time_dimension": "all_time"},
        "primary_entity": "titles_row",
        "dimensions": [
            {
                "name": "all_time",
                "type": "time",
                "expr": "cast('9999-12-31' as date)",
                "type_params": {"time_granularity": "day"},
            }
        ],
        "measures": [
            {
                "name": "median_start",
                "agg": "max",
                "expr": "start_p50",
                "config": {"meta": {"stored_by": ["title_id"]}},
            }
        ],
    },
]


def metric(name: str, kind: str, parameters: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return a metric with all that a definition needs; `more` goes into what surrounds it."""
    meta = {
        "fr": {
            "label": f"{name} en français",
            "description": f"Ce qu’est {name}.",  # noqa: RUF001 - French
            "formula": f"la formule de {name}",
            "grain": "jour",
            "unit": "choses",
            "source": "la nôtre",
        },
        "formula": f"the formula of {name}",
        "grain": "day",
        "unit": "things",
        "format": "number",
        "source": "ours",
    }
    return {
        "name": name,
        "label": name.capitalize(),
        "description": f"What {name} is.",
        "type": kind,
        "type_params": parameters,
        "config": {"meta": meta},
        **more,
    }


def write(folder: Path, *metrics: dict[str, Any], name: str = "audience") -> Path:
    """Write metrics, with the models, to a folder; return it."""
    document = {"semantic_models": MODELS, "metrics": list(metrics)}
    (folder / f"{name}.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder
