"""Translates the names that people see."""

from streamvision.pipeline.powerbi.model import Measure, Model, Table
from streamvision.pipeline.powerbi.tmdl import Node, quoted
from streamvision.pipeline.powerbi.words import Culture


def culture_file(model: Model, culture: Culture) -> Node:
    """Return the names of all that is seen, in a culture's language."""
    translated = Node("model Model")
    for table in model.tables:
        child = _table(table, culture)
        if child.properties or child.children:
            translated.children.append(child)
    for perspective in model.perspectives:
        node = Node(f"perspective {quoted(perspective.words.en)}")
        translated.children.append(node.set("caption", culture.of(perspective.words)))
    translations = Node("translations")
    translations.children.append(translated)
    node = Node(f"cultureInfo {culture.code}")
    node.children.append(translations)
    return node


def _table(table: Table, culture: Culture) -> Node:
    node = Node(f"table {quoted(table.name)}")
    if table.words:
        node.set("caption", culture.of(table.words))
    node.children += [
        Node(f"column {quoted(column.name)}").set("caption", culture.of(column.words))
        for column in table.columns
        if column.words
    ]
    node.children += [_measure(measure, culture) for measure in table.measures if not measure.is_hidden]
    for hierarchy in table.hierarchies:
        child = Node(f"hierarchy {quoted(hierarchy.words.en)}")
        child.set("caption", culture.of(hierarchy.words))
        for level in hierarchy.levels:
            column = next(each for each in table.columns if each.name == level)
            if column.words:
                caption = culture.of(column.words)
                child.children.append(Node(f"level {quoted(level)}").set("caption", caption))
        node.children.append(child)
    return node


def _measure(measure: Measure, culture: Culture) -> Node:
    node = Node(f"measure {quoted(measure.name)}")
    node.set("caption", culture.of(measure.words))
    node.set("description", culture.of(measure.description))
    return node.set("displayFolder", culture.of(measure.folder))
