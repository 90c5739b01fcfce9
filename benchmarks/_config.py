"""What it costs to compose a config."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from labwork.config.files import compose

from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("program", "program"),
    Column("milliseconds", "ms", ".2f"),
    Column("ratio", "ratio to Labwork", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
)

_GROUPS, _SUBGROUPS, _LEAVES = 10, 5, 6
_VALUES = ("1", "0.5", "text", "1e-4", "true", "null")
_OVERRIDES = [f"group{i % 10}.sub{i % 5}.leaf{i % 6}={i / 2}" for i in range(20)]
_LABWORK = "Labwork, compose"

Turn = Callable[[], Any]


def run(quick: bool) -> Table:
    """Composes a file of 300 leaves in nested groups with 20 overrides, in turns.

    Args:
        quick: three rounds instead of sixty.
    """
    rounds = 3 if quick else 60
    table = Table("config", "Composing a config of 300 leaves with 20 overrides", _COLUMNS)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "base.yaml"
        path.write_text("\n".join(_lines()), encoding="utf-8")
        turns = _programs(path, stack)
        _check(turns)
        timed = {name: lambda turn=turn: stopwatch(turn) for name, turn in turns.items()}
        times = take_turns(timed, rounds)
    table.rows = [_row(name, times) for name in times]
    table.notes = [
        f"Medians over {rounds} rounds in one process, after one that doesn't count; the file is"
        " read each time. Hydra is initialized beforehand. PyYAML applies no overrides.",
        *(f"Left out: {name} isn't installed." for name in ("hydra", "omegaconf") if _lacks(name)),
    ]
    return table


def _lines() -> Iterator[str]:
    for group in range(_GROUPS):
        yield f"group{group}:"
        for sub in range(_SUBGROUPS):
            yield f"  sub{sub}:"
            for leaf in range(_LEAVES):
                yield f"    leaf{leaf}: {_VALUES[(group + sub + leaf) % len(_VALUES)]}"


def _programs(path: Path, stack: ExitStack) -> dict[str, Turn]:
    turns: dict[str, Turn] = {_LABWORK: lambda: compose([path], _OVERRIDES).plain()}
    if not _lacks("hydra"):
        turns["Hydra, compose API"] = _hydra(path, stack)
    if not _lacks("omegaconf"):
        turns["OmegaConf, load and merge"] = _omegaconf(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    turns["PyYAML, C parser"] = lambda: yaml.load(path.read_bytes(), loader)  # noqa: S506
    return turns


def _hydra(path: Path, stack: ExitStack) -> Turn:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    stack.enter_context(initialize_config_dir(str(path.parent), version_base=None))
    return lambda: hydra_compose(path.stem, overrides=_OVERRIDES)


def _omegaconf(path: Path) -> Turn:
    from omegaconf import OmegaConf

    return lambda: OmegaConf.merge(OmegaConf.load(path), OmegaConf.from_dotlist(_OVERRIDES))


def _lacks(module: str) -> bool:
    return find_spec(module) is None


def _check(turns: dict[str, Turn]) -> None:
    """All that apply the overrides have to come to the same config."""
    expected = turns[_LABWORK]()
    for name, turn in turns.items():
        if not name.startswith("PyYAML") and turn() != expected:
            raise AssertionError(f"{name} composes another config")


def _row(name: str, times: dict[str, list[float]]) -> tuple[object, ...]:
    ratios = paired_ratios(times[name], times[_LABWORK])
    return name, 1e3 * median(times[name]), median(ratios), iqr(ratios)
