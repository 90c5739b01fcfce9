"""References: ``{a/b}``, ``${a.b}`` and ``${env:NAME}`` replaced by what they stand for."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from typing import Any

from labwork.config.files._escape import WHOLE, unescape_braces
from labwork.config.files._extent import Extents
from labwork.config.files._keypaths import hint
from labwork.config.files._origin import Origin
from labwork.config.files._paths import MISSING, find_key, is_index, split_path
from labwork.config.files._scalars import scalar_text
from labwork.config.files._tokens import typed
from labwork.config.files._variables import VARIABLE, read_variable
from labwork.config.files._written import Written
from labwork.core import ConfigError, shorten

__all__ = ["resolve"]

_WITHIN = re.compile(r"\$(?P<literal>\$+\{)|\$\{(?P<path>[^{}]*)\}|\$\{")
_CLOSED = frozenset([int, float, bool, type(None)])
_DEEPEST = 150
_MOST_CHARACTERS = 10_000_000


def resolve(root: Written, environment: Mapping[str, str]) -> Written:
    """``root`` with all references replaced.

    A text that is one reference gets the value with its type; ``${…}`` within a longer text is
    put in as text.

    Raises:
        ConfigError: where a reference leads nowhere or back to itself.
    """
    return _Resolver(root, environment).value(root)


class _Resolver:
    """Resolves one tree.

    Attributes:
        done: what values are resolved to, by the id of the value as written.
        active: the ids of what is being resolved, with the number of references that led there.
        passing: the same for references that a path leads through.
        trail: the references that are being followed, and where they are written.
        variables: values of the environment, held on to so that their ids aren't used again.
        characters: how many the longer texts have that references are put into.
    """

    def __init__(self, root: Written, environment: Mapping[str, str]) -> None:
        self.root = root
        self.environment = environment
        self.done: dict[int, Written] = {}
        self.active: dict[int, int] = {}
        self.passing: dict[int, int] = {}
        self.trail: list[tuple[str, Origin | str]] = []
        self.variables: list[Written] = []
        self.characters = 0
        self.extents = Extents()

    def value(self, written: Written) -> Written:
        """What is written, resolved; itself where there is no reference in it."""
        value = written.value
        if type(value) in _CLOSED or (type(value) is str and "{" not in value):
            return written
        done = self.done.get(id(written))
        if done is None:
            with self.entered(written, self.active):
                done = self.done[id(written)] = self.inner(written, value)
            if done is not written:
                self.extents.check(done)
        return done

    def inner(self, written: Written, value: Any) -> Written:
        inner: Any
        if type(value) is str:
            return Written(self.text(written, value), written.origin)
        if type(value) is dict:
            inner = {key: self.value(child) for key, child in value.items()}
            is_same = all(map(is_, inner.values(), value.values()))
        else:
            inner = [self.value(item) for item in value]
            is_same = all(map(is_, inner, value))
        return written if is_same else Written(inner, written.origin)

    def text(self, written: Written, text: str) -> Any:
        if whole := WHOLE.fullmatch(text):
            with self.followed(text, written):
                return self.value(self.target(whole[1] or whole[2] or "", written)).value
        braced = unescape_braces(text)
        if braced is not None:
            return braced
        filled = _WITHIN.sub(lambda match: self.within(match, written), text)
        self.characters += len(filled)
        if self.characters > _MOST_CHARACTERS:
            raise self.error(written, f"references make more than {_MOST_CHARACTERS} characters")
        return filled

    def within(self, match: re.Match[str], written: Written) -> str:
        """The text for a reference within a longer text."""
        if match["literal"]:
            return match["literal"]
        if match["path"] is None:
            raise self.error(written, "'${' isn't closed by a '}'; write '$${' for the text itself")
        if match["path"].startswith(VARIABLE):
            return read_variable(match["path"], self.environment, written.origin)
        with self.followed(match[0], written):
            found = self.value(self.target(match["path"], written)).value
        if isinstance(found, dict | list):
            kind = "mapping" if isinstance(found, dict) else "list"
            raise self.error(
                written, f"{match[0]} is a {kind}; only scalars can stand within a longer text"
            )
        return scalar_text(found)

    def target(self, reference: str, written: Written) -> Written:
        """What a reference stands for, as it is written."""
        if reference.startswith(VARIABLE):
            text = read_variable(reference, self.environment, written.origin)
            return self.settled(typed(text, written.origin))
        found = self.root
        parts = self.parts(reference, written)
        for depth, part in enumerate(parts):
            holder = self.through(found)
            inner = _child(holder.value, part)
            if inner is None:
                there = hint(holder.value, parts, depth)
                raise self.error(
                    written, f"{shorten(repr(written.value))}: there is no key {reference!r}{there}"
                )
            found = inner
        return found

    def parts(self, reference: str, written: Written) -> tuple[str, ...]:
        if not reference.strip():
            raise self.error(
                written, f"{shorten(repr(written.value))} refers to nothing; write ${{key/path}}"
            )
        try:
            return split_path(reference.strip())
        except ConfigError as error:
            raise self.error(written, str(error)) from None

    def through(self, written: Written) -> Written:
        """What a path leads to that goes through a reference."""
        whole = WHOLE.fullmatch(written.value) if type(written.value) is str else None
        if not whole:
            return written
        with self.entered(written, self.passing), self.followed(written.value, written):
            return self.through(self.target(whole[1] or whole[2] or "", written))

    def settled(self, written: Written) -> Written:
        """A value in which braces are no references."""
        self.variables.append(written)
        self.done[id(written)] = written
        if isinstance(written.value, dict | list):
            inner = written.value
            for child in inner.values() if isinstance(inner, dict) else inner:
                self.settled(child)
        return written

    @contextmanager
    def entered(self, written: Written, among: dict[int, int]) -> Iterator[None]:
        """Notices what needs itself to be resolved."""
        if id(written) in among:
            raise self.circle(among[id(written)])
        if len(self.active) + len(self.passing) > _DEEPEST:
            raise self.error(written, f"references lead more than {_DEEPEST} deep")
        among[id(written)] = len(self.trail)
        yield
        del among[id(written)]

    @contextmanager
    def followed(self, text: str, written: Written) -> Iterator[None]:
        self.trail.append((text, written.origin))
        yield
        self.trail.pop()

    def circle(self, start: int) -> ConfigError:
        chain = " → ".join(f"{text} ({origin})" for text, origin in self.trail[start:])
        return ConfigError(f"{self.trail[start][1]}: references run in a circle: {chain} → …")

    def error(self, written: Written, message: str) -> ConfigError:
        return ConfigError(f"{written.origin}: {message}")


def _child(value: Any, part: str) -> Written | None:
    if type(value) is dict:
        key = find_key(value, part)
        return None if key is MISSING else value[key]
    if type(value) is list and is_index(part) and int(part) < len(value):
        return value[int(part)]
    return None
