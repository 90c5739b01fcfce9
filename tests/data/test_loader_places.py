"""Where loaders can be moved to, and what is told where they can't."""

from typing import Any

import numpy as np
import pytest

from labwork.core import ConfigError, StateError
from labwork.data import ArrayDataset, DataLoader, ZipLoader


def plain() -> DataLoader:
    return DataLoader(ArrayDataset(x=range(11)), seed=3)


def zipped() -> ZipLoader:
    return ZipLoader([plain(), DataLoader(ArrayDataset(x=range(4)))])


LOADERS = pytest.mark.parametrize("make", [plain, zipped])


@LOADERS
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((0, -1), "position=-1 must be a whole number from 0 to 11"),
        ((0, 12), "position=12 must be a whole number from 0 to 11: an epoch has 11 batches"),
        ((-1, 0), "epoch=-1 must be a whole number of 0 or more"),
        ((0, 1.5), "position=1.5 must be"),
        (("1", 0), "epoch='1' must be"),
    ],
)
def test_places_that_no_epoch_has_are_told_and_change_nothing(make: Any, place: Any, message: str):
    loader = make()
    loader.seek(2, 3)
    with pytest.raises(ConfigError, match=message):
        loader.seek(*place)
    state = loader.state_dict()
    with pytest.raises(StateError, match=f"state doesn't fit: {message}"):
        loader.load_state_dict({**state, "epoch": place[0], "position": place[1]})
    assert (loader.epoch, loader.position) == (2, 3)


@LOADERS
def test_a_state_without_a_key_is_told(make: Any):
    for key in (state := make().state_dict()):
        rest = {name: value for name, value in state.items() if name != key}
        with pytest.raises(StateError, match=f"no '{key}'; it has {', '.join(rest)}"):
            make().load_state_dict(rest)


@LOADERS
def test_the_end_of_an_epoch_is_a_place(make: Any):
    loader = make()
    loader.seek(np.int64(1), len(loader))
    assert list(loader) == []
    assert (loader.epoch, loader.position) == (2, 0)
    assert len(list(loader)) == 11


@pytest.mark.parametrize("primary", [0, 1, "a", "b"])
def test_loaders_in_a_mapping_have_places_and_names(primary: int | str):
    loaders = {"a": plain(), "b": DataLoader(ArrayDataset(x=range(4)))}
    assert len(ZipLoader(loaders, primary)) == (11 if primary in (0, "a") else 4)
    with pytest.raises(ConfigError, match="primary_index=2 is none of 'a', 'b', 0, 1, 'shortest'"):
        ZipLoader(loaders, 2)
