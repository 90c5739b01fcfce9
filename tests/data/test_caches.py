"""Cached samples are those of the dataset, whoever computes them and whatever happens meanwhile."""

import json
import multiprocessing
import os
import pickle
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import CacheEntry, ConfigError
from labwork.data import ArrayDataset, DataLoader, Dataset, FunctionDataset, Record, SampleRng
from labwork.data._caches._alike import alike
from labwork.data._caches._blobs import decode, encode
from labwork.data._caches._checks import is_blank
from labwork.data._caches._store import Store


def doubled(value: torch.Tensor) -> torch.Tensor:
    return 2 * value


def noisy(record: Record, rng: SampleRng) -> Record:
    return record.join(Record(x=record.x + rng.uniform()), overwrite=True)


def source(count: int = 6) -> Dataset:
    image = torch.arange(count * 4.0).reshape(count, 1, 2, 2)
    return ArrayDataset(image=image, label=[i % 3 for i in range(count)], info={"class_count": 3})


def lazy(count: int = 4, asked: list[Any] | None = None) -> Dataset:
    """Samples whose fields are computed one by one, and noted in ``asked``."""
    noted = [] if asked is None else asked

    def sample(index: int) -> Record:
        def field(name: str, value: Any) -> Callable[[], Any]:
            return lambda: (noted.append((name, index)), value)[1]

        image = torch.full((1, 2, 2), index, dtype=torch.uint8)
        return Record(image_=field("image", image), name_=field("name", f"number {index}"))

    return FunctionDataset(sample, count)


CACHES: dict[str, Callable[[Dataset], Dataset]] = {
    "cache": lambda ds: ds.cache(),
    "cache_hdd": lambda ds: ds.cache_hdd("mine"),
    "info_cache": lambda ds: ds.info_cache(one=lambda d: 1),
    "info_cache_hdd": lambda ds: ds.info_cache_hdd("mine", one=lambda d: 1),
}
DATASETS: dict[str, Callable[[], Dataset]] = {
    "arrays": source,
    "lazy fields": lazy,
    "batches": lambda: source().batch(2),
    "batches of text": lambda: lazy().batch(3),
    "mapped": lambda: source().map_fields(image=doubled),
    "joined": lambda: source() + source()[::2],
    "selected": lambda: source().permute(1)[1:],
    "nothing": lambda: source()[:0],
}
SAMPLE_CACHES = ["cache", "cache_hdd"]


@pytest.fixture(autouse=True)
def _folder(data_folder: Path) -> None:
    """Each test has caches of its own."""


def content(dataset: Dataset) -> list[str]:
    return [str(sample.evaluate()) for sample in dataset]


def entries(folder: Path) -> list[CacheEntry]:
    return list(CacheEntry.all_in(folder / "cache" / "datasets"))


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("cache", CACHES)
def test_caches_change_no_sample(cache: str, dataset: str):
    plain = DATASETS[dataset]()
    cached = CACHES[cache](plain)
    for _ in range(2):
        assert content(cached) == content(plain)
    assert len(cached) == len(plain)
    assert repr(cached).startswith(f"{plain!r}.{cache}(")
    assert {name: cached.info[name] for name in plain.info} == dict(plain.info)
    assert cached.at(1, 2) is cached
    if dataset in ("arrays", "joined", "selected"):
        assert cached.labels["label"].tolist() == plain.labels["label"].tolist()
        if len(plain):
            indices = np.arange(len(plain))[::-1].copy()
            assert str(cached.get_batch(indices)) == str(plain.get_batch(indices))


