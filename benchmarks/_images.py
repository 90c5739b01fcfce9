"""Images a second, from JPEG files to batches of random crops."""

import gc
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from ._image_lanes import BATCH_SIZE, CORES, IMAGE_LANES, ImageLane
from ._machine import installed_version
from ._photos import QUALITY, Photos
from ._statistics import iqr, median, paired_ratios
from ._table import Column, Table
from ._turns import stopwatch, take_turns

__all__ = ["run"]

_COLUMNS = (
    Column("lane", "500×375 JPEGs to random 224×224 crops"),
    Column("speed", "images/s", ".0f"),
    Column("ratio", "packed / this", ".2f"),
    Column("quartiles", "quartiles of the ratio", ".2f"),
    Column("bar", "bar", ".1f"),
)


def run(quick: bool) -> Table:
    """Goes over photos in turns: packed, by hand, and by peers.

    Args:
        quick: a few photos once, which says little.
    """
    count, rounds = (2 * BATCH_SIZE, 1) if quick else (32 * BATCH_SIZE, 11)
    lanes = [lane for lane in IMAGE_LANES if installed_version(lane.package)]
    # Two cores are for two threads or processes; OpenCV's own threads would disturb all of them.
    cv2.setNumThreads(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        photos = Photos(folder / "files", count)
        turns = {}
        for lane in lanes:
            own = folder / str(len(turns))
            own.mkdir()
            turns[lane.name] = partial(stopwatch, lane.make(photos, own))
        times = take_turns(turns, rounds)
        turns.clear()
        gc.collect()  # ends the workers, of which some are held by cycles, while their files exist
    table = Table("images", "Images a second", _COLUMNS)
    table.rows = [_row(lane, times, count) for lane in lanes]
    table.notes = [
        f"{count} photos that the benchmark makes, {photos.mean_kilobytes:.0f} kB in the mean;"
        f" batches of {BATCH_SIZE}, uint8, {CORES} threads or worker processes each.",
        f"Medians over {rounds} round(s) of one epoch each, in turns within one run; ratios are"
        " taken within a round.",
        f"In tiles: encoded anew when they were packed, with quality {QUALITY}, so that a crop"
        " decodes what it needs.",
        *(f"Left out, not installed: {x.package}." for x in IMAGE_LANES if x not in lanes),
    ]
    return table


def _row(lane: ImageLane, times: dict[str, list[float]], count: int) -> tuple[object, ...]:
    seconds = times[lane.name]
    ratios = paired_ratios(seconds, times[IMAGE_LANES[0].name])
    return lane.name, count / median(seconds), median(ratios), iqr(ratios), lane.bar
