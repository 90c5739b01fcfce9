"""Which changes of a tree are to blame for an error, found by leaving changes out."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from labwork.config.trees._faults import KeyPath
from labwork.config.trees._tree import UpdaTree

__all__ = ["Blame", "blame"]

Tree = TypeVar("Tree", bound=UpdaTree)


class Blame(NamedTuple):
    """An error, and the changes without which it would not be there.

    Attributes:
        paths: the keys that lead to each of these changes; empty where the tree isn't to blame.
        error: the error.
    """

    paths: tuple[KeyPath, ...]
    error: Exception


def blame(make: Callable[[Tree], Any], tree: Tree, error: Exception) -> list[Blame]:
    """Finds out what in ``tree`` makes ``make(tree)`` raise ``error``, and what else is wrong.

    Changes that leave the error as it is when they are left out have nothing to do with it. What
    remains is to blame, save for changes without which something else is wrong, such as arguments
    that have to be given. Then those are left out, and the next error is looked at.

    Args:
        make: called with parts of the tree, several times.
        tree: what ``make`` was called with.
        error: what it raised.

    Returns:
        at least one; the first is for ``error``.

    >>> from labwork.config.trees import t
    >>> def make(tree): return [1 / size for size in tree.changes.values()]
    >>> try: make(t(width=2, depth=0))
    ... except ArithmeticError as error: blame(make, t(width=2, depth=0), error)
    [Blame(paths=(('depth',),), error=ZeroDivisionError('division by zero'))]
    """
    found: list[Blame] = []
    next_error: Exception | None = error
    while next_error is not None:
        paths, is_sure = _culprits(make, tree, next_error)
        if paths or not found:
            found.append(Blame(paths, next_error))
        if not is_sure:
            break
        for path in paths:
            tree = tree.without(path)
        next_error = _error_of(make, tree)
    return found


def _culprits(
    make: Callable[[Tree], Any], tree: Tree, error: Exception
) -> tuple[tuple[KeyPath, ...], bool]:
    """The leaves that are to blame, and whether all is well without one of them."""
    needed = _reduced(make, tree, error)
    errors = {path: _error_of(make, needed.without(path)) for path in _leaves(needed)}
    sure = tuple(path for path, other in errors.items() if other is None)
    if sure:
        return sure, True
    unsure = [p for p, other in errors.items() if other and not _is_same(other, error)]
    return tuple(_told_of(unsure, needed, error) or unsure), False


def _reduced(make: Callable[[Tree], Any], tree: Tree, error: Exception) -> Tree:
    """The tree without the changes that the error doesn't depend on."""
    for path in list(tree.paths()):
        smaller = tree.without(path)
        other = _error_of(make, smaller)
        if other is not None and _is_same(other, error):
            tree = smaller
    return tree


def _told_of(paths: list[KeyPath], tree: UpdaTree, error: Exception) -> list[KeyPath]:
    """The one whose name, or else whose value, stands in the error; none where that isn't clear."""
    words = set(re.findall(r"[\w.+-]+", str(_cause(error))))
    by_name = [path for path in paths if str(path[-1]) in words]
    by_value = [path for path in paths if str(tree.at(path)) in words]
    return next((told for told in (by_name, by_value) if len(told) == 1), [])


def _leaves(tree: UpdaTree) -> list[KeyPath]:
    paths = list(tree.paths())
    inner = {path[:-1] for path in paths}
    return [path for path in paths if path not in inner]


def _error_of(make: Callable[[Tree], Any], tree: Tree) -> Exception | None:
    try:
        make(tree)
    except Exception as error:  # noqa: BLE001 - a factory may raise anything
        return error
    return None


def _is_same(one: Exception, other: Exception) -> bool:
    """Whether they have the same cause; what is told on the way up may list other arguments."""
    first, second = _cause(one), _cause(other)
    return type(first) is type(second) and str(first) == str(second)


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error
