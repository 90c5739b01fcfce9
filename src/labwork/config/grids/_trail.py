"""What was chosen on the way to a configuration, and from it where its values were written."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from labwork.config.files import Config, join_path
from labwork.config.files._plain import copy_plain
from labwork.config.grids._slots import Keys, Write, leaves

__all__ = ["ElementOrigins", "Trail", "choices_of"]


class Trail(NamedTuple):
    """The last choice, and the trail before it; None where nothing was chosen yet."""

    before: "Trail | None"
    writes: tuple[Write, ...]
    is_axis: bool


def choices_of(trail: Trail | None) -> dict[str, Any]:
    """What the axes chose: the leaves by path, in document order."""
    trails: list[Trail] = []
    while trail:
        trails.append(trail)
        trail = trail.before
    chosen = [write for t in reversed(trails) if t.is_axis for write in t.writes]
    pairs = [leaf for write in chosen for leaf in leaves(write.path, write.value)]
    return {join_path(path): copy_plain(value) for path, value in pairs}


class ElementOrigins(Mapping[tuple[str, ...], str]):
    """The origins of a configuration, looked up in the config that it came from when asked for."""

    __slots__ = ("_config", "_data", "_trail")

    def __init__(self, config: Config, trail: Trail | None, data: dict[Any, Any]) -> None:
        self._config = config
        self._trail = trail
        self._data = data

    def __getitem__(self, parts: tuple[str, ...]) -> str:
        return self._config.origin(join_path(self._source(parts)))

    def _source(self, parts: tuple[str, ...]) -> Keys:
        """The path in the source; later choices lie inside of earlier ones, so they go first."""
        trail = self._trail
        while trail:
            for write in trail.writes:
                if tuple(map(str, write.path)) == parts[: len(write.path)]:
                    return (*write.source, *parts[len(write.path) :])
            trail = trail.before
        return parts

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return (tuple(map(str, path)) for path, _ in leaves((), self._data))

    def __len__(self) -> int:
        return sum(1 for _ in self)
