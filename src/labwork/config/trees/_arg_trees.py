"""ArgTree and FuncTree: changes of the arguments of nested factories."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from labwork.config.trees._blame import Blame, blame
from labwork.config.trees._faults import TreeError, for_each
from labwork.config.trees._markers import required
from labwork.config.trees._parameters import Parameters
from labwork.config.trees._place import shortened
from labwork.config.trees._tree import UpdaTree, updated
from labwork.core import ConfigError, Node, keyword_sources, short_name, source

__all__ = ["ArgTree", "FuncTree", "ft", "t", "tree_partial"]


class ArgTree(UpdaTree):
    """Changes of a factory's arguments; ``t`` for short.

    A factory is a function, a class, a partial function or another callable. The updated factory
    is a ``functools.partial`` of it; an empty tree gives the factory itself. A node, such as an
    ``OptimizerMaker``, is made anew with other arguments.

    Args:
        **arguments: values; trees, which are applied to what the argument is now, be it a default
            or bound by a partial function; and ``Escaped`` values, which are put in place as they
            are.

    >>> def make_block(norm_f=dict, width=64): ...
    >>> def make_net(depth=18, block_f=make_block): ...
    >>> t(depth=34, block_f=t(width=128)).apply(make_net).keywords["block_f"].keywords
    {'width': 128}
    >>> t(depth=34) | t(block_f=t(width=128)) | t(block_f=t(norm_f=None))
    t(depth=34, block_f=t(width=128, norm_f=None))
    >>> t(block_f=t(widht=128)).apply(make_net)
    Traceback (most recent call last):
        ...
    labwork.config.trees._faults.TreeError: make_net.block_f (make_block) has no argument 'widht';
    did you mean 'width'? It has norm_f, width.
    """

    alias = "t"
    _cure: ClassVar[str] = "edit; write ft(factory, ...) or a whole value"

    def __init__(self, /, **arguments: Any) -> None:
        self._keep(_changes=arguments)

    def _update(self, value: Any, place: str) -> Any:
        if isinstance(value, Node):
            return self._make_anew(value, place)
        if not callable(value):
            raise ConfigError(
                f"{place} is {shortened(value)}, no factory that {shortened(self)} could"
                f" {self._cure}"
            )
        return _bind(value, (), self._changes, place) if self._changes else value

    def _make_anew(self, node: Node, place: str) -> Node:
        maker = functools.partial(type(node), **node.arguments)

        def make(tree: ArgTree) -> Node:
            made: Node = _bind(maker, (), tree._changes, place)()
            return made

        try:
            return make(self)
        except TreeError:
            raise  # knows itself where the fault is
        except ConfigError as error:
            raise _refused(blame(make, self, error)) from error


class FuncTree(ArgTree):
    """Changes of a factory's arguments that may also replace the factory; ``ft`` for short.

    Args:
        function: takes the place of the present factory, along with all that was bound to it; None
            to leave it.
        **arguments: as for ``ArgTree``; trees are applied to what the new factory has.

    Raises:
        ConfigError: where ``function`` isn't callable.

    >>> def make_net(depth=18, norm_f=None): ...
    >>> t(norm_f=ft(int, base=2)).apply(make_net).keywords["norm_f"]("101")
    5
    """

    alias = "ft"

    def __init__(self, function: Callable[..., Any] | None = None, /, **arguments: Any) -> None:
        if function is not None and not callable(function):
            raise ConfigError(f"ft takes a factory, and {shortened(function)} is none")
        self._keep(_changes=arguments, _function=function)

    _function: Callable[..., Any] | None

    @property
    def function(self) -> Callable[..., Any] | None:
        """What takes the place of the present factory, or None."""
        return self._function

    def _apply(self, value: Any, place: str) -> Any:
        replaces = self._function is not None and not isinstance(value, UpdaTree)
        return super()._apply(self._function if replaces else value, place)

    def _after(self, earlier: UpdaTree, place: str) -> UpdaTree:
        replaces = self._function is not None and isinstance(earlier, ArgTree)
        return self if replaces else super()._after(earlier, place)

    def _with(self, changes: dict[Any, Any]) -> Self:
        return type(self)(self._function, **changes)

    def _parts(self) -> list[str]:
        function = [] if self._function is None else [source(self._function)]
        return [*function, *keyword_sources(self._changes)]


def tree_partial(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> functools.partial[Any]:
    """A ``functools.partial`` of ``f``, where trees edit the defaults that they stand for.

    Args:
        f: a function, a class, a partial function or another callable.
        *args: values, trees and escaped values.
        **kwargs: values, trees and escaped values.

    Raises:
        TreeError: where an argument, at any depth, isn't one of its factory; the path of the
            factory and the nearest name are given.

    >>> def make_swallow(name, type="european"):
    ...     return f"{type} swallow {name}"
    >>> def make_flock(size, load=None, swallow_f=make_swallow):
    ...     return [f"{swallow_f(i)} with {load}" for i in range(size)]
    >>> def eu(n, flock_f=make_flock):
    ...     return flock_f(n)
    >>> au = tree_partial(eu, flock_f=t(load="coconut", swallow_f=t(type="african")))
    >>> au(1), eu(1)
    (['african swallow 0 with coconut'], ['european swallow 0 with None'])
    """
    if not callable(f):
        raise ConfigError(f"tree_partial takes a factory, and {shortened(f)} is none")
    return _bind(f, args, kwargs, short_name(f))


def _refused(blames: list[Blame]) -> TreeError:
    return TreeError(
        *((path, str(error)) for paths, error in blames for path in (paths or ((),))[:1])
    )


def _bind(
    factory: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any], place: str
) -> functools.partial[Any]:
    parameters = Parameters(factory, place)
    return parameters.bind(
        _updated_positions(parameters, args, place), _updated_names(parameters, keywords, place)
    )


def _updated_positions(
    parameters: Parameters, args: tuple[Any, ...], place: str
) -> tuple[Any, ...]:
    names = [p.name for p in parameters.by_position]
    names += [str(i) for i in range(len(names), len(args))]
    return tuple(
        updated(arg, functools.partial(parameters.present, name), f"{place}.{name}")
        for name, arg in zip(names, args, strict=False)
    )


def _updated_names(
    parameters: Parameters, keywords: Mapping[str, Any], place: str
) -> dict[str, Any]:
    def update(name: str, change: Any) -> Any:
        parameters.check_name(name)
        return updated(change, functools.partial(parameters.present, name), f"{place}.{name}")

    arguments = for_each(keywords, update)
    return {name: value for name, value in arguments.items() if keywords[name] is not required}


t = ArgTree
ft = FuncTree
