"""DataProvider: the loader that a request asks for, over subsets of several sources."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from labwork.core import ConfigError, unknown_name
from labwork.data._caches import fingerprint
from labwork.data._loader import DataLoader
from labwork.data._sources import Source, Sources

__all__ = ["DataProvider"]

_PLAIN = (bool, int, float, str, type(None))


class DataProvider:
    """Holds several sources of data and gives the loader for a request.

    A request is the name of a source, of a subset, or ``source/subset``; or a mapping with

    - ``source``: the name of a source, or of several, whose samples follow each other; by default
      all that have the subset;
    - ``subset``: the name of a subset, for sources that have some;
    - arguments for ``DataLoader``, such as ``batch_size``, instead of the provider's own.

    Whoever trains may decide on a request when it is due, for instance by what a model put out.
    A request that was there before gets the same loader, which goes on where it stands; the
    provider's state is where each of them stands.

    Args:
        sources: by their names, datasets, mappings from names of subsets to datasets, or
            functions from the name of a subset to a dataset, which are called once for each.
        **options: arguments for ``DataLoader``.

    Raises:
        ConfigError: where a name isn't known, or a request isn't complete.

    >>> from labwork.data import ArrayDataset
    >>> cats, dogs = ArrayDataset(x=range(4)), ArrayDataset(x=range(10, 13))
    >>> provider = DataProvider({"cats": {"train": cats}, "dogs": {"train": dogs}}, batch_size=4)
    >>> [batch.x.tolist() for batch in provider.provide("dogs/train")]
    [[10, 11, 12]]
    >>> [batch.x.tolist() for batch in provider.provide({"subset": "train", "batch_size": 5})]
    [[0, 1, 2, 3, 10], [11, 12]]
    >>> provider.provide("dogs/train") is provider.provide({"source": "dogs", "subset": "train"})
    True
    """

    def __init__(self, sources: Mapping[str, Source], **options: Any) -> None:
        self._sources, self._options = Sources(sources), options
        self._loaders: dict[str, DataLoader] = {}
        self._states: dict[str, Mapping[str, Any]] = {}  # of loaders that nobody asked for yet
        _check(options, _loader_arguments(), "DataProvider")

    def provide(self, request: str | Mapping[str, Any]) -> DataLoader:
        """The loader for ``request``, the same one for the same request.

        Raises:
            ConfigError: where the request isn't complete, or names what isn't known.
        """
        names, subset, given = self._read(request)
        # The provider's own arguments are no part of it: another number of workers, for one, may
        # go on where this one stood.
        key = repr((*names, subset, *sorted({*_written(given)} - {*_written(self._options)})))
        if key not in self._loaders:
            dataset, options = self._sources.dataset(names, subset), {**self._options, **given}
            loader = DataLoader(dataset, **options)
            if key in self._states:
                loader.load_state_dict(self._states[key])
                del self._states[key]
            self._loaders[key] = loader
        self._loaders[key]._was_left = False  # to go on is what a request means
        return self._loaders[key]

    def state_dict(self) -> dict[str, Any]:
        """Where each loader stands, by its request."""
        return self._states | {key: loader.state_dict() for key, loader in self._loaders.items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Goes to where ``state_dict`` was taken; loaders that weren't there then start anew."""
        self._states = dict(state_dict)
        for key, loader in self._loaders.items():
            if key in self._states:
                loader.load_state_dict(self._states.pop(key))
            else:
                loader.seek(0)

    def close(self) -> None:
        """Ends the workers of all loaders."""
        for loader in self._loaders.values():
            loader.close()

    def _read(
        self, request: str | Mapping[str, Any]
    ) -> tuple[tuple[str, ...], str, dict[str, Any]]:
        """The sources, their subset, and the arguments for the loader that are given."""
        if isinstance(request, str):
            source, subset = self._sources.split(request)
            return self._sources.chosen(source, subset), subset, {}
        if not isinstance(request, Mapping):
            raise ConfigError(
                "a request is a name, such as 'source/subset', or a mapping, but not"
                f" {request!r:.80}"
            )
        _check(request, ["source", "subset", *_loader_arguments()], "a request")
        subset = request.get("subset", "")
        given = {k: v for k, v in request.items() if k not in ("source", "subset")}
        chosen = self._sources.chosen(request.get("source"), subset)
        return chosen, subset, given

    def __repr__(self) -> str:
        return f"DataProvider({', '.join([repr(self._sources), *_written(self._options)])})"


def _written(options: Mapping[str, Any]) -> list[str]:
    """What tells arguments from others, over processes too."""
    return [
        f"{name}={value!r}" if isinstance(value, _PLAIN) else f"{name}=<{fingerprint(value)[:8]}>"
        for name, value in options.items()
    ]


def _loader_arguments() -> list[str]:
    return [*inspect.signature(DataLoader).parameters][1:]  # without the dataset


def _check(given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise unknown_name("argument", name, known, where)