@pytest.mark.parametrize("cache", SAMPLE_CACHES)
def test_a_field_is_computed_once_and_only_when_it_is_read(cache: str):
    asked: list[Any] = []
    cached = CACHES[cache](lazy(4, asked))
    assert cached[1].keys() == ["image", "name"]
    assert asked == []
    assert [cached[1].name, cached[1].name] == ["number 1"] * 2
    assert asked == [("name", 1)]
    assert [cached[i].image.max().item() for i in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert asked == [("name", 1), ("image", 1), ("image", 2)]


@pytest.mark.parametrize("cache", SAMPLE_CACHES)
def test_nobody_can_change_what_is_cached(cache: str):
    cached = CACHES[cache](lazy().map(lambda r: Record(image=r.image + 0, list=[[1]])))
    for _ in range(2):
        record = cached[3]
        assert (record.image.max(), record.list) == (3, [[1]])
        record.image.zero_()
        record.list[0].append(2)


def test_caching_the_same_twice_takes_one_cache(data_folder: Path):
    one = source().map_fields(image=doubled).cache_hdd()
    other = source().cache().map_fields(image=doubled).info_cache(one=len).cache_hdd()
    assert content(one) == content(other)
    assert len(entries(data_folder)) == 1
    content(source().map_fields(image=torch.neg).cache_hdd())
    assert len(entries(data_folder)) == 2


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("how", ["augment", "shuffle"])
def test_what_varies_is_refused(cache: str, how: str):
    varied = source().augment(noisy) if how == "augment" else source().shuffle()
    for dataset in (varied, varied.map(doubled), (source() + varied)[1:], varied.repeat(2)):
        with pytest.raises(ConfigError, match="cache before augment and shuffle"):
            CACHES[cache](dataset)
    with pytest.raises(ConfigError, match="cache before augment and shuffle"):
        source().map(lambda r: varied[0]).cache_hdd()


@pytest.mark.parametrize("cache", SAMPLE_CACHES)
def test_whether_a_cache_is_full_changes_no_random_number(cache: str):
    def drawing(record: Record) -> Record:
        return Record(x=torch.rand(()) + np.random.rand(), y_=lambda: torch.rand(2))  # noqa: NPY002

    def later(record: Record) -> Record:
        return record.join(Record(z=torch.rand(2)))

    drawn = source().map(drawing)
    cached = CACHES[cache](drawn)
    epochs = [str([*DataLoader(cached.map(later), batch_size=4, seed=5)]) for _ in range(3)]
    assert len(set(epochs)) == 1
    other = drawn.cache() if cache == "cache" else drawn.cache_hdd("other")
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert str(other[5].evaluate()) == str(cached[5].evaluate())
    assert torch.equal(torch.get_rng_state(), state)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(), max_size=4)
    | st.binary(max_size=4)
    | st.tuples(
        st.sampled_from(["uint8", "int64", "float32", "bool", "float16", "complex64"]),
        st.lists(st.integers(0, 3), max_size=3),
        st.sampled_from(["tensor", "array", "scalar"]),
    ).map(lambda drawn: array(*drawn))
    | st.lists(st.integers(0, 3), max_size=2).map(lambda s: torch.ones(s, dtype=torch.bfloat16)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3).map(Record)
    ),
    max_leaves=5,
)


def array(dtype: str, shape: list[int], kind: str) -> Any:
    found = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    if kind == "scalar":
        return np.dtype(dtype).type(1)
    return torch.from_numpy(found) if kind == "tensor" else found


def told(value: Any) -> Any:
    """A value with all its types, for comparison."""
    if isinstance(value, Record):
        return ["record", [(k, told(v)) for k, v in value.items()]]
    if isinstance(value, dict):
        return ["dict", [(k, told(v)) for k, v in value.items()]]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [told(item) for item in value]]
    dtype, shape = getattr(value, "dtype", ""), getattr(value, "shape", "")
    items = value.tolist() if hasattr(value, "tolist") else value
    return [type(value), str(dtype), str(shape), repr(items)]


@given(values)
def test_values_come_back_as_they_were(value: Any):
    assert told(decode(bytearray(encode(value)))) == told(value)


@given(values)
def test_values_are_alike_to_themselves(value: Any):
    assert alike(value, decode(bytearray(encode(value))))
    assert is_blank(value) in (False, True)


KINDS_OF_NUMBERS = {
    "float8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
    "bfloat16": torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
    "float16": torch.tensor([1.0, 2.0], dtype=torch.float16),
    "float32": torch.tensor([1.0, float("nan"), float("inf")]),
    "float64": torch.tensor([1e300, 1.7e9 + 0.1], dtype=torch.float64),
    "complex64": torch.tensor([1 + 2j, 0]),
    "longdouble": np.ones(2, np.longdouble),
    "float": 1.7e9 + 0.1,
    "complex": 0.1 + 2j,
    "text": np.array(["a", ""]),
    "dates": np.array(["2000-01-01"], "datetime64[D]"),
}


