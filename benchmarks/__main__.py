"""The command line of the benchmarks."""

import argparse
from importlib import import_module
from pathlib import Path

from rich.console import Console

from ._machine import machine

_SUITES = (
    *("loop", "imports", "checkpoint", "resume", "config", "strings", "models", "images", "data"),
    *("flows", "reversible"),
)
_RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Runs the suites named on the command line and shows and writes their results."""
    options = _parser().parse_args()
    console = Console()
    folder = options.output or (None if options.quick else _RESULTS)
    for name in options.suites or _SUITES:
        with console.status(name):
            table = import_module(f"._{name}", __package__).run(options.quick)
        table.show(console)
        if folder:
            table.write(folder, machine())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", help=", ".join(_SUITES))
    parser.add_argument(
        "--quick", action="store_true", help="only show that everything runs; keeps no results"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the results go")
    return parser


if __name__ == "__main__":
    main()
