"""Contestants that take turns."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ._lane import Lane
from ._pace import Contestant, Plan
from ._turns import take_turns
from ._workload import Workload

__all__ = ["race"]


def race(contestants: Sequence[Contestant], plan: Plan) -> dict[str, list[float]]:
    """Trains with all contestants in turns.

    Returns:
        Seconds per step, one for each round, by name of the contestant.

    Raises:
        RuntimeError: if a contestant fails; the message holds the end of its output.
    """
    with TemporaryDirectory() as folder, ExitStack() as stack:
        lanes = [
            stack.enter_context(Lane(contestant, plan, Path(folder) / str(index)))
            for index, contestant in enumerate(contestants)
        ]
        for lane in lanes:
            lane.get_ready()
        times = take_turns({lane.name: lane.run_turn for lane in lanes}, plan.rounds)
        for lane in lanes:
            lane.finish()
    steps = Workload.step_count()
    return {name: [second / steps for second in seconds] for name, seconds in times.items()}
