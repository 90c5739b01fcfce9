"""Each request gives one loader, over the subset that it names, and goes on where it stood."""

import json
from typing import Any

import pytest

from labwork.core import ConfigError, is_stateful
from labwork.data import ArrayDataset, DataLoader, DataProvider, Dataset, Weighted


def numbers(start: int, count: int = 6) -> Dataset:
    return ArrayDataset(x=range(start, start + count))


def by_subset(subset: str) -> Dataset:
    return numbers({"train": 200, "val": 300}[subset])


class Named:
    """A function that says which subsets there are, as the classes of datasets do."""

    subsets = ("train", "test")

    def __call__(self, subset: str) -> Dataset:
        return numbers(400 if subset == "train" else 500)


SOURCES: dict[str, Any] = {
    "digits": {"train": numbers(0), "val": numbers(10, 4)},
    "photos": {"train": numbers(100)},
    "pool": numbers(1000, 3),
}


def provider(**options: Any) -> DataProvider:
    return DataProvider(SOURCES, **{"batch_size": 4, **options})


def samples(loader: DataLoader) -> list[int]:
    return [x for batch in loader for x in batch.x.tolist()]


def next_batch(loader: DataLoader) -> list[int]:
    """The next batch; at the end of an epoch, that is the first one of another."""
    while True:
        for batch in loader:
            return batch.x.tolist()


DIGITS, PHOTOS = [*range(6)], [*range(100, 106)]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("digits/train", DIGITS),
        ("photos/train", PHOTOS),
        ("pool", [1000, 1001, 1002]),
        ("train", DIGITS + PHOTOS),
        ("val", [10, 11, 12, 13]),
        ({"source": "digits", "subset": "val"}, [10, 11, 12, 13]),
        ({"subset": "train"}, DIGITS + PHOTOS),
        ({"source": ["photos", "digits"], "subset": "train"}, PHOTOS + DIGITS),
        ({"source": "pool", "batch_size": 1}, [1000, 1001, 1002]),
        ({}, [1000, 1001, 1002]),
    ],
)
def test_a_request_names_what_is_given(request_: Any, expected: list[int]):
    assert samples(provider().provide(request_)) == expected


def test_functions_make_the_subsets_that_are_asked_for():
    made = DataProvider({"open": by_subset, "named": Named()}, batch_size=6)
    assert samples(made.provide("open/val"))[0] == 300
    assert samples(made.provide("named/test"))[0] == 500
    assert [samples(made.provide("train"))[i] for i in (0, 6)] == [200, 400]
    assert made.provide("open/val").dataset is made.provide({"subset": "val"}).dataset


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("digitz/train", r"unknown source 'digitz' in a request; did you mean 'digits'\?"),
        ("digits/trian", r"unknown subset 'trian' in a request to 'digits'; did you mean 'train'"),
        ("trian", r"unknown source or subset 'trian' in a request; did you mean 'train'\?"),
        ({"sauce": "pool"}, r"unknown argument 'sauce' in a request; did you mean 'source'\?"),
        ({"source": "pool", "batchsize": 4}, r"did you mean 'batch_size'\?"),
        ({"subset": "vall"}, r"unknown subset 'vall' in a request; did you mean 'val'\?"),
        ({"source": "pool", "subset": "val"}, r"subset 'val' in a request to 'pool': no name can"),
        ("digits", r"unknown subset '' in a request to 'digits'; Known: train, val"),
        ({"source": []}, r"a request names no source; known are digits, photos, pool"),
        (3, "a request is a name, such as 'source/subset', or a mapping, but not 3"),
        (["pool"], r"a request is a name, .*, but not \['pool'\]"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(request_: Any, message: str):
    with pytest.raises(ConfigError, match=message):
        provider().provide(request_)


def test_unknown_arguments_are_told_at_once():
    with pytest.raises(ConfigError, match="'shufle' in DataProvider; did you mean 'shuffle'"):
        DataProvider(SOURCES, shufle=True)
    with pytest.raises(ConfigError, match="unknown argument 'subset' in DataProvider"):
        DataProvider(SOURCES, subset="train")


def test_options_of_a_request_win():
    made = provider(shuffle=True, seed=3)
    loader = made.provide({"source": "pool", "batch_size": 2, "shuffle": False})
    assert (loader.batch_size, loader.shuffle, loader.seed) == (2, False, 3)
    assert made.provide("pool").shuffle


def test_the_same_request_gets_the_same_loader_however_it_is_written():
    made = provider()
    same = ["digits/val", {"source": "digits", "subset": "val"}, {"subset": "val", "batch_size": 4}]
    assert len({id(made.provide(request)) for request in same}) == 1
    assert made.provide({"subset": "val", "batch_size": 2}) is not made.provide("val")


def test_functions_tell_requests_apart():
    made = provider()
    first, second = ({"source": "pool", "collate_f": lambda s, n=n: n} for n in (1, 2))
    assert next(iter(made.provide(first))) == 1
    assert next(iter(made.provide(second))) == 2


def test_samplers_tell_requests_apart():
    made = provider()
    weights = ([1.0, 0, 0], [0, 1.0, 0], [1.0, 0, 0])
    loaders = [made.provide({"source": "pool", "sampler": Weighted(w)}) for w in weights]
    assert loaders[0] is loaders[2]
    assert [{*samples(loader)} for loader in loaders[:2]] == [{1000}, {1001}]


def test_another_number_of_workers_goes_on_where_it_stood():
    first, second = provider(batch_size=1), provider(batch_size=1, worker_count=1)
    assert next_batch(first.provide("pool")) == [1000]
    second.load_state_dict(first.state_dict())
    assert next_batch(second.provide("pool")) == [1001]
    second.close()


def test_names_with_slashes_are_those_of_sources():
    made = DataProvider({"a/b": numbers(7), "a": {"b": numbers(8)}})
    assert samples(made.provide("a/b"))[0] == 7


def test_loaders_go_on_where_they_stand():
    made = provider(batch_size=2)
    seen = [next_batch(made.provide(name)) for name in ("pool", "val", "pool", "pool")]
    assert seen == [[1000, 1001], [10, 11], [1002], [1000, 1001]]


@pytest.mark.parametrize("stop", [0, 1, 5, 11])
def test_where_all_of_them_stand_is_the_state(stop: int):
    asked = ["train", "pool", {"source": "digits", "subset": "train", "batch_size": 3}, "pool"] * 4

    def run(made: DataProvider, requests: list[Any]) -> list[Any]:
        return [next_batch(made.provide(r)) for r in requests]

    whole = run(provider(shuffle=True, batch_size=2), asked)
    first = provider(shuffle=True, batch_size=2)
    before = run(first, asked[:stop])
    state = json.loads(json.dumps(first.state_dict()))
    second = provider(shuffle=True, batch_size=2)
    early = second.provide("pool")
    next_batch(early)
    second.load_state_dict(state)
    assert state.items() <= second.state_dict().items()
    assert second.provide("pool") is early
    assert before + run(second, asked[stop:]) == whole
    assert is_stateful(second)


def test_workers_end_when_it_is_closed():
    made = provider(worker_count=1, batch_size=2)
    assert samples(made.provide("pool")) == [1000, 1001, 1002]
    made.close()
    assert samples(made.provide("pool")) == [1000, 1001, 1002]
    made.close()


def test_the_repr_is_what_the_user_writes():
    assert repr(DataProvider({"a": numbers(0)}, batch_size=3)) == (
        "DataProvider({'a': ArrayDataset(x=(6,))}, batch_size=3)"
    )
