"""What it costs to read a string, to expand a grid, and to check a file."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labwork.config import Namespace, expand_grid, parse_arguments, t

from ._process import Program
from ._statistics import median
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("what", "what"),
    Column("milliseconds", "ms", ".3f"),
    Column("bar", "bar, ms", ".1f"),
)

_MODEL = "ResNetV1,backbone_f=t(depth=18,small_input=True,block_f=t(norm_f=None))"
_STRINGS = 100
_NAMES = Namespace({"t": t, "ResNetV1": object})
_GRID = {
    "axes": {f"axis{i}_": list(range(10)) for i in range(5)},
    "rest": {f"group{i}": {f"leaf{j}": j for j in range(5)} for i in range(5)},
}
_CONFIG = """\
data: Digits{train,val}
model: {name: SmallImageClassifier, norm_f: {eps: 1e-3}, act_f: =nn.SiLU}
trainer: {recipes: [recipes.digits], optimizer_f: {lr: 0.01}}
"""
_CHECK = "import sys; sys.argv = {}; from labwork.cli import main; sys.exit(main())"


def run(quick: bool) -> Table:
    """Times the parts of the configuration that have a bar.

    Args:
        quick: a round each instead of fifteen.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.yaml"
        path.write_text(_CONFIG, encoding="utf-8")
        check = Program("check", _CHECK.format(["labwork", "config", "check", str(path)]))
        parts: dict[str, tuple[Callable[[], Any], float]] = {
            f"parse and evaluate {_STRINGS} strings of models": (_read_models, 0.2 * _STRINGS),
            "expand 100,000 configs of 30 leaves": (_expand, 1000.0),
            "`labwork config check`, a fresh process": (check.run, 400.0),
        }
        timed = {name: lambda f=f: stopwatch(f) for name, (f, _) in parts.items()}
        times = take_turns(timed, 1 if quick else 15)
    table = Table("strings", "Reading strings, grids and files", _COLUMNS)
    table.rows = [(name, 1e3 * median(times[name]), bar) for name, (_, bar) in parts.items()]
    table.notes = [f"Medians of {1 if quick else 15} round(s). The string is `{_MODEL}`."]
    return table


def _read_models() -> None:
    for _ in range(_STRINGS):
        _read_model()


def _read_model() -> None:
    given = parse_arguments(_MODEL)
    given.args[0].evaluate(_NAMES)
    t(**{name: value.evaluate(_NAMES) for name, value in given.keywords.items()})


def _expand() -> None:
    for _ in expand_grid(_GRID):
        pass
