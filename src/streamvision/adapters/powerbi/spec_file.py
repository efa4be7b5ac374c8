"""Reads what is written by hand of the semantic model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from streamvision.domain.errors import DefinitionError
from streamvision.pipeline.powerbi.spec import (
    ColumnSpec,
    FolderSpec,
    HierarchySpec,
    MeasureSpec,
    MetricSpec,
    ModelSpec,
    RoleSpec,
    TableSpec,
    ValueFormat,
)
from streamvision.pipeline.powerbi.words import Words

Document = Mapping[str, Any]


def read_spec(path: Path) -> ModelSpec:
    """Read the file.

    Raises:
        DefinitionError: when it cannot be understood.

    """
    try:
        return _model(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise DefinitionError(
            f"The Power BI model cannot be understood: {reason}",
            where=str(path),
            safe="nothing was written",
            next_command=f"mend {path}",
        ) from error


def _model(document: Document) -> ModelSpec:
    readers = document.get("readers")
    perspectives = {key: _words(words) for key, words in document["perspectives"].items()}
    shown = {key: words.en for key, words in perspectives.items()}
    return ModelSpec(
        name=document["name"],
        tables=tuple(_table(each, shown) for each in document["tables"]),
        measures_table=_words(document["measures_table"]),
        folders={key: _folder(each, shown) for key, each in document["folders"].items()},
        formats={
            kind: ValueFormat(each["format"], each.get("divisor", 1))
            for kind, each in document["formats"].items()
        },
        metrics={
            name: MetricSpec(each.get("folder", ""), _dax(each)) for name, each in document["metrics"].items()
        },
        left_out=document["left_out"],
        measures=tuple(_measure(each) for each in document["measures"]),
        texts={name: _words(words) for name, words in document["texts"].items()},
        roles=tuple(RoleSpec(**each) for each in document["roles"]),
        perspectives=perspectives,
        readers=_table(readers, shown) if readers else None,
    )


def _table(document: Document, perspectives: Mapping[str, str]) -> TableSpec:
    schema, _, relation = document["table"].partition(".")
    return TableSpec(
        schema=schema,
        relation=relation,
        words=_words(document["name"]) if "name" in document else None,
        description=document.get("description", ""),
        columns={name: _column(each) for name, each in document.get("columns", {}).items()},
        types=document.get("types", {}),
        only=tuple(document.get("only", ())),
        key=document.get("key", ""),
        date=document.get("date", ""),
        either=tuple(document.get("either", ())),
        either_of=document.get("either_of", ""),
        hierarchies=tuple(
            HierarchySpec(_words(each["name"]), tuple(each["levels"]))
            for each in document.get("hierarchies", ())
        ),
        is_calendar=document.get("calendar", False),
        kept_months=document.get("kept_months", 0),
        renewed_months=document.get("renewed_months", 0),
        perspectives=tuple(perspectives[each] for each in document.get("perspectives", ())),
    )


def _column(document: Document) -> ColumnSpec:
    return ColumnSpec(
        words=_words(document),
        format=document.get("format", ""),
        sort_by=document.get("sort_by", ""),
        category=document.get("category", ""),
        description=document.get("description", ""),
    )


def _measure(document: Document) -> MeasureSpec:
    return MeasureSpec(
        words=_words(document["name"]),
        dax=_dax(document),
        description=_words(document["description"]),
        folder=document["folder"],
        format=document.get("format", ""),
        is_hidden=document.get("hidden", False),
    )


def _dax(document: Document) -> str:
    return str(document.get("dax", "")).strip()


def _folder(document: Document, perspectives: Mapping[str, str]) -> FolderSpec:
    return FolderSpec(_words(document), tuple(perspectives[each] for each in document["perspectives"]))


def _words(document: Document) -> Words:
    return Words(str(document["en"]), str(document["fr"]))
