"""YAML: plain data, and nothing that a tag could make."""

import re
from typing import Any

import yaml

from labwork.data._readers._format import Format
from labwork.data._readers._source import Source
from labwork.data._readers._text import read_text

__all__ = ["YAML"]


class _Loader(yaml.SafeLoader):
    """In Python rather than C, where deep nesting could end the program."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int | float) and key in lines:
                problem = f"the key {key!r} is there already in line {lines[key]}"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
            if isinstance(key, str | int | float):
                lines[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


# YAML 1.1 takes 1e-4 for text; configs here and YAML 1.2 take it for a number.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def _read(source: Source) -> Any:
    text = read_text(source)
    with source.damage_told("YAML"):  # such as characters, and dates such as 2020-13-40
        try:
            return yaml.load(text, _Loader)  # noqa: S506 a SafeLoader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"line {mark.line + 1}: " if mark else ""
            raise source.error(f"{place}{error.problem or error.context}") from error
        except RecursionError:
            raise source.error("it is nested too deep") from None


YAML = Format("YAML", (".yaml", ".yml"), _read)
