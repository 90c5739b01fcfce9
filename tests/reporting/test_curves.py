"""Learning curves: any history gives a picture that can be read."""

import math
from pathlib import Path

import pytest

from labwork.reporting import JSONLHistory, Report, draw_curves, read_history
from labwork.reporting._series import best_index, collect, steps_per_epoch

pytest.importorskip("matplotlib")


def training(epochs: int, every: int = 5, names: tuple[str, ...] = ("loss",)) -> list[Report]:
    """An epoch has 10 steps."""
    history = []
    for step in range(1, 10 * epochs + 1):
        scalars = dict.fromkeys(names, 1 / step)
        if step % every == 0:
            history.append(Report("train", step // 10, step, scalars))
        if step % 10 == 0:
            history.append(Report("val", step // 10, step, scalars))
    return [*history, Report("test", epochs, 10 * epochs, dict.fromkeys(names, 0.5))]


HISTORIES = {
    "one point": [Report("val", 1, 50, {"loss": 0.25})],
    "first epoch": [Report("train", 0, step, {"loss": 1 / step}) for step in range(1, 9)],
    "long": training(200, every=1),
    "six metrics": training(5, names=("loss", "accuracy", "mIoU", "lr", "$x_1$", "_hidden")),
    "only NaN": [Report("val", e, 9 * e, {"loss": math.nan}) for e in (1, 2)],
    "one infinity": [Report("test", 1, 9, {"loss": math.inf})],
    "some NaN": [Report("val", e, 9 * e, {"loss": e if e % 2 else -math.inf}) for e in range(9)],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_any_history_gives_a_picture(name, tmp_path):
    from matplotlib.image import imread

    draw_curves(HISTORIES[name], tmp_path / "new" / "curves.png", title="costs $5, or $6")
    height, width, _ = imread(tmp_path / "new" / "curves.png").shape
    assert 300 < height < 1200
    assert 600 < width < 2400
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["curves.png"]


def test_file_is_drawn_as_its_reports(tmp_path):
    history = JSONLHistory(tmp_path / "history.jsonl")
    history.open()
    for report in HISTORIES["some NaN"]:
        history.report(report)
    history.close()
    draw_curves(history.path, tmp_path / "a.png")
    draw_curves(read_history(history.path), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_nothing_to_draw_leaves_the_old_picture(tmp_path):
    path = Path(tmp_path / "a.png")
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="no scalars to draw"):
        draw_curves([Report("val", 1, 5, {})], path)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("every", [1, 3, 7, 10])
def test_epochs_have_as_many_steps_as_they_had(every):
    assert steps_per_epoch(training(4, every)) == 10


@pytest.mark.parametrize("steps", [(10, 30), (10, 15)])
def test_unequal_or_unknown_epochs_are_not_guessed(steps):
    unequal = [Report("val", e, step, {}) for e, step in zip((1, 1), steps, strict=True)]
    assert steps_per_epoch(unequal) == (None if steps[1] > 20 else 10)
    assert steps_per_epoch([Report("train", 0, 5, {})]) is None
    assert steps_per_epoch([]) is None


def test_series_lie_where_they_were_reported():
    series = collect(training(2), steps=10)["loss"]
    assert series["train"].x == [0.5, 1.0, 1.5, 2.0]
    assert series["val"].x == [1.0, 2.0]
    assert series["test"].y == [0.5]


@pytest.mark.parametrize(
    ("name", "best"),
    [("loss", 1), ("val/top1_error", 1), ("accuracy", 2), ("mIoU", 2), ("confidence", None)],
)
def test_best_is_marked_where_it_is_known(name, best):
    assert best_index(name, [2.0, 1.0, 3.0, math.nan, math.inf]) == best
    assert best_index(name, [math.nan]) is None
