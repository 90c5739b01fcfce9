"""Grid: the configs that a config with several values stands for."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from labwork.config.files import Config, join_path
from labwork.config.files._config import adopt
from labwork.config.grids._counts import count
from labwork.config.grids._graph import make_graph
from labwork.config.grids._plan import make_plan
from labwork.config.grids._references import check_references
from labwork.config.grids._slots import Keys, Slot, leaves
from labwork.config.grids._trail import ElementOrigins, choices_of
from labwork.config.grids._walk import Walk, walks
from labwork.core import ConfigError

__all__ = ["Grid", "expand_grid"]


class Grid(Sequence[Config]):
    """A sequence of configs, each of which is made when it is asked for.

    See ``expand_grid``. Slices are grids, too.

    Args:
        config: what may hold keys with several values; no more than 2**63 - 1 configs.

    Raises:
        ConfigError: where the config can't be expanded.

    >>> grid = expand_grid({"lr_": [0.1, 0.01], "depth_": [18, 34, 50]})
    >>> len(grid), grid[-1].plain(), grid.varied
    (6, {'lr': 0.01, 'depth': 50}, ('lr', 'depth'))
    >>> [config["depth"] for config in grid[1::3]]
    [34, 34]
    """

    def __init__(self, config: Config) -> None:
        plan = make_plan(config)
        for slot in plan.slots:
            check_references(plan, slot)
        first, facts = make_graph(plan)
        self._config = config
        self._counts = count(first, facts, config)
        self._start = Walk(first, facts, plan.base, None, 0)
        self._varied = tuple(
            map(join_path, dict.fromkeys(p for s in plan.slots for p in _varied(s)))
        )
        self._indices = range(_countable(self._counts[first.index, facts][-1]))

    @property
    def varied(self) -> tuple[str, ...]:
        """The paths of the keys that have several values, in document order.

        Where values are mappings these are the keys in them.
        """
        return self._varied

    def choices(self, index: int) -> dict[str, Any]:
        """What sets the config at ``index`` apart: the values of its varied keys, by path.

        >>> expand_grid({"a_": [1, {"b_": [2, 3]}], "c": 4}).choices(2)
        {'a/b': 3}
        """
        walk = next(walks(self._start, self._counts, self._indices[index]))
        return choices_of(walk.trail)

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[Config]:
        indices = self._indices
        if indices.step != 1:
            return map(self._element, indices)
        found = walks(self._start, self._counts, indices.start) if indices else iter(())
        return (self._make(walk) for _, walk in zip(indices, found, strict=False))

    @overload
    def __getitem__(self, index: int) -> Config: ...
    @overload
    def __getitem__(self, index: slice) -> "Grid": ...
    def __getitem__(self, index: int | slice) -> "Config | Grid":
        if isinstance(index, slice):
            part = Grid.__new__(Grid)
            part.__dict__.update(self.__dict__, _indices=self._indices[index])
            return part
        return self._element(self._indices[index])

    def __repr__(self) -> str:
        return f"<Grid of {len(self)} over {', '.join(self.varied) or 'nothing'}>"

    def _element(self, index: int) -> Config:
        return self._make(next(walks(self._start, self._counts, index)))

    def _make(self, walk: Walk) -> Config:
        origins = ElementOrigins(self._config, walk.trail, walk.data)
        return adopt(walk.data, origins, {}, ())


def _countable(total: int) -> int:
    if total > sys.maxsize:
        raise ConfigError(f"the grid has {total} configs; no more than 2**63 - 1 can be counted")
    return total


def _varied(slot: Slot) -> Iterator[Keys]:
    for choice in slot.choices:
        for write in choice.writes if slot.is_axis else ():
            yield from (path for path, _ in leaves(write.path, write.value))
        for inner in choice.slots:
            yield from _varied(inner)


def expand_grid(config: Config | Mapping[str, Any]) -> Grid:
    """The configs that ``config`` stands for: the product of all keys that have several values.

    - **Several values**: ``lr_: [0.1, 0.01]`` stands for ``lr: 0.1`` and for ``lr: 0.01``. Such
      keys may stand at any depth of mappings, but not inside plain lists, which stay as they are.
      The product is in document order, and the last key varies fastest.
    - **Nested**: a value may itself be a mapping, in which such keys belong to this value only:
      ``optimizer_: [{name: sgd, lr_: [0.1, 0.01]}, {name: adam}]`` stands for three optimizers.
    - **Groups**: ``(lr, optimizer/momentum)_: [[0.1, 0.9], [0.01, 0.5]]`` varies keys together.
      They are paths from the mapping that the group stands in.
    - **Conditions**: ``momentum_ if optimizer/name = sgd: [0.5, 0.9]`` and, for a plain key,
      ``nesterov if momentum = 0.9: true`` are there only where the condition holds, and count for
      one configuration where it doesn't. A condition compares a key, as a path from the root,
      with a value (``=``, ``!=``) or with several (``in [a, b]``, ``not in [a, b]``), and ``and``
      joins comparisons. Values are typed as in YAML; text with spaces needs quotes. A key that
      isn't there has no value, so ``=`` and ``in`` don't hold for it, and ``!=`` and ``not in``
      do. Keys with several values must stand above the conditions that name them.
    - A name may have several conditions, if no two of them hold in the same configuration.

    What is counted is not listed, and what isn't taken is not made.

    Args:
        config: a ``Config``, whose origins the results keep, or a plain mapping; it isn't changed.

    Raises:
        ConfigError: where such a key has no list or an empty one, where two keys set the same
            name, and where a condition can't be read or decided; the place is given.

    >>> grid = expand_grid({
    ...     "optimizer_": ["sgd", "adam"],
    ...     "momentum_ if optimizer = sgd": [0.5, 0.9],
    ...     "nesterov if momentum = 0.9": True,
    ... })
    >>> for config in grid:
    ...     print(config.plain())
    {'optimizer': 'sgd', 'momentum': 0.5}
    {'optimizer': 'sgd', 'momentum': 0.9, 'nesterov': True}
    {'optimizer': 'adam'}
    """
    return Grid(config if isinstance(config, Config) else Config(config))
