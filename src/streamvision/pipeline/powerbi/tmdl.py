"""The grammar of TMDL: how an object, its properties and its expressions are written down."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TAGS = uuid5(NAMESPACE_URL, "https://streamvision/powerbi")


@dataclass
class Node:
    """Hold one object: what declares it, its properties, and the objects within it.

    Attributes:
        head: such as `column Title`.
        value: what stands behind the head's equals sign; several lines are set apart below it.
        description: of one paragraph.

    """

    head: str
    value: str = ""
    description: str = ""
    properties: list[tuple[str, str]] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    def set(self, name: str, value: str) -> "Node":
        """Add a property; one without a value is not written."""
        if value:
            self.properties.append((name, value))
        return self

    def flag(self, name: str, *, on: bool = True) -> "Node":
        """Add a property that is true by being there."""
        if on:
            self.properties.append((name, ""))
        return self


def quoted(name: str) -> str:
    """Return a name as TMDL and DAX write it: in single quotes, where it is no plain word."""
    return name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"


def lineage(*path: str) -> str:
    """Return the identity of an object, which is the same in each build."""
    return str(uuid5(_TAGS, "/".join(path)))


def write(nodes: Sequence[Node]) -> str:
    """Return the text of a file with these objects in it."""
    return "\n".join(line for node in nodes for line in [*_lines(node, 0), ""])


def _lines(node: Node, depth: int) -> Iterator[str]:
    tabs = "\t" * depth
    if node.description:
        yield f"{tabs}/// {' '.join(node.description.split())}"
    yield from _assigned(f"{tabs}{node.head}", node.value, depth + 2)
    for name, value in node.properties:
        # A property with an equals sign holds an expression; all others hold a word.
        yield from _property(name, value, depth + 1)
    for child in node.children:
        if child.properties or child.children or child.value:
            yield ""
        yield from _lines(child, depth + 1)


def _property(name: str, value: str, depth: int) -> Iterator[str]:
    tabs = "\t" * depth
    if name.endswith("="):
        yield from _assigned(f"{tabs}{name[:-1].strip()}", value, depth + 2)
    else:
        yield f"{tabs}{name}: {value}" if value else f"{tabs}{name}"


def _assigned(head: str, value: str, depth: int) -> Iterator[str]:
    if not value:
        yield head
    elif "\n" not in value:
        yield f"{head} = {value}"
    else:
        yield f"{head} ="
        tabs = "\t" * depth
        yield from (f"{tabs}{line}".rstrip() for line in value.splitlines())
