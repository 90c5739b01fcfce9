"""Laws over one list of changes: a new one joins the list and inherits them."""

import pickle
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    Dataset,
    FolderDataset,
    FunctionDataset,
    Record,
    SampleRng,
    save_folder,
)


def source(count: int = 6) -> Dataset:
    return ArrayDataset(
        image=torch.arange(count * 4).reshape(count, 1, 2, 2),
        label=[i % 3 for i in range(count)],
        info={"class_count": 3},
    )


def brighter(record: Record) -> Record:
    return record.join(Record(image=record.image + 1), overwrite=True)


def doubled(value: torch.Tensor) -> torch.Tensor:
    return 2 * value


def is_odd(record: Record) -> bool:
    return bool(record.label % 2)


def noisy(record: Record, rng: SampleRng) -> Record:
    noise = torch.from_numpy(rng.integers(0, 10**6, (1, 1, 1)))
    return record.join(Record(image=record.image + noise), overwrite=True)


def swapped(image: torch.Tensor, label: torch.Tensor) -> Record:
    return Record(label=label, image=image)


CHANGES: dict[str, Callable[[Dataset], Dataset]] = {
    "[1:]": lambda ds: ds[1:],
    "[::-2]": lambda ds: ds[::-2],
    "[[3, 0, 3]]": lambda ds: ds[[3, 0, 3]],
    "[[3, 0, 2]]": lambda ds: ds[[3, 0, 2]],
    "[:, ['label']]": lambda ds: ds[:, ["label"]],
    "map": lambda ds: ds.map(brighter),
    "map_unpack": lambda ds: ds.map_unpack(swapped),
    "map_fields": lambda ds: ds.map_fields(image=doubled),
    "map_fields of labels": lambda ds: ds.map_fields(label=doubled),
    "filter": lambda ds: ds.filter(is_odd),
    "filter_split, those": lambda ds: ds.filter_split(is_odd)[0],
    "filter_split, rest": lambda ds: ds.filter_split(is_odd)[1],
    "filter_fields": lambda ds: ds.filter_fields(["image", "label"]),
    "enumerate": lambda ds: ds.enumerate(),
    "enumerate, other name": lambda ds: ds.enumerate("i"),
    "permute": lambda ds: ds.permute(1),
    "permute, other seed": lambda ds: ds.permute(2),
    "shuffle": lambda ds: ds.shuffle(),
    "repeat": lambda ds: ds.repeat(3),
    "repeat less": lambda ds: ds.repeat(2),
    "join": lambda ds: ds + ds,
    "concat": lambda ds: ds.concat(ds[:2], balanced=True),
    "zip": lambda ds: ds.zip(ArrayDataset(y=torch.arange(len(ds)))),
    "sample": lambda ds: ds.sample(3, seed=1),
    "sample, other seed": lambda ds: ds.sample(3, seed=2),
    "sample with replacement": lambda ds: ds.sample(3, seed=1, replace=True),
    "resample": lambda ds: ds.resample(np.arange(1, len(ds) + 1)),
    "resample otherwise": lambda ds: ds.resample(np.arange(len(ds))),
    "batch": lambda ds: ds.batch(2),
    "batch, the last with fewer": lambda ds: ds.batch(4),
    "expand": lambda ds: ds.expand(),
    "augment": lambda ds: ds.augment(noisy, batched=True),
    "append_labels": lambda ds: ds.append_labels({"more": range(len(ds))}),
    "append_labels, others": lambda ds: ds.append_labels({"more": range(1, len(ds) + 1)}),
    "append_labels, names": lambda ds: ds.append_labels({"name": list(map(str, range(len(ds))))}),
}
RANDOM_PARTS = {
    "join",
    "concat",
    "repeat",
    "repeat less",
    "zip",
}  # their parts have seeds of their own


def content(dataset: Dataset) -> list[str]:
    return [str(sample) for sample in dataset]


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Callable[[Dataset], Dataset]:
    return CHANGES[request.param]