@pytest.mark.parametrize("name", KINDS_OF_NUMBERS)
def test_numbers_of_all_kinds_are_told_apart(name: str):
    value = KINDS_OF_NUMBERS[name]
    assert alike(value, value)
    assert not is_blank(value)
    if name == "float":
        assert not alike(value, value + 0.001)
    if isinstance(value, torch.Tensor):
        other = value.clone()
        other[0] = 1.5
        assert not alike(value, other)


def test_what_cannot_be_stored_is_refused():
    refused = {
        "object": object(),
        "objects": np.array([object()]),
        "sparse": torch.eye(2).to_sparse(),
    }
    for name, value in refused.items():
        cached = FunctionDataset(lambda i, v=value: Record(x=v), 1).cache_hdd(name)
        with pytest.raises(ConfigError, match="field 'x' can't be cached on the disk"):
            _ = cached[0].x
    with pytest.raises(ConfigError, match="a tuple has no fields"):
        _ = FunctionDataset(lambda i: (i, i), 1).cache_hdd("tuple")[0]
    assert FunctionDataset(lambda i: (i, [i]), 2).cache()[1] == (1, [1])


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "cut": lambda folder: os.truncate(folder / "data", (folder / "data").stat().st_size // 2),
    "emptied": lambda folder: os.truncate(folder / "data", 0),
    "zeroed": lambda folder: overwrite(folder / "data", bytes(100_000)),
    "altered": lambda folder: alter(folder / "data"),
    "table cut": lambda folder: os.truncate(folder / "field image", 30),
    "table altered": lambda folder: alter(folder / "field image"),
    "table of samples altered": lambda folder: alter(folder / "samples"),
    "table gone": lambda folder: (folder / "field image").unlink(),
    "data gone": lambda folder: (folder / "data").unlink(),
    "text torn": lambda folder: (folder / "about.json").write_text('{"count": '),
}


def overwrite(path: Path, content: bytes) -> None:
    path.write_bytes(content[: path.stat().st_size])


def alter(path: Path) -> None:
    """Changes a bit in each tenth byte."""
    altered = bytearray(path.read_bytes())
    altered[::10] = bytes(byte ^ 4 for byte in altered[::10])
    path.write_bytes(altered)


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_torn_is_built_again(damage: str, data_folder: Path):
    asked: list[Any] = []
    expected = content(lazy(4))
    assert content(lazy(4).cache_hdd("torn")) == expected
    (entry,) = entries(data_folder)
    DAMAGES[damage](entry.path)
    cached = lazy(4, asked).cache_hdd("torn")
    assert content(cached) == expected
    asked.clear()
    assert content(cached) == expected
    assert asked == []  # it was repaired


def test_a_cache_that_lies_is_told():
    content(lazy().cache_hdd("lie"))
    other = lazy().map_fields(image=doubled).cache_hdd("lie")
    with pytest.raises(ConfigError, match=r"lies: its field 'image' of sample 3 .* cache clear \w"):
        _ = other[0].image  # twice nothing, but others are compared as well
    with pytest.raises(ConfigError, match="lies: its field 'image'"):
        _ = other[0].image  # and it is told again
    rounded = lazy().map_fields(name=lambda name: name.upper()).cache_hdd("lie")
    with pytest.raises(ConfigError, match="lies: its field 'name'"):
        _ = rounded[2].name
    with pytest.raises(ConfigError, match="holds 4 samples, not 3"):
        lazy(3).cache_hdd("lie")


SMALL_LIES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "a little": lambda image: image * (1 + 1e-5),
    "one number": lambda image: image + 1e-5 * torch.eye(2),
    "sign": torch.neg,
    "type": torch.Tensor.double,
    "shape": lambda image: image[..., :1],
}


@pytest.mark.parametrize("name", SMALL_LIES)
@pytest.mark.parametrize("first", [0, 4, 39])
def test_small_lies_are_told_whatever_is_read_first(first: int, name: str):
    content(source(40).cache_hdd("lie"))
    mapped = source(40).map_fields(image=SMALL_LIES[name]).cache_hdd("lie")
    with pytest.raises(ConfigError, match="lies"):
        _ = mapped[first].image


