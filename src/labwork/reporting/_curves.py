"""Learning curves as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import ceil, inf, nan
from pathlib import Path
from typing import TYPE_CHECKING

from labwork.core import import_extra
from labwork.reporting._jsonl import read_history
from labwork.reporting._series import Series, best_index, collect, steps_per_epoch
from labwork.reporting._sink import Report
from labwork.reporting._text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_curves"]

TRAIN = "#8fa8bf"
COLORS = ("#1f5fa8", "#d1495b", "#2a9d6f", "#e09f3e", "#7d5ba6", "#3a3a3a")
COLUMNS = 3
MANY = 100


def draw_curves(
    history: Sequence[Report] | str | os.PathLike[str],
    path: str | os.PathLike[str],
    title: str = "",
) -> None:
    """Draws learning curves: a panel for each metric, with all splits in it.

    The x axis is in epochs, in which reports from within an epoch lie between two ticks, or in
    steps where epochs are unknown or unequal. A split with a single value is a level with a
    marker. The best value of each other split is marked, except for ``train`` and where a
    metric's name does not tell whether more is better. Values that are not finite are gaps with
    red crosses at the bottom. The picture replaces an older one at once.

    Args:
        history: reports, or the file of a ``JSONLHistory``.
        path: the PNG file to write; missing parents are created.
        title: stands above all panels.

    Raises:
        ConfigError: matplotlib is not installed.
        ValueError: there is nothing to draw.
    """
    import_extra("matplotlib", "Drawing curves")
    reports = read_history(history) if isinstance(history, str | os.PathLike) else history
    steps = steps_per_epoch(reports)
    metrics = collect(reports, steps or 1)
    if not metrics:
        raise ValueError(f"there are no scalars to draw in {path}: {len(reports)} reports")
    figure, axes = _panels(len(metrics))
    colors = _colors([split for panel in metrics.values() for split in panel])
    for panel, (name, splits) in zip(axes, metrics.items(), strict=True):
        _draw_panel(panel, name, splits, colors)
        panel.set_xlabel("epoch" if steps else "step")
    if title:
        figure.suptitle(_plain(title), fontsize=13)
    _save(figure, Path(path))


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    # Figure without pyplot: no global state, so it may be used in any thread.
    from matplotlib.figure import Figure

    columns = 2 if count == 4 else min(count, COLUMNS)
    rows = ceil(count / columns)
    figure = Figure(figsize=(max(4.8 * columns, 6), 3.6 * rows), layout="constrained")
    return figure, [figure.add_subplot(rows, columns, i + 1) for i in range(count)]


def _colors(splits: Sequence[str]) -> dict[str, str]:
    others = [split for split in dict.fromkeys(splits) if split != "train"]
    colors = {split: COLORS[i % len(COLORS)] for i, split in enumerate(others)}
    return {"train": TRAIN, **colors}


def _draw_panel(panel: Axes, name: str, splits: dict[str, Series], colors: dict[str, str]) -> None:
    from matplotlib.ticker import MaxNLocator

    for split, series in splits.items():
        if len(series.y) == 1:
            _draw_level(panel, split, series, colors[split])
        else:
            _draw_line(panel, split, series, colors[split])
            if split != "train":
                _mark_best(panel, split, best_index(name, series.y), series, colors[split])
        _mark_not_finite(panel, series)
    panel.set_title(_plain(name), fontsize=11)
    ticks = MaxNLocator(10, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    panel.xaxis.set_major_locator(ticks)
    panel.grid(alpha=0.3, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(fontsize=8, framealpha=0.8)


def _draw_line(panel: Axes, split: str, series: Series, color: str) -> None:
    values = [y if abs(y) < inf else nan for y in series.y]
    is_train, is_long = split == "train", len(values) > MANY
    panel.plot(
        series.x,
        values,
        color=color,
        linewidth=0.9 if is_train else 1.2 if is_long else 1.8,
        marker="" if is_long else ".",  # a value between two gaps makes no line
        markersize=3 if is_train else 6,
        zorder=2 if is_train else 3,
        label=_plain(split),
    )


def _draw_level(panel: Axes, split: str, series: Series, color: str) -> None:
    label = f"{_plain(split)}: {number(series.y[0])}"
    panel.plot(series.x, series.y, "D", color=color, markersize=6, zorder=4, label=label)
    if abs(series.y[0]) < inf:
        panel.axhline(series.y[0], color=color, linestyle=":", linewidth=1, zorder=1)


def _mark_best(panel: Axes, split: str, best: int | None, series: Series, color: str) -> None:
    if best is not None:
        x, y = series.x[best], series.y[best]
        label = f"best {_plain(split)}: {number(y)} at {number(round(x, 2))}"
        (star,) = panel.plot([x], [y], "*", color=color, label=label, markersize=12, zorder=5)
        star.set_markeredgecolor("white")


def _mark_not_finite(panel: Axes, series: Series) -> None:
    x = [x for x, y in zip(series.x, series.y, strict=True) if not abs(y) < inf]
    at_bottom = panel.get_xaxis_transform()
    panel.plot(x, [0.02] * len(x), "x", color="red", markersize=5, transform=at_bottom, zorder=6)


def _plain(text: str) -> str:
    """Keeps matplotlib from reading dollar signs as mathematics."""
    return text.replace("$", r"\$")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        figure.savefig(unfinished, format="png", dpi=120)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