def test_change_leaves_the_dataset_as_it_was(change):
    dataset = source()
    before = content(dataset), repr(dataset), len(dataset)
    changed = change(dataset)
    assert len(content(changed)) == len(changed)
    assert dict(changed.info) == {"class_count": 3}
    assert (content(dataset), repr(dataset), len(dataset)) == before


def test_copies_have_the_same_content_and_repr(change):
    changed = change(source())
    twin = pickle.loads(pickle.dumps(changed))
    assert (repr(twin), content(twin)) == (repr(changed), content(changed))
    assert content(twin.at(1, 2)) == content(changed.at(1, 2))


@pytest.mark.parametrize("name", CHANGES)
def test_epochs_reach_through_a_change(name):
    changed = CHANGES[name](source().augment(noisy, batched=True).append_labels(source().labels))
    epochs = {(s, e): content(changed.at(s, e)) for s in (0, 1) for e in (0, 1)}
    if "image" in changed[0]:
        assert len({*map(str, epochs.values())}) == 4
    assert {address: content(changed.at(*address)) for address in epochs} == epochs
    if name not in RANDOM_PARTS | {"shuffle", "augment"}:
        base = source().augment(noisy, batched=True).append_labels(source().labels)
        moved = {address: content(CHANGES[name](base.at(*address))) for address in epochs}
        assert moved == epochs


def test_changes_without_random_numbers_are_the_same_in_each_epoch():
    for name in CHANGES.keys() - {"shuffle", "augment"}:
        changed = CHANGES[name](source())
        assert changed.at(1, 2) is changed


@pytest.mark.parametrize("name", CHANGES)
def test_labels_are_those_of_the_samples(name):
    changed = CHANGES[name](source())
    unknown = {"map", "map_unpack", "augment", "batch, the last with fewer"}
    if name in unknown:
        with pytest.raises(ConfigError, match=r"give them: append_labels"):
            _ = changed.labels
        return
    lost = {"image", "label"} if name == "map_fields of labels" else {"image"}
    assert changed.labels.keys() == {*changed[0].keys()} - lost
    for label, array in changed.labels.items():
        found = [sample[label] for sample in changed]
        assert array.tolist() == [v.tolist() if isinstance(v, torch.Tensor) else v for v in found]


def test_labels_touch_no_sample():
    def fails(index: int) -> Record:
        raise AssertionError(index)

    base = FunctionDataset(fails, 4).append_labels({"label": [0, 1, 0, 1]})
    late = (base[1:].permute(1) + base).repeat(2).filter_fields(["label"]).enumerate()
    assert sorted(late.labels["label"].tolist()) == [0] * 6 + [1] * 8
    balanced = base.resample(balance="label", count=100)
    assert 20 < balanced.labels["label"].sum() < 80


def test_changes_of_different_content_have_different_reprs():
    reprs = {name: repr(change(source())) for name, change in CHANGES.items()}
    contents = {name: str(content(change(source()))) for name, change in CHANGES.items()}
    for one in CHANGES:
        for other in CHANGES:
            assert contents[one] == contents[other] or reprs[one] != reprs[other]


def test_functions_without_a_name_are_told_apart():
    def shifted_by(amount: int) -> Callable[[Record], Record]:
        def shifted(record: Record) -> Record:
            return record[:amount]

        return shifted

    functions = [
        *(lambda r: r[:1], lambda r: r[1:], lambda r, n=1: r[n:], lambda r: r[[0, 1, 0]]),
        *(shifted_by(1), shifted_by(2), partial(Record.join), partial(Record.join, overwrite=True)),
        *(lambda r: [x + 1 for x in r], lambda r: [x + 2 for x in r]),
    ]
    assert len({repr(source().map(f)) for f in functions}) == len(functions)
    assert repr(source().map(shifted_by(1))) == repr(source().map(shifted_by(1)))