def test_rounding_is_no_lie():
    rounding = source(40).map_fields(image=lambda image: image * (1 + 2e-7))
    content(source(40).cache_hdd("round"))
    assert rounding.cache_hdd("round")[39].image.max() == 159


def test_few_samples_are_compared():
    asked: list[Any] = []
    content(lazy(100).cache_hdd("few"))
    cached = lazy(100, asked).cache_hdd("few")
    content(cached)
    assert sorted(name for name, _ in asked) == 3 * ["image"] + 3 * ["name"]
    assert {index for _, index in asked} == {0, 24, 49, 99}  # the first image is blank


def test_a_lie_beyond_blank_values_is_told():
    def edge(index: int, value: int) -> Record:
        return Record(image=torch.full((4,), value if index == 50 else 0))

    content(FunctionDataset(lambda i: edge(i, 1), 101).cache_hdd("blank"))
    with pytest.raises(ConfigError, match="field 'image' of sample 50"):
        _ = FunctionDataset(lambda i: edge(i, 2), 101).cache_hdd("blank")[3].image


def test_facts_of_other_data_are_told(data_folder: Path):
    def fact(dataset: Dataset) -> float:
        return float(sum(record.image.sum() for record in dataset))

    assert source().info_cache_hdd("fact", mean=fact).info["mean"] == 276
    assert source().info_cache_hdd("fact", mean=fact).info["mean"] == 276
    other = source().map_fields(image=doubled).info_cache_hdd("fact", mean=fact)
    with pytest.raises(ConfigError, match="lies: its sample 0, by which the fact was known, isn't"):
        _ = other.info["mean"]


def test_facts_of_data_that_cannot_be_stored_or_read_are_kept():
    def fails(index: int) -> Any:
        raise OSError

    kinds: list[Callable[[int], Any]] = [
        fails,
        lambda i: object(),
        lambda i: (i, i),
        lambda i: Record(x=object(), big=torch.ones(300, 300), sparse=torch.eye(2).to_sparse()),
    ]
    for number, kind in enumerate(kinds):
        for _ in range(2):
            informed = FunctionDataset(kind, 3).info_cache_hdd(f"{number}", length=len)
            assert informed.info["length"] == 3


def test_functions_with_other_results_each_time_are_told():
    started = [0.0]

    def now(record: Record) -> Record:
        started[0] += 1
        return Record(x=started[0])

    content(source().map(now, name="now").cache_hdd())
    with pytest.raises(ConfigError, match="something that can't be seen, such as time"):
        content(source().map(now, name="now").cache_hdd())


@pytest.mark.parametrize("is_sent", [False, True])
def test_workers_share_a_cache(is_sent: bool, data_folder: Path):
    cached = source(40).map_fields(image=doubled).cache_hdd()
    if is_sent:  # as to a worker that isn't forked
        cached = pickle.loads(pickle.dumps(cached))
    loader = DataLoader(cached, batch_size=4, worker_count=2)
    for _ in range(2):
        images = torch.cat([batch.image for batch in loader])
        assert torch.equal(images, 2 * source(40).get_batch(np.arange(40)).image)
    loader.close()
    (entry,) = entries(data_folder)
    assert entry.stored_count == 40


class Filling:
    """Processes that fill one cache, and note what they compute; each opens it itself.

    They begin when all have opened it. Files tell them, as a killed process leaves files alone.
    """

    def __init__(self, folder: Path, process_count: int, count: int, pause: float) -> None:
        self._folder, self._count, self._pause = folder, count, pause
        (folder / "begin").unlink(missing_ok=True)
        (folder / "notes").write_text("")
        context = multiprocessing.get_context("fork")
        self.processes = [context.Process(target=self._fill) for _ in range(process_count)]
        for process in self.processes:
            process.start()
        while self._read().count("ready") < process_count:
            time.sleep(0.001)
        (folder / "begin").touch()

    def _read(self) -> list[str]:
        return (self._folder / "notes").read_text().splitlines()

    def _note(self, text: str) -> None:
        file = os.open(self._folder / "notes", os.O_WRONLY | os.O_APPEND)
        os.write(file, f"{text}\n".encode())
        os.close(file)

    def _sample(self, index: int) -> Record:
        def image() -> torch.Tensor:
            self._note(f"image {index}")
            time.sleep(self._pause)
            return torch.full((3, 8, 8), index)

        self._note(f"sample {index}")
        return Record(image_=image, label=torch.tensor(index))

    def _mean(self, dataset: Dataset) -> float:
        self._note("mean")
        time.sleep(10 * self._pause)
        return 0.5

    def _fill(self) -> None:
        dataset = FunctionDataset(self._sample, self._count).cache_hdd("filled")
        self._note("ready")
        while not (self._folder / "begin").exists():
            time.sleep(0.001)
        assert dataset.info_cache_hdd("filled", mean=self._mean).info["mean"] == 0.5
        for index, record in enumerate(dataset):
            assert record.image.unique().tolist() == [record.label] == [index]

    def end(self) -> list[str]:
        """What was computed, after all have ended, as they should."""
        for process in self.processes:
            process.join()
        assert {process.exitcode for process in self.processes} <= {0, -signal.SIGKILL}
        return [note for note in self._read() if note != "ready"]


