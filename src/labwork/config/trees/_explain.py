"""What can be set in a factory, at any depth, as a tree and as text."""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from labwork.config.trees._arg_trees import ArgTree, FuncTree
from labwork.config.trees._markers import Escaped, required
from labwork.config.trees._parameters import Parameters, bound_keywords, readable_signature
from labwork.config.trees._place import shortened
from labwork.config.trees._tree import UpdaTree
from labwork.core import ConfigError, Node, short_name

__all__ = ["SignatureRow", "explain", "format_signature", "signature_tree"]

Factory = Callable[..., Any]


class SignatureRow(NamedTuple):
    """An argument, or at depth 0 the factory itself, as ``explain`` lists it.

    Attributes:
        depth: factories that the argument is inside of.
        name: the argument.
        text: its default as source, or ``required``.
    """

    depth: int
    name: str
    text: str


def signature_tree(f: Factory, depth: int = 8) -> ArgTree:
    """The tree of all arguments that can be set in ``f``, with what they are now.

    Factories among them are trees as well: the defaults of arguments whose name ends in ``_f``,
    and functions, classes and partial functions. One that occurs again shows only what is bound to
    it there. Applied to ``f``, the tree changes nothing.

    Args:
        f: a function, a class, a partial function or another callable.
        depth: factories inside of each other that are followed, at least 0.

    Raises:
        ConfigError: where ``f`` is no callable with a signature that Python can tell.

    >>> def make_norm(size, eps=1e-5): ...
    >>> def make_net(classes, norm_f=functools.partial(make_norm, eps=1e-3)): ...
    >>> signature_tree(make_net)
    t(classes=required, norm_f=ft(make_norm, size=required, eps=0.001))
    """
    if readable_signature(f) is None:
        raise ConfigError(f"{shortened(f)} has no signature that could be explained")
    return ArgTree(**_Signatures().arguments(f, depth))


class _Signatures:
    def __init__(self) -> None:
        self._seen: dict[int, Factory] = {}  # holding on to a factory keeps its id from reuse

    def arguments(self, factory: Factory, depth: int) -> dict[str, Any]:
        function = _innermost(factory)
        self._seen[id(function)] = function
        parameters = Parameters(factory, short_name(factory))
        defaults = {name: p.default for name, p in parameters.by_name.items()}
        return {
            name: self._argument(name, default, depth)
            for name, default in (defaults | bound_keywords(factory)).items()
        }

    def _argument(self, name: str, default: Any, depth: int) -> Any:
        if default is inspect.Parameter.empty:
            return required
        return self._factory_tree(default, depth) if _is_factory(name, default) else _leaf(default)

    def _factory_tree(self, factory: Factory, depth: int) -> FuncTree:
        function = _innermost(factory)
        if depth > 0 and id(function) not in self._seen:
            arguments = self.arguments(factory, depth - 1)
        else:
            arguments = {name: _leaf(value) for name, value in bound_keywords(factory).items()}
        return FuncTree(_without_keywords(factory), **arguments)


def _leaf(value: Any) -> Any:
    return Escaped(value) if isinstance(value, UpdaTree | Escaped) else value


def _is_factory(name: str, default: Any) -> bool:
    is_kind = isinstance(default, type | functools.partial) or inspect.isroutine(default)
    is_meant = is_kind or (name.endswith("_f") and callable(default))
    is_meant &= not isinstance(default, Node)  # prints its arguments itself
    return is_meant and readable_signature(default) is not None


def _innermost(factory: Factory) -> Factory:
    while isinstance(factory, functools.partial):
        factory = factory.func
    return factory


def _without_keywords(factory: Factory) -> Factory:
    if not isinstance(factory, functools.partial):
        return factory
    function = _without_keywords(factory.func)
    return functools.partial(function, *factory.args) if factory.args else function


def explain(f: Factory, depth: int = 8) -> list[SignatureRow]:
    """The rows of ``signature_tree``, in reading order; the first names ``f`` itself.

    Args:
        f: a function, a class, a partial function or another callable.
        depth: factories inside of each other that are followed, at least 0.

    Raises:
        ConfigError: where ``f`` is no callable with a signature that Python can tell.

    >>> def make_net(classes, size=32): ...
    >>> for row in explain(make_net): print(tuple(row))
    (0, 'make_net', '')
    (1, 'classes', 'required')
    (1, 'size', '32')
    """
    return [SignatureRow(0, short_name(f), ""), *_rows(signature_tree(f, depth), 1)]


def _rows(tree: ArgTree, depth: int) -> Iterator[SignatureRow]:
    for name, value in tree.changes.items():
        is_factory = isinstance(value, FuncTree)
        yield SignatureRow(depth, name, short_name(value.function) if is_factory else _text(value))
        if is_factory:
            yield from _rows(value, depth + 1)


def _text(value: Any) -> str:
    return shortened(value.value if isinstance(value, Escaped) else value)


def format_signature(f: Factory, depth: int = 8) -> str:
    """What can be set in ``f`` as text, a line an argument.

    Args:
        f: a function, a class, a partial function or another callable.
        depth: factories inside of each other that are followed, at least 0.

    Raises:
        ConfigError: where ``f`` is no callable with a signature that Python can tell.

    >>> def make_norm(size, eps=1e-5): ...
    >>> def make_net(classes, in_channels=3, norm_f=make_norm): ...
    >>> print(format_signature(make_net))
    make_net
      classes       required
      in_channels   3
      norm_f        make_norm
        size          required
        eps           1e-05
    """
    first, *rows = explain(f, depth)
    width = max((len(row.name) for row in rows), default=0) + 3
    return "\n".join(
        [first.name, *(f"{'  ' * row.depth}{row.name:<{width}}{row.text}" for row in rows)]
    )