def test_reprs_read_like_what_was_written():
    chain = source().permute(3).sample(4, seed=1).map_fields(image=doubled).enumerate().repeat(2)
    assert repr(chain).partition(")).")[2] == (
        "permute(3).sample(4, 1).map_fields({'image': doubled}).enumerate().repeat(2)"
    )
    kept, rest = source().filter_split(is_odd)
    assert repr(kept) == f"{source()!r}.filter_split(is_odd)[0]"
    assert repr(rest) == f"{source()!r}.filter_split(is_odd)[1]"
    many = source(20)
    assert repr(many[list(range(10))]) != repr(many[list(range(1, 11))])
    assert "<10 indices " in repr(many[list(range(10))])


def test_predicates_are_asked_once_for_each_sample():
    asked: list[int] = []

    def notes(record: Record) -> bool:
        asked.append(int(record.label))
        return record.label == 1

    rest = source().filter_split(notes)[1]
    assert asked == [0, 1, 2, 0, 1, 2]
    assert [int(r.label) for r in rest] == [0, 2, 0, 2]
    assert source().find(notes) == 1
    assert asked[6:] == [0, 1]
    assert source().find(lambda r: r.label > 5) is None


def test_samples_are_drawn_as_asked():
    many = ArrayDataset(x=range(1000))
    drawn = [int(r.x) for r in many.sample(1000, seed=1)]
    assert sorted(drawn) == list(range(1000)) != drawn
    again = [int(r.x) for r in many.sample(1000, seed=1, replace=True)]
    assert 550 < len({*again}) < 700  # 1 - 1/e of them is expected
    weighted = many.resample([*([0] * 500), *([1] * 250), *([3] * 250)], count=4000)
    values = np.array([int(r.x) for r in weighted])
    assert values.min() >= 500
    assert 0.7 < (values >= 750).mean() < 0.8


def test_shares_are_equal_where_balanced():
    parts = [ArrayDataset(x=[i] * n) for i, n in enumerate((7, 3, 1))]
    both = parts[0].concat(*parts[1:], balanced=True)
    assert np.bincount([int(r.x) for r in both]).tolist() == [7, 7, 7]
    assert len(parts[0].concat(*parts[1:])) == 11


def test_copies_of_a_repeated_dataset_draw_different_numbers():
    zeros = ArrayDataset(image=torch.zeros(4, 1, 1, 1, dtype=torch.int64))
    for batched in (False, True):
        repeated = zeros.augment(noisy, batched=batched).repeat(10**9).at(3, 1)
        places = [0, 1, 4, 5, 4 * 10**9 - 1]
        alone = [int(repeated[i].image) for i in places]
        assert len(set(alone)) == 5
        assert repeated.get_batch(np.array(places)).image.flatten().tolist() == alone


REFUSED = {
    "split by both": (lambda ds: ds.split(ratio=0.5, index=1), "either a ratio or an index"),
    "split by nothing": (lambda ds: ds.split(), "either a ratio or an index"),
    "ratio": (lambda ds: ds.split(ratio=1.5), "between 0 and 1, but 1.5"),
    "too many": (lambda ds: ds.sample(7), "7 samples can't be drawn from 6"),
    "negative": (lambda ds: ds.sample(-1), "-1 samples can't be drawn"),
    "out of nothing": (
        lambda ds: ds[:0].sample(1, replace=True),
        "1 samples can't be drawn from 0",
    ),
    "resample nothing": (lambda ds: ds[:0].resample(balance="label", count=1), "from 0"),
    "repeat": (lambda ds: ds.repeat(-1), "can't be repeated -1 times"),
    "repeat too often": (lambda ds: ds.repeat(10**18), "can't be repeated"),
    "batch": (lambda ds: ds.batch(0), "at least 1 sample, but 0"),
    "zip": (lambda ds: ds.zip(ds[1:]), "need one length, but have 6, 5"),
    "zip with itself": (
        lambda ds: ds.zip(ArrayDataset(y=torch.arange(6)), ds.permute()[::-1]),
        r"have common fields, 'image' in those at \[0, 2\], .* name != 'image'\), or rename",
    ),
    "balance": (lambda ds: ds.resample(balance="lable"), "did you mean 'label'"),
    "weights": (lambda ds: ds.resample([1.0]), r"shape \(1,\) don't fit 6"),
    "negative weight": (lambda ds: ds.resample([1, 1, 1, 1, 1, -1]), "finite numbers from 0"),
    "no weight": (lambda ds: ds.resample([0] * 6), "not all of them 0"),
    "infinite": (lambda ds: ds.resample([1, 1, 1, 1, 1, float("inf")]), "finite"),
    "weights and balance": (lambda ds: ds.resample([1] * 6, balance="label"), "weights or a label"),
    "few labels": (lambda ds: ds.append_labels({"x": [1]}), r"'x' of shape \(1,\) don't fit 6"),
    "no functions": (lambda ds: ds.map_fields(), "map_fields needs functions"),
    "empty share": (lambda ds: ds.concat(ds[:0], balanced=True), "is empty and can't have"),
}


