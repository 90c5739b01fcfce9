"""What a training step costs over a hand-written loop."""

from ._labwork import LABWORK
from ._machine import installed_version
from ._pace import Contestant, Plan
from ._peers import HAND, PEERS
from ._race import race
from ._statistics import iqr, median, paired_differences, paired_ratios
from ._table import Column, Table

__all__ = ["run"]

_COLUMNS = (
    Column("contestant", "training loop"),
    Column("microseconds", "µs a step", ".1f"),
    Column("overhead", "µs over hand-written", "+.1f"),
    Column("ratio", "ratio to hand-written", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
)

_NOTES = (
    "MLP 64-32-10 on digits, batches of 32, SGD with momentum, float32, one thread, no workers.",
    "PyTorch's DataLoader feeds all rows that do not name another one.",
    "Medians over {rounds} round(s) of turns of at least {seconds} s; differences and ratios "
    "are taken within a round.",
    "Everything on: progress bar, a loss logged to CSV every 50 steps, a checkpoint every "
    "{epochs} epochs of 57 steps.",
)


def run(quick: bool) -> Table:
    """Races Labwork and its peers against the hand-written loop.

    Args:
        quick: one short turn each, which says little.
    """
    plan = Plan(rounds=1, seconds=0.0, epochs=1) if quick else Plan()
    runners = [c for c in (HAND, *LABWORK, *PEERS) if installed_version(c.package)]
    table = Table("loop", "Cost of a training step", _COLUMNS)
    times = race(runners, plan)
    table.rows = [_row(runner, times) for runner in runners]
    settings = {"rounds": plan.rounds, "seconds": plan.seconds, "epochs": plan.epochs}
    table.notes = [note.format(**settings) for note in _NOTES] + _missing()
    return table


def _row(runner: Contestant, times: dict[str, list[float]]) -> tuple[object, ...]:
    micros, reference = ([1e6 * second for second in times[c.name]] for c in (runner, HAND))
    ratios = paired_ratios(micros, reference)
    overhead = median(paired_differences(micros, reference))
    return _title(runner), median(micros), overhead, median(ratios), iqr(ratios)


def _title(runner: Contestant) -> str:
    if runner not in PEERS:
        return runner.name
    first, comma, rest = runner.name.partition(",")
    return f"{first} {installed_version(runner.package)}{comma}{rest}"


def _missing() -> list[str]:
    packages = sorted({c.package for c in PEERS if not installed_version(c.package)})
    return [f"Left out, not installed: {package}." for package in packages]
