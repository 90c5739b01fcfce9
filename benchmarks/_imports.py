"""How long it takes until something can be done."""

from ._process import Program
from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("program", "fresh process"),
    Column("milliseconds", "ms", ".0f"),
    Column("ratio", "ratio to `import torch`", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
    Column("torch", "imports torch"),
)

# What the installed command does, without the question where it is installed.
_COMMAND = "import sys; sys.argv = {}; from labwork.cli import main; sys.exit(main())"

_TORCH = Program("`import torch`", "import torch")

_PROGRAMS = (
    Program("nothing", "pass"),
    _TORCH,
    Program("`import labwork`", "import labwork"),
    Program("`import torch, labwork`", "import torch, labwork"),
    Program("`import torch, labwork.training`", "import torch, labwork.training"),
    Program("`labwork --version`", _COMMAND.format(["labwork", "--version"])),
    Program("`labwork --help`", _COMMAND.format(["labwork", "--help"])),
    Program(
        "completion of `labwork tr`",
        _COMMAND.format(["labwork"]),
        {"_LABWORK_COMPLETE": "bash_complete", "COMP_WORDS": "labwork tr", "COMP_CWORD": "1"},
    ),
)


def run(quick: bool) -> Table:
    """Times imports and the command line, each in a fresh process.

    Args:
        quick: one round instead of nine.
    """
    rounds = 1 if quick else 9
    failures = {program.name: program.failure() for program in _PROGRAMS}
    programs = [program for program in _PROGRAMS if failures[program.name] is None]
    turns = {p.name: lambda p=p: stopwatch(p.run) for p in programs}
    times = take_turns(turns, rounds, warm_up=0)
    table = Table("imports", "Time of imports and of the command line", _COLUMNS)
    table.rows = [_row(program, times) for program in programs]
    table.notes = [f"Medians over {rounds} round(s), after one run that fills the file cache."]
    table.notes += [f"Left out, {name}: {why}" for name, why in failures.items() if why]
    return table


def _row(program: Program, times: dict[str, list[float]]) -> tuple[object, ...]:
    seconds = times[program.name]
    ratios = paired_ratios(seconds, times[_TORCH.name])
    torch = program.imports("torch")
    return program.name, 1e3 * median(seconds), median(ratios), iqr(ratios), torch
