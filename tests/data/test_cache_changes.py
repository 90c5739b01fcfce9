"""What makes the data changes after a cache was asked for: no cache ever holds other data."""

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Dataset, FunctionDataset, Record

GAIN = 2
COUNT = 4


@pytest.fixture(autouse=True)
def _folder(data_folder: Path) -> None:
    """Each test has caches of its own."""


def source() -> Dataset:
    return ArrayDataset(x=torch.arange(1.0, COUNT + 1))


def times_gain(record: Record) -> Record:
    return Record(y=float(record.x) * GAIN)


def times(held: Any, get: Callable[[Any], Any]) -> Callable[[Record], Record]:
    return lambda record: Record(y=float(record.x) * float(get(held)))


class Setting:
    """A dataset, and what is done to what makes it."""

    def __init__(self, dataset: Dataset, set_gain: Callable[[int], Any], place: str) -> None:
        self.dataset, self.set_gain, self.place = dataset, set_gain, place


def first(values: Any) -> Any:
    return values[0]


def of_weight() -> Setting:
    layer = nn.Linear(1, 1, bias=False)

    def set_gain(gain: int) -> None:
        with torch.no_grad():
            layer.weight.fill_(gain)

    set_gain(2)
    dataset = source().map(lambda record: Record(y=float(layer(record.x.reshape(1)).detach())))
    return Setting(dataset, set_gain, "the closure variable 'layer'")


def of_global() -> Setting:
    def set_gain(gain: int) -> None:
        globals()["GAIN"] = gain

    return Setting(source().map(times_gain), set_gain, "the global 'GAIN' of times_gain")


def of_held(held: Any, get: Callable[[Any], Any], set_gain: Callable[[int], Any]) -> Setting:
    return Setting(source().map(times(held, get)), set_gain, "the closure variable 'held' of times")


def of_list() -> Setting:
    gains = [2]
    return of_held(gains, first, lambda gain: gains.__setitem__(0, gain))


def of_array() -> Setting:
    gains = np.array([2.0])
    return of_held(gains, first, gains.fill)


def of_attribute() -> Setting:
    settings = SimpleNamespace(gain=2)
    return of_held(settings, lambda s: s.gain, lambda gain: setattr(settings, "gain", gain))


def of_source() -> Setting:
    y = torch.arange(1.0, COUNT + 1) * 2

    def set_gain(gain: int) -> None:
        y.copy_(torch.arange(1.0, COUNT + 1) * gain)

    dataset = ArrayDataset(y=y).map(lambda record: Record(y=float(record.y)))
    return Setting(dataset, set_gain, "'y'")


SETTINGS: dict[str, Callable[[], Setting]] = {
    "weight": of_weight,
    "global": of_global,
    "list": of_list,
    "array": of_array,
    "attribute": of_attribute,
    "source": of_source,
}


@pytest.fixture(params=SETTINGS)
def setting(request: pytest.FixtureRequest) -> Any:
    made = SETTINGS[request.param]()
    yield made
    made.set_gain(2)


def values(dataset: Dataset) -> list[float]:
    return [record.y for record in dataset]


def expected(gain: int) -> list[float]:
    return [gain * x for x in range(1, COUNT + 1)]


def total(dataset: Dataset) -> float:
    return float(sum(values(dataset)))


def test_a_change_before_reading_is_refused(setting: Setting):
    cached = setting.dataset.cache_hdd()
    setting.set_gain(3)
    with pytest.raises(ConfigError, match="has changed since the cache was asked for: ") as caught:
        _ = cached[0].y
    assert setting.place in str(caught.value)
    assert values(setting.dataset.cache_hdd()) == expected(3)
    setting.set_gain(2)
    assert values(cached) == values(setting.dataset.cache_hdd()) == expected(2)


@pytest.mark.parametrize("count", range(1, COUNT))
def test_a_change_while_it_is_filled_leaves_nothing_wrong(setting: Setting, count: int):
    cached = setting.dataset.cache_hdd()
    assert values(cached[:count]) == expected(2)[:count]
    setting.set_gain(3)
    with suppress(ConfigError):  # where it was looked at what makes them
        values(cached)
    del cached
    gc.collect(0)
    setting.set_gain(2)
    assert values(setting.dataset.cache_hdd()) == expected(2)


