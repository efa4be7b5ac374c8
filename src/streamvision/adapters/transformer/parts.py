"""Reads from dbt's manifest which parts the project has, and which tests concern several of them."""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

from dbt.artifacts.resources.types import NodeType
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ManifestNode

from streamvision.ports.transformer import Part

_BUILT = {NodeType.Seed, NodeType.Model, NodeType.Snapshot}


def parts_of(manifest: Manifest) -> list[Part]:
    """Return what is built by itself, each after what it needs; the order is always the same."""
    nodes = {node.unique_id: node for node in _built(manifest)}
    needs = {key: sorted(set(node.depends_on_nodes) & nodes.keys()) for key, node in nodes.items()}
    ordered = TopologicalSorter({key: needs[key] for key in sorted(needs)}).static_order()
    return [
        Part(nodes[key].name, _layer(nodes[key]), frozenset(nodes[need].name for need in needs[key]))
        for key in ordered
    ]


def tests_across(manifest: Manifest) -> list[str]:
    """Return the tests of the data that are not of one part alone, which a build of parts leaves out."""
    built = {node.unique_id for node in _built(manifest)}
    return sorted(
        node.name
        for node in manifest.nodes.values()
        if node.resource_type == NodeType.Test and not _is_of_one(node, built)
    )


def unit_tests_of(manifest: Manifest, models: Iterable[str]) -> set[str]:
    """Return the names of the unit tests of models."""
    chosen = set(models)
    return {test.name for test in manifest.unit_tests.values() if test.model in chosen}


def _is_of_one(test: ManifestNode, built: set[str]) -> bool:
    parents = set(test.depends_on_nodes)
    return len(parents) == 1 and parents <= built


def _built(manifest: Manifest) -> Iterator[ManifestNode]:
    return (node for node in manifest.nodes.values() if node.resource_type in _BUILT)


def _layer(node: ManifestNode) -> str:
    return "seeds" if node.resource_type == NodeType.Seed else node.fqn[1]