def test_processes_fill_a_cache_once(data_folder: Path):
    computed = Filling(data_folder, 4, count=60, pause=0.004).end()
    once = [note for note in computed if not note.startswith("sample")]
    assert sorted(once) == sorted(["mean", *(f"image {i}" for i in range(60))])
    later = Filling(data_folder, 1, count=60, pause=0.0).end()
    images = [note for note in later if note.startswith("image")]
    assert sorted(images) == ["image 14", "image 29", "image 59"]  # a few of them are compared


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.25])
def test_a_kill_leaves_a_cache_that_works(data_folder: Path, moment: float):
    filling = Filling(data_folder, 3, count=40, pause=0.01)
    time.sleep(moment)
    filling.processes[0].kill()
    images = [note for note in filling.end() if note.startswith("image")]  # none waits for the dead
    assert len(set(images)) == 40
    assert len(images) <= 41


def test_a_kill_while_filling_frees_who_waits(data_folder: Path):
    """The first is killed while it computes sample 2, for which the second waits."""
    notes = data_folder / "notes"
    notes.touch()

    def note(text: str) -> None:
        with notes.open("a") as file:
            file.write(f"{os.getpid()} {text}\n")

    def count(text: str) -> int:
        return sum(line.endswith(f" {text}") for line in notes.read_text().splitlines())

    def sample(index: int) -> Record:
        def image() -> torch.Tensor:
            note(f"image {index}")
            if index == 2 and count("image 2") == 1:
                signal.pause()  # until it is killed
            return torch.full((3, 8, 8), index)

        return Record(image_=image)

    def fills() -> None:
        dataset = FunctionDataset(sample, 6).cache_hdd("killed")
        note("begins")
        assert [int(record.image.unique()) for record in dataset] == [*range(6)]

    context = multiprocessing.get_context("fork")
    first, second = (context.Process(target=fills) for _ in range(2))
    first.start()
    while count("image 2") == 0:
        time.sleep(0.001)
    second.start()
    while count("begins") < 2 or not is_asleep(second):
        time.sleep(0.001)
    assert count("image 2") == 1
    first.kill()
    second.join(60)
    first.join()
    assert (first.exitcode, second.exitcode) == (-signal.SIGKILL, 0)
    # Of those that the first had left, a few are compared.
    assert [count(f"image {index}") for index in range(2, 6)] == [2, 1, 1, 1]
    assert max(count(f"image {index}") for index in range(6)) == 2
    (entry,) = entries(data_folder)
    assert entry.stored_count == 6


def is_asleep(process: Any) -> bool:
    """Whether it waits for something, here a lock."""
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "S"


def in_processes(*functions: Callable[[], None]) -> list[int | None]:
    """Runs functions at once, and gives the processes' exit codes."""
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=function) for function in functions]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def test_a_full_disk_is_told_and_harms_nothing(data_folder: Path):
    def fills() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        with pytest.raises(OSError, match=str(data_folder)):
            content(source(100).cache_hdd("full"))

    assert in_processes(fills) == [0]
    assert content(source(100).cache_hdd("full")) == content(source(100))


def test_caches_are_opened_and_deleted_at_the_same_time(tmp_path: Path):
    path = tmp_path / "caches" / "a"

    def opens() -> None:
        for _ in range(100):
            store = Store.at(path, 2, {})
            store.write("samples", 1, b"content")
            assert store.read("samples", 1) == b"content"
            assert (path / "about.json").exists()  # nobody deletes what is in use
            del store

    def deletes() -> None:
        for _ in range(500):
            CacheEntry(path).delete()

    assert in_processes(opens, opens, deletes, deletes) == [0] * 4


