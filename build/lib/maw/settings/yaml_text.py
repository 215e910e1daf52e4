"""YAML as people write it: a key that stands twice in one mapping is an error.

YAML forbids that, but PyYAML, and with it Snakemake, keeps the last value and says nothing.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from maw.errors import InputError

MERGE_TAG = "tag:yaml.org,2002:merge"  # the key `<<`, which has no value of its own


def load_yaml(text: str, *, source: str) -> Any:
    """Return the content of a YAML document.

    source: the file that an InputError names, with the line, for a key that stands twice in one
    mapping. A key that also comes from a merged mapping (`<<: *base`) stands there once.
    yaml.YAMLError where the text is not YAML.
    """
    loader = yaml.SafeLoader(text)
    try:
        document = loader.get_single_node()
        if document is None:
            return None
        # before the construction, which copies merged keys into the nodes
        for mapping in _mappings(document, seen=set()):
            _refuse_repeated_keys(mapping, loader, source=source)
        return loader.construct_document(document)
    finally:
        loader.dispose()


def _mappings(node: yaml.Node, *, seen: set[int]) -> Iterator[yaml.MappingNode]:
    """Yield the mappings in a node, each once.

    seen: ids of the nodes that were visited, because an alias is the node of its anchor again.
    """
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield node
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            yield from _mappings(part, seen=seen)


def _refuse_repeated_keys(
    mapping: yaml.MappingNode, loader: yaml.SafeLoader, *, source: str
) -> None:
    lines: dict[Any, int] = {}
    for key_node, _ in mapping.value:
        if not isinstance(key_node, yaml.ScalarNode):
            continue
        is_merge = key_node.tag == MERGE_TAG
        key = key_node.value if is_merge else loader.construct_object(key_node)
        line = key_node.start_mark.line + 1
        if key in lines:
            raise InputError(
                f"{source}:{line}: key {key_node.value!r} stands twice in one mapping (first: line "
                f"{lines[key]}); keep one of them"
            )
        lines[key] = line
