"""YAML text to the parser's nodes, which know their lines."""

import re
from collections.abc import Callable
from typing import Any

import yaml

from labwork.config.files._origin import Origin
from labwork.config.files._plain import DEEPEST
from labwork.config.files._source import check_characters
from labwork.core import ConfigError, shorten

__all__ = ["UNTAGGED", "At", "parse"]

At = Callable[[int], Origin | str]
"""From a line, counted from 0 on, to the origin that messages and values show."""

UNTAGGED = "untagged"


class _TooDeepError(Exception):
    pass


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """The C parser; of all that the resolver does only the depth is counted."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def resolve(self, _kind: type, value: str | None, implicit: Any) -> str:
        """UNTAGGED for scalars without quotes; their type is found out later."""
        return UNTAGGED if value is not None and implicit[0] else ""

    def descend_resolver(self, parent: yaml.Node | None, _index: Any) -> None:
        """Ends the parsing before nesting could end the program."""
        self._depth += 1
        if self._depth > DEEPEST + 1:
            raise _TooDeepError(parent.start_mark.line if parent else 0)

    def ascend_resolver(self) -> None:
        """Called when a node is done."""
        self._depth -= 1


def parse(text: str, at: At) -> yaml.Node | None:
    """The root node of a document, None for one that is empty.

    Raises:
        ConfigError: where ``text`` is no YAML, or nested more than 100 deep.
    """
    if bad := check_characters(text):
        raise ConfigError(f"{at(bad[0])}: the character {bad[1]} can't stand in YAML")
    try:
        return _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line, message = _explain(error, text)
        raise ConfigError(f"{at(line)}: {message}") from None
    except _TooDeepError as error:
        raise ConfigError(f"{at(error.args[0])}: nested more than {DEEPEST} deep") from None


_AT_START = {
    "did not find expected ',' or ']'": "a '[' opens here that no ']' closes",
    "did not find expected ',' or '}'": "a '{{' opens here that no '}}' closes",
    "found unexpected end of stream": "a quote opens here that nothing closes",
    "could not find expected ':'": "this has no ':'; write key: value",
}
_EXPLANATIONS = {
    **_AT_START,
    "found undefined alias": "no anchor &{name} stands above the alias *{name}",
    "second occurrence": "the anchor &{name} is there already in line {start}",
    "but found another document": "a second document begins; write one file for each",
    "did not find expected <document start>": "something stands behind the end of the document",
    "did not find expected key": "this fits no key of the mapping that begins in line {start};"
    " check indentation and quotes",
    "did not find expected '-' indicator": "this is no element of the list that begins in line"
    " {start}; check the indentation",
    "mapping values are not allowed in this context": "no ':' can stand here; check the"
    " indentation, or put the text in quotes",
    "did not find expected alphabetic or numeric character": "a name is missing behind"
    " & or *; put text that begins with them in quotes",
    "did not find expected comment or line break": "text can't follow in the line of a | or >",
    "found undefined tag handle": "the tag in {rest!r} isn't allowed; a config holds plain data",
    "found unknown escape character": "unknown escape {escape}; write \\\\ for a backslash, or use"
    " single quotes",
    "did not find expected node content": "a value is missing before {end}",
}


def _explain(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line of an error, from 0 on, and what is wrong in plain words."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    start = error.context_mark.line + 1 if error.context_mark else line + 1
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)
    rest = lines[line][column:] if line < len(lines) else ""
    problem = error.problem or str(error)
    if problem == "found character that cannot start any token":
        return line, _bad_start(rest)
    name = re.match(r"[&*]?([\w-]*)", rest)
    explained = _EXPLANATIONS.get(problem, problem.replace("{", "{{").replace("}", "}}"))
    shown = {
        "rest": rest[:20],
        "escape": rest[:2],
        "end": shorten(repr(rest[:20])) if rest else "the end",
    }
    message = explained.format(start=start, name=name[1] if name else "", **shown)
    return start - 1 if problem in _AT_START else line, message


def _bad_start(rest: str) -> str:
    if rest.startswith("\t"):
        return "a tab can't indent in YAML; write spaces"
    return f"a value can't begin with {rest[:1]!r}; put it in quotes"
