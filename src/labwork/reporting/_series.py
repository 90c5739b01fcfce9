"""What learning curves are made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from labwork.reporting._sink import Report

__all__ = ["Series", "best_index", "collect", "steps_per_epoch"]

# Words of names of metrics, by what is better.
LOWER = {"err", "error", "fid", "loss", "mae", "mse", "nll", "perplexity", "ppl", "rmse"}
HIGHER = {
    *("acc", "accuracy", "top1", "top5", "iou", "miou", "dice", "map", "f1", "precision"),
    *("recall", "auc", "auroc", "psnr", "ssim"),
}


@dataclass
class Series:
    """One metric of one split: x and y of equal length, oldest first."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)


def collect(history: Sequence[Report], steps: float) -> dict[str, dict[str, Series]]:
    """Sorts scalars by name and then by split, each in the order of the first appearance.

    Args:
        history: the reports.
        steps: how many steps make 1 on the x axis.

    >>> collect([Report("val", 1, 50, {"loss": 0.25})], steps=50)
    {'loss': {'val': Series(x=[1.0], y=[0.25])}}
    """
    metrics: dict[str, dict[str, Series]] = {}
    for report in history:
        for name, value in report.scalars.items():
            series = metrics.setdefault(name, {}).setdefault(report.split, Series())
            series.x.append(report.step / steps)
            series.y.append(value)
    return metrics


def steps_per_epoch(history: Sequence[Report]) -> float | None:
    """How many steps an epoch has; None if that is unknown or not always the same.

    >>> steps_per_epoch([Report("train", 1, 75, {}), Report("val", 2, 100, {})])
    50.0
    """
    # After e whole epochs, a report's step is e epochs of steps, or more where an epoch runs.
    steps = min((r.step / r.epoch for r in history if r.epoch > 0), default=0)
    agree = all(r.step <= (r.epoch + 1) * steps for r in history)
    return steps if steps > 0 and agree else None


def best_index(name: str, values: Sequence[float]) -> int | None:
    """Where the best value is; None if the metric's name does not tell whether more is better.

    >>> best_index("val_loss", [3.0, 1.0, float("nan"), 2.0]), best_index("rate", [1.0])
    (1, None)
    """
    words = set(re.split(r"[\W_]+", name.lower()))
    sign = 1 if words & LOWER else -1 if words & HIGHER else 0
    finite = [i for i, value in enumerate(values) if abs(value) < float("inf")]
    return min(finite, key=lambda i: sign * values[i]) if sign and finite else None
