"""Threads in place of worker processes: the same batches, without sending them."""

import threading
from typing import Any

import pytest
import torch

from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    DataLoader,
    Dataset,
    RandomShift,
    Record,
    SequenceDataset,
    pack,
)
from labwork.data.augmentation import (
    ColorJitter,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Maybe,
    OneOf,
    RandAugment,
    RandomCrop,
    RandomFlip,
    RandomGamma,
    RandomResizedCrop,
    RandomRotation,
    RandomScaleCrop,
)

COUNT = 13


def images(size: int = 40) -> ArrayDataset:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (COUNT, 3, size, size), dtype=torch.uint8, generator=generator)
    frames = torch.arange(COUNT)
    return ArrayDataset(image=pixels, label=frames % 3, frame=frames % 7, video=frames // 7)


AUGMENTATIONS = [
    RandomShift(3),
    RandomCrop(24) >> RandomFlip(),
    RandomResizedCrop(20, library="opencv"),
    RandomScaleCrop(20),
    RandomRotation(30),
    ColorJitter(0.4, 0.4, 0.4, 0.1) >> RandomGamma(),
    GaussianBlur((0.5, 1.5)) >> GaussianNoise(0.1),
    Maybe(Cutout(9)),
    OneOf(RandomFlip(), RandomGamma()),
    RandAugment(),
]
CHAINS = {
    "arrays": images,
    "sequences": lambda: SequenceDataset(images(), 3),
    "chain": lambda: images().permute(1)[2:].repeat(2).join(images()),
    **{repr(a): lambda a=a: images().augment(a) for a in AUGMENTATIONS},
}
each = pytest.mark.parametrize("make", CHAINS.values(), ids=CHAINS.keys())


def loader(dataset: Any, **options: Any) -> DataLoader:
    return DataLoader(dataset, 4, shuffle=True, seed=3, **options)


def threaded(dataset: Any, count: int = 3) -> DataLoader:
    return loader(dataset, worker_count=count, worker_kind="thread")


def tensors(batches: Any) -> list[torch.Tensor]:
    return [value for batch in batches for value in batch if isinstance(value, torch.Tensor)]


def are_equal(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return len(first) == len(second) and all(map(torch.equal, first, second))


@each
def test_threads_change_nothing_over_epochs(make):
    alone, together = loader(make()), threaded(make())
    for _ in range(2):
        assert are_equal(tensors(alone), tensors(together))
    together.close()


def test_sums_over_large_images_have_the_bits_that_processes_give():
    """PyTorch splits long sums among its threads, and rounds them otherwise for it."""
    pixels = torch.rand(4, 3, 300, 300, generator=torch.Generator().manual_seed(0))
    dataset = ArrayDataset(image=pixels).augment(ColorJitter(0.5, 0.5, 0.5))
    ways = [{}, {"worker_count": 2}, {"worker_count": 2, "worker_kind": "thread"}]
    results = []
    for options in ways:
        made = DataLoader(dataset, 1, **options)
        results.append(tensors(made))
        made.close()
    assert are_equal(results[0], results[1])
    assert are_equal(results[0], results[2])


def test_packed_files_are_read_by_threads(tmp_path):
    packed = pack(images(), tmp_path / "images.npz", encode="png", worker_count=0)
    dataset = packed.augment(RandomResizedCrop(16))
    together = threaded(dataset)
    assert are_equal(tensors(loader(dataset)), tensors(together))
    together.close()


@pytest.mark.parametrize("position", range(4))
def test_a_seek_in_the_middle_goes_on_there(position):
    dataset = images().augment(RandomFlip())
    expected = [tensors([batch]) for batch in loader(dataset)]
    together = threaded(dataset)
    next(iter(together))
    together.seek(0, position)
    assert all(map(are_equal, (tensors([b]) for b in together), expected[position:]))
    together.close()


def test_leaves_generators_and_the_number_of_threads_alone():
    states = torch.get_rng_state(), torch.get_num_threads()
    together = threaded(images().augment(ColorJitter(0.4)))
    list(together)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert torch.get_num_threads() == states[1]
    together.close()


def test_closing_ends_the_threads_and_iterating_starts_new_ones():
    together = threaded(images())
    before = threading.active_count()
    for _ in range(2):
        next(iter(together))
        assert threading.active_count() > before
        together.close()
        together.seek(0)
        assert threading.active_count() == before


class Failing(Dataset):
    """Fails at one of its samples, as a damaged file does."""

    runs_code = False

    def __len__(self) -> int:
        return COUNT

    def get(self, index: int) -> Record:
        if index == 6:
            raise OSError("damaged")
        return Record(index=index)

    def __repr__(self) -> str:
        return "Failing()"


def test_an_error_comes_at_its_batch_and_names_the_sample():
    together = DataLoader(Failing(), 2, worker_count=2, worker_kind="thread")
    seen = []
    with pytest.raises(OSError, match="damaged") as caught:
        seen.extend(batch.index.tolist() for batch in together)
    assert seen == [[0, 1], [2, 3], [4, 5]]
    assert any("sample 6 of Failing()" in note for note in caught.value.__notes__)
    together.seek(0, 4)
    assert [batch.index.tolist() for batch in together] == [[8, 9], [10, 11], [12]]
    together.close()


def own(record: Record) -> Record:
    return record


def own_with_rng(record: Record, rng: Any) -> Record:
    return record


def cached_by_own() -> Dataset:
    return images().map(own).cache().append_labels(images().labels)


REFUSED = {
    "map": lambda: images().map(own),
    "map behind a cache": lambda: images().map(own).cache(),
    "a cache in a sequence": lambda: SequenceDataset(cached_by_own(), 2),
    "augment": lambda: images().augment(own_with_rng),
    "a dataset of another kind": lambda: [1, 2, 3, 4, 5],
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_what_might_draw_from_the_global_generators_is_refused(make):
    with pytest.raises(ConfigError, match="use worker_kind='process'"):
        threaded(make())


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'thread'"):
        DataLoader(images(), worker_kind="threads")