def test_each_fact_is_computed_once_and_when_it_is_read():
    asked: list[str] = []

    def mean(dataset: Dataset) -> torch.Tensor:
        asked.append("mean")
        return torch.cat([r.image for r in dataset]).mean()

    def fails(dataset: Dataset) -> Any:
        raise RuntimeError

    in_memory = source().info_cache(mean=mean, fails=fails)
    on_disk = [source().info_cache_hdd("facts", mean=mean, fails=fails) for _ in range(2)]
    for informed in (in_memory, *on_disk):
        assert [*informed.info] == ["class_count", "mean", "fails"]
        assert repr(informed.info) == "{'class_count': 3, 'mean': <lazy>, 'fails': <lazy>}"
        derived = informed.map_fields(image=doubled).permute(1)[:3]
        assert derived.info["mean"] == informed.info["mean"] == 11.5
        assert (derived.info["class_count"], len(derived.info)) == (3, 3)
        with pytest.raises(RuntimeError):
            _ = informed.info["fails"]
    assert asked == ["mean", "mean"]  # once in memory, once for the disk


def test_facts_are_known_by_function_data_and_earlier_facts(data_folder: Path):
    def fact(dataset: Dataset, factor: int = 1) -> int:
        return factor * len(dataset)

    def other(dataset: Dataset) -> int:
        return 2 * len(dataset)

    def total(dataset: Dataset) -> int:
        return dataset.info["fact"] + dataset.info["class_count"]

    one = source().info_cache_hdd(fact=fact)
    kinds = [
        (one, {"fact": 6}),
        (source().info_cache_hdd(fact=other), {"fact": 12}),
        (source()[1:].info_cache_hdd(fact=fact), {"fact": 5}),
        (one.info_cache_hdd(total=total), {"total": 9}),
        (source().info_cache_hdd(fact=other).info_cache_hdd(total=total), {"total": 15}),
        (source().info_cache(fact=other).info_cache_hdd(total=total), {"total": 15}),
    ]
    for _ in range(2):
        for dataset, expected in kinds:
            assert {name: dataset.info[name] for name in expected} == expected


def test_the_default_type_counts(data_folder: Path):
    def typed(record: Record) -> Record:
        return Record(x=torch.zeros(1))

    def fact(dataset: Dataset) -> str:
        return str(torch.zeros(1).dtype)

    for kind in (torch.float32, torch.float64):
        torch.set_default_dtype(kind)
        try:
            assert source().map(typed).cache_hdd()[0].x.dtype == kind
            assert source().info_cache_hdd(kind=fact).info["kind"] == str(kind)
        finally:
            torch.set_default_dtype(torch.float32)


def test_facts_leave_random_numbers_alone():
    def drawn(dataset: Dataset) -> float:
        return float(torch.rand(()))

    informed = [source().info_cache(x=drawn), source().info_cache_hdd(x=drawn)]
    torch.manual_seed(3)
    state = torch.get_rng_state()
    assert len({d.info["x"] for d in (*informed, source().info_cache_hdd(x=drawn))}) == 1
    assert torch.equal(torch.get_rng_state(), state)


def test_places_that_cannot_hold_a_cache_are_told(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABWORK_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="choose another with LABWORK_CACHE"):
        source().cache_hdd()
    monkeypatch.setenv("LABWORK_CACHE", str(tmp_path / "elsewhere"))
    content(source().cache_hdd())
    assert len([*CacheEntry.all_in(tmp_path / "elsewhere" / "datasets")]) == 1


def test_a_cache_is_one_store_in_a_process(tmp_path: Path):
    one = Store.at(tmp_path / "a", 2, {})
    assert Store.at(tmp_path / "a", 2, {}) is one
    assert json.loads((tmp_path / "a" / "about.json").read_text())["count"] == 2
    one.write("samples", 1, b"content")
    assert (one.read("samples", 0), one.read("samples", 1)) == (None, b"content")
    del one
    assert Store.at(tmp_path / "a", 2, {}).read("samples", 1) == b"content"