def test_zipping_calls_no_function_of_the_users_and_reads_no_field():
    called = []

    def get(i: int) -> Record:
        called.append(i)
        return Record(image=i)

    both = source().zip(FunctionDataset(get, 6), source().map(lambda r: Record(image=0)))
    assert (len(both), called) == (6, [])
    with pytest.raises(ValueError, match="records have common fields: image"):
        both[1]


def test_zipping_reads_no_lazy_field(tmp_path):
    save_folder(source(), tmp_path / "a")
    stored = FolderDataset(tmp_path / "a")
    for path in (tmp_path / "a" / "samples").rglob("*.npy"):
        path.unlink()
    assert len(stored.zip(ArrayDataset(x=torch.arange(6)))) == 6
    with pytest.raises(ConfigError, match="common fields, 'image' in those at"):
        stored.zip(stored[::-1])


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_told(name):
    change, message = REFUSED[name]
    with pytest.raises(ConfigError, match=message) as caught:
        change(source())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", [0.5, [0.5], ["label"], "label", [[1], [2.5]]])
def test_other_keys_are_refused(key):
    with pytest.raises(TypeError, match="indexed by whole numbers, a slice or a mask"):
        source()[key]


def divides(record: Record) -> Record:
    return Record(x=1 // (record.label - 1).item())


def test_error_tells_where_it_was_raised():
    inner = source()[1:].map(divides)
    for outer in (inner, inner[::2].enumerate() + inner, inner.repeat(2).map(brighter)):
        with pytest.raises(ZeroDivisionError) as caught:
            list(outer)
        assert caught.value.__notes__ == [f"in sample 0 of {inner!r}"]
    with pytest.raises(KeyError) as missing:
        source().map_fields(imag=doubled)[2]
    assert [note[:11] for note in missing.value.__notes__] == ["in field 'i", "in sample 2"]
    fails = FunctionDataset(lambda i: 1 // i, 2)
    with pytest.raises(ZeroDivisionError) as caught:
        fails[0]
    assert caught.value.__notes__ == [f"in sample 0 of {fails!r}"]


def test_what_the_caller_does_to_their_arrays_changes_nothing():
    indices, labels = np.array([1, 2]), np.array([5, 6])
    chosen = source()[indices].append_labels({"more": labels})
    indices[:] = labels[:] = 0
    assert [(int(r.label), int(r.more)) for r in chosen] == [(1, 5), (2, 6)]


def test_selections_collapse_and_slices_stay_ranges():
    sliced = source(100)[10:][::-3][2:9][::2]
    assert sliced._change.indices == range(100)[10:][::-3][2:9][::2]
    chain = source(100)
    for seed in range(20):
        chain = chain.permute(seed)[:-1]
    assert isinstance(chain._parts[0], ArrayDataset)