def test_facts_of_what_has_changed_are_refused(setting: Setting):
    informed = setting.dataset.info_cache_hdd(total=total)
    setting.set_gain(3)
    with pytest.raises(ConfigError, match="has changed since the cache was asked for: "):
        _ = informed.info["total"]
    assert setting.dataset.info_cache_hdd(total=total).info["total"] == sum(expected(3))
    setting.set_gain(2)
    assert setting.dataset.info_cache_hdd(total=total).info["total"] == sum(expected(2))


def test_a_fact_during_which_something_changes_is_refused():
    setting = of_list()

    slow = setting.dataset.map(Changing(setting)).info_cache_hdd(total=total)
    with pytest.raises(ConfigError, match="has changed since"):
        _ = slow.info["total"]


class Changing:
    """Sets what another function before it reads."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def __call__(self, record: Record) -> Record:
        self._setting.set_gain(3)
        return record


def test_what_memory_keeps_gets_into_no_other_cache(setting: Setting):
    kept = setting.dataset.cache().info_cache(total=total)
    assert (values(kept), kept.info["total"]) == (expected(2), sum(expected(2)))
    setting.set_gain(3)
    assert values(kept.cache_hdd()) == expected(3)
    doubled = kept.map(lambda record: Record(y=2 * record.y))
    assert values(doubled.cache_hdd()) == [2 * y for y in expected(3)]
    fact = kept.info_cache_hdd(twice=lambda ds: 2 * ds.info["total"])
    assert fact.info["twice"] == 2 * sum(expected(3))


def test_what_the_disk_keeps_gets_into_no_other_cache(setting: Setting):
    kept = setting.dataset.cache_hdd().info_cache_hdd(total=total)
    assert (values(kept), kept.info["total"]) == (expected(2), sum(expected(2)))
    setting.set_gain(3)
    doubled = kept.map(lambda record: Record(y=2 * record.y)).cache_hdd()
    with pytest.raises(ConfigError, match="has changed since the cache was asked for"):
        values(doubled)
    fact = kept.info_cache_hdd(twice=lambda ds: 2 * ds.info["total"])
    with pytest.raises(ConfigError, match="has changed since the cache was asked for"):
        _ = fact.info["twice"]


def test_a_process_that_has_changed_it_is_refused(setting: Setting):
    cached = setting.dataset.cache_hdd()
    assert values(cached[:1]) == expected(2)[:1]

    def reads() -> None:
        setting.set_gain(3)
        with pytest.raises(ConfigError, match="has changed since"):
            values(cached)

    process = multiprocessing.get_context("fork").Process(target=reads)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert values(cached) == expected(2)


def test_the_end_of_a_forked_process_withdraws_what_is_wrong(setting: Setting):
    def reads() -> None:
        cached = setting.dataset.cache_hdd()
        HELD.append(cached)  # so that only the end of the process ends it
        _ = cached[0].y
        setting.set_gain(3)
        with suppress(ConfigError):
            values(cached)

    process = multiprocessing.get_context("fork").Process(target=reads)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert values(setting.dataset.cache_hdd()) == expected(2)


HELD: list[Any] = []

SCRIPT = """
import sys, torch
from labwork.data import ArrayDataset, Record
gains = [2]
cached = ArrayDataset(x=torch.arange(1.0, 5)).map(lambda r: Record(y=float(r.x) * gains[0]))
cached = cached.cache_hdd()
values = [cached[0].y]
if sys.argv[1:]:
    gains[0] = 3
try:
    print([record.y for record in cached])
except ValueError as error:
    print("has changed since" in str(error))
"""


@pytest.mark.slow
def test_the_end_of_a_process_withdraws_what_is_wrong(tmp_path: Path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py")]
    changed = subprocess.check_output([*command, "changed"], env=os.environ, text=True)
    assert changed == "True\n" or changed.startswith("[2.0, ")
    told = subprocess.check_output(command, env=os.environ, text=True)
    assert told == "[2.0, 4.0, 6.0, 8.0]\n"


def test_names_are_vouched_for():
    setting = of_list()
    cached = setting.dataset.cache_hdd("mine")
    setting.set_gain(3)
    assert values(cached) == expected(3)


def test_the_default_type_may_not_change_either():
    cached = FunctionDataset(lambda index: Record(x=torch.zeros(1)), 2).cache_hdd()
    torch.set_default_dtype(torch.float64)
    try:
        with pytest.raises(ConfigError, match="has changed since"):
            _ = cached[0].x
    finally:
        torch.set_default_dtype(torch.float32)
    assert cached[0].x.dtype == torch.float32
