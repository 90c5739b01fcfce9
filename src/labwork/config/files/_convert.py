"""The parser's nodes to values as they were written."""

from typing import Any

import yaml

from labwork.config.files._escape import WHOLE
from labwork.config.files._extent import MOST_VALUES
from labwork.config.files._parse import UNTAGGED, At, parse
from labwork.config.files._scalars import Atom, shown_tag, tagged_value, untagged_value
from labwork.config.files._written import Written, check_deletion, same_key, split_mark
from labwork.core import ConfigError, shorten

__all__ = ["convert"]

_MERGE = "<<"
_NO_MAPPING = "<< needs a mapping such as *name, or a list of them"
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


def convert(text: str, at: At, marks: bool = True) -> Written | None:
    """What a YAML document holds; None where it is empty.

    Args:
        text: the document.
        at: from a line, counted from 0 on, to its origin.
        marks: whether marks on keys count, or are part of the keys.

    Raises:
        ConfigError: where the text is no YAML, or holds more than plain data.
    """
    node = parse(text, at)
    return None if node is None else _Converter(at, marks).value(node, node.start_mark.line)


class _Converter:
    """Converts one document; what stands behind an alias is converted once.

    Attributes:
        done: values by the id of their node.
        sizes: numbers of values, aliases followed, by the id of their node.
        active: the ids of the nodes that are being converted.
        known: keys without quotes that were read before.
    """

    def __init__(self, at: At, marks: bool) -> None:
        self.at = at
        self.marks = marks
        self.done: dict[int, Written] = {}
        self.sizes: dict[int, int] = {}
        self.active: set[int] = set()
        self.known: dict[str, tuple[str | int, str]] = {}

    def value(self, node: yaml.Node, line: int) -> Written:
        """What a node holds, written in ``line``."""
        if type(node) is yaml.ScalarNode:
            return Written(self.scalar(node), self.at(line))
        done = self.done.get(id(node))
        if done is None:
            done = self.done[id(node)] = self.collection(node)
        return Written(done.value, self.at(line), "", done.marked)

    def scalar(self, node: yaml.ScalarNode) -> Atom:
        try:
            if node.tag == UNTAGGED:
                return untagged_value(node.value)
            return tagged_value(node.tag, node.value) if node.tag else node.value
        except ValueError as error:
            raise self.error(node, str(error)) from None

    def collection(self, node: yaml.Node) -> Written:
        is_list = isinstance(node, yaml.SequenceNode)
        if node.tag not in ("", _SEQ if is_list else _MAP):
            what = "list can have !!seq" if is_list else "mapping can have !!map"
            raise self.error(node, f"the tag {shown_tag(node.tag)} isn't allowed; a {what}")
        if id(node) in self.active:
            raise self.error(node, "an alias stands within what it refers to")
        self.active.add(id(node))
        written = self.sequence(node) if is_list else self.mapping(node)
        self.active.discard(id(node))
        return written

    def sequence(self, node: yaml.Node) -> Written:
        items = [self.value(item, item.start_mark.line) for item in node.value]
        self.count(node, node.value)
        return Written(items, "", "", any(item.marked for item in items))

    def mapping(self, node: yaml.Node) -> Written:
        reference = _bare_reference(node)
        if reference is not None:
            return Written(reference, "")
        children: dict[Any, Written] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.value == _MERGE and key_node.tag == UNTAGGED:
                children = self.merged(value_node) | children
            else:
                self.entry(children, lines, key_node, value_node)
        self.count(node, [value for _, value in node.value])
        return Written(children, "", "", any(c.mark or c.marked for c in children.values()))

    def merged(self, node: yaml.Node) -> dict[Any, Written]:
        """What ``<<`` brings in: a mapping's entries, or those of several, the first one's win."""
        children: dict[Any, Written] = {}
        is_list = isinstance(node, yaml.SequenceNode)
        for source in reversed(node.value) if is_list else [node]:
            if not isinstance(source, yaml.MappingNode):
                raise self.error(node, _NO_MAPPING)
            brought = self.value(source, source.start_mark.line).value
            if type(brought) is not dict:
                raise self.error(node, _NO_MAPPING)
            children |= brought
        if is_list:
            self.count(node, node.value)
        return children

    def entry(
        self, children: dict[Any, Written], lines: dict[str, int], key: yaml.Node, value: yaml.Node
    ) -> None:
        """Adds a key and its value to a mapping."""
        name, mark = self.key(key)
        line = key.start_mark.line
        text = str(name)
        if text in lines:
            first = self.at(lines[text])
            raise self.error(key, f"the key {shorten(repr(name))} is there already, in {first}")
        child = self.value(value, line)
        if mark:
            check_deletion(child, mark, name)
            child.mark = mark
        # Without << all that is there has passed the check of lines.
        children[name if len(children) == len(lines) else same_key(children, name)] = child
        lines[text] = line

    def key(self, node: yaml.Node) -> tuple[str | int, str]:
        """A key and its mark; a key in quotes has none."""
        if node.tag != UNTAGGED:
            return self.read_key(node)
        if node.value not in self.known:
            self.known[node.value] = self.read_key(node)
        return self.known[node.value]

    def read_key(self, node: yaml.Node) -> tuple[str | int, str]:
        key = self.scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if type(key) is str and (key or not self.marks):
            return split_mark(key) if self.marks and node.tag == UNTAGGED else (key, "")
        if type(key) is int:
            return key, ""
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, "a key is a string or an integer, no list or mapping")
        if not node.value:
            raise self.error(node, "a key is empty")
        raise self.error(
            node,
            f"a key is a string or an integer, not {shorten(repr(node.value))}; put it in quotes",
        )

    def count(self, node: yaml.Node, inner: list[yaml.Node]) -> None:
        """Notes the size of a collection, and ends what would grow without bounds."""
        size = self.sizes[id(node)] = 1 + sum(self.sizes.get(id(item), 1) for item in inner)
        if size > MOST_VALUES:
            raise self.error(node, f"more than {MOST_VALUES} values, aliases followed")

    def error(self, node: yaml.Node, message: str) -> ConfigError:
        return ConfigError(f"{self.at(node.start_mark.line)}: {message}")


def _bare_reference(node: Any) -> str | None:
    """The text ``{a/b}`` without quotes, which YAML takes for a mapping with an empty value."""
    if not node.flow_style or len(node.value) != 1:
        return None
    key, value = node.value[0]
    has_no_value = value.tag == UNTAGGED and value.value == ""
    is_plain = key.tag == UNTAGGED and key.end_mark.index == value.start_mark.index
    if not (has_no_value and is_plain and WHOLE.fullmatch(f"{{{key.value}}}")):
        return None
    return f"{{{key.value}}}"
