"""SessionSpec: many experiments, as one file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated, Any

from labwork.config import AtLeast, Config, Doc, Grid, check, expand_grid
from labwork.core import ConfigError
from labwork.experiments._check_syntax import check_syntax
from labwork.experiments._spec import ExperimentSpec

__all__ = ["SessionSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpec:
    """Experiments that belong together, as plain data; what a session file holds.

    Attributes:
        experiment: an experiment file (see ``ExperimentSpec``), in which keys that end in ``_``
            hold several values; see ``expand_grid``.
        name: the directory of the session, below that of all experiments.
        seeds: each experiment is run with each of these; empty for what the experiment says.
        parallel: how many experiments run at a time.

    >>> session = {"experiment": {"data": "D", "model": "M", "trainer_": ["a", "b"]}, "name": "s"}
    >>> [spec.name for spec in SessionSpec.read(session).specs(session)]
    ['s/1', 's/2']
    """

    experiment: Annotated[dict[str, Any], Doc("an experiment file; keys that end in _ vary")]
    name: Annotated[str, Doc("the session's directory below that of all experiments")]
    seeds: Annotated[list[Annotated[int, AtLeast(0)]], Doc("each is run with each of these")] = (
        field(default_factory=list)
    )
    parallel: Annotated[int, AtLeast(1), Doc("how many experiments run at a time")] = 1

    @classmethod
    def read(cls, config: Config | Mapping[str, Any]) -> "SessionSpec":
        """The session that a config describes.

        Raises:
            ConfigError: where keys or values are wrong; it tells of all of them at once.
        """
        spec: SessionSpec = check(config, cls)
        return spec

    def grid(self, config: Config | Mapping[str, Any]) -> Grid:
        """The experiments' configs, lazily.

        Args:
            config: what the session was read from, which knows the origins.
        """
        whole = config if isinstance(config, Config) else Config(config)
        grid_config: Any = whole["experiment"]
        if self.seeds:
            grid_config = grid_config.replace({"seed_": list(self.seeds)}, "seeds of the session")
        return expand_grid(grid_config)

    def specs(self, config: Config | Mapping[str, Any]) -> Iterator[ExperimentSpec]:
        """The experiments, lazily, each named for the session and its number from 1 on.

        Args:
            config: what the session was read from.

        Raises:
            ConfigError: where one of them is wrong.
        """
        return self._read_each(config, lambda spec, origin: None)

    def check(self, config: Config | Mapping[str, Any], most: int = 1000) -> int:
        """Checks up to ``most`` experiments, with their strings, and gives the number of all.

        Raises:
            ConfigError: where one of them is wrong.
        """
        for _ in islice(self._read_each(config, check_syntax), most):
            pass
        return len(self.grid(config))

    def _read_each(
        self,
        config: Config | Mapping[str, Any],
        look_at: Callable[[ExperimentSpec, Callable[[str], str]], None],
    ) -> Iterator[ExperimentSpec]:
        for number, config_of_one in enumerate(self.grid(config), 1):
            named = config_of_one.replace({"name": f"{self.name}/{number}"}, "the session")
            try:
                spec = ExperimentSpec.read(named)
                look_at(spec, named.origin)
            except ConfigError as error:
                raise ConfigError(f"experiment {number} of the session: {error}") from error
            yield spec
