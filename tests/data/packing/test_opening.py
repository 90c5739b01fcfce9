"""A packed file is opened only as it was written, and says what is wrong otherwise."""

import json
import multiprocessing
import pickle
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import ArrayDataset, Batch, DataLoader, PackedDataset, Record, collate, pack
from labwork.data._caches import fingerprint
from labwork.data._packing._manifest import MANIFEST

SUFFIXES = (".hdf5", ".npz")
ROWS = torch.arange(60 * 50).reshape(60, 50) % 251


def dataset() -> ArrayDataset:
    return ArrayDataset(row=ROWS.to(torch.uint8), wide=ROWS.double()[:, :20], label=range(60))


@pytest.fixture(scope="module", params=SUFFIXES)
def shards(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three shards; to be read only."""
    path = tmp_path_factory.mktemp("packed") / f"a{request.param}"
    return list(pack(dataset(), path, shards=3, worker_count=0).paths)


@pytest.fixture
def copies(shards: list[Path], tmp_path: Path) -> list[Path]:
    """Shards that a test may spoil."""
    return [Path(shutil.copy(shard, tmp_path)) for shard in shards]


def one_line(path: object, *, verify: bool = False) -> str:
    """What is wrong with a path."""
    with pytest.raises(ConfigError) as caught:
        PackedDataset(path, verify=verify)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_shards_are_found(copies: list[Path]):
    common = copies[0].with_name(f"a{copies[0].suffix}")
    for path in (common, str(common), copies[1], copies, copies[::-1], map(str, copies)):
        opened = PackedDataset([*path] if isinstance(path, map) else path)
        assert opened.paths == tuple(copies)
        assert opened.labels["label"].tolist() == list(range(60))
        assert repr(opened) == f"PackedDataset({str(common)!r})"


def test_a_missing_shard_is_told(copies: list[Path]):
    copies[1].unlink()
    for path in (copies[0].with_name(f"a{copies[0].suffix}"), copies[2], [copies[0], copies[2]]):
        assert "shard 2 of 3 is missing" in one_line(path)
    assert f"there is no packed file {copies[1]}" in one_line(copies)


def test_a_shard_under_the_name_of_another_is_told(copies: list[Path]):
    shutil.copy(copies[1], copies[2])
    told = one_line(copies[0])
    assert f"{copies[1]} and {copies[2]} are both shard 2 of 3; shard 3 is missing" in told


def test_a_shard_given_twice_is_told(copies: list[Path]):
    assert "is there twice" in one_line([*copies, copies[0]])


def test_shards_of_different_packings_are_told(copies: list[Path], tmp_path: Path):
    other = ArrayDataset(row=ROWS.to(torch.uint8), wide=ROWS.double()[:, :20], label=[0] * 60)
    strange = pack(other, tmp_path / f"b{copies[0].suffix}", shards=3, worker_count=0).paths[1]
    assert "shards of different packings" in one_line([copies[0], strange, copies[2]])


@pytest.mark.parametrize("length", [0, 5, 100, -3000, -20])
def test_a_torn_shard_is_told(copies: list[Path], length: int):
    content = copies[1].read_bytes()
    copies[1].write_bytes(content[:length])
    assert str(copies[1]) in one_line(copies)


@settings(max_examples=150)
@given(data=st.data())
def test_an_altered_byte_is_told_or_no_matter(
    data: st.DataObject, shards: list[Path], tmp_path_factory: pytest.TempPathFactory
):
    """Whatever is altered, what is read is what was packed, or an error."""
    folder = tmp_path_factory.mktemp("altered")
    altered = [Path(shutil.copy(shard, folder)) for shard in shards]
    content = bytearray(altered[1].read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    altered[1].write_bytes(bytes(content))
    try:
        opened = PackedDataset(altered)
        records = [opened[index].evaluate() for index in range(60)]
        batch = opened.get_batch(np.arange(60)).evaluate()
    except ConfigError as error:
        told = str(error)
    else:
        assert torch.equal(torch.stack([record.row for record in records]), ROWS.byte())
        assert torch.equal(torch.stack([r.wide for r in records]), ROWS[:, :20].double())
        assert [int(record.label) for record in records] == list(range(60))
        assert torch.equal(batch.row, ROWS.byte())
        assert torch.equal(batch.wide, ROWS[:, :20].double())
        assert batch.label.tolist() == list(range(60))
        return
    assert str(altered[1]) in told
    assert "\n" not in told


def alter(path: Path, wanted: bytes) -> None:
    content = path.read_bytes()
    place = content.index(wanted)
    path.write_bytes(content[:place] + bytes([wanted[0] ^ 1]) + content[place + 1 :])


def test_an_altered_sample_is_told_when_it_is_read_or_verified(copies: list[Path]):
    alter(copies[1], ROWS[25, :20].double().numpy().tobytes())
    opened = PackedDataset(copies)
    assert torch.equal(opened[24].wide, ROWS[24, :20].double())
    with pytest.raises(ConfigError, match="item 5 of 'wide' has another checksum"):
        opened[25].evaluate()
    assert "'wide' has another hash" in one_line(copies, verify=True)


def test_an_altered_label_is_told_on_opening(copies: list[Path]):
    alter(copies[2], np.arange(45, 50).tobytes())
    assert "'label' has another hash than the manifest says" in one_line(copies)


def test_an_altered_manifest_is_told(copies: list[Path]):
    alter(copies[0], b'"counts"')
    assert "manifest isn't whole" in one_line(copies)


def save_with_format(path: Path, format_name: str) -> None:
    """A packed file like another Labwork's."""
    with np.load(path) as npz:
        arrays = dict(npz)
    manifest = json.loads(arrays[MANIFEST].tobytes())
    del manifest["sha256"]
    manifest["format"] = format_name
    manifest.pop("layout", None)
    for column in manifest["columns"]:
        column.pop("bits", None)
    digest = sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    stored = json.dumps({**manifest, "sha256": digest}).encode()
    np.savez(path, **{**arrays, MANIFEST: np.frombuffer(stored, np.uint8)})


def test_files_of_older_versions_are_read_and_of_newer_ones_told(tmp_path: Path):
    [path] = pack(dataset(), tmp_path / "a.npz", worker_count=0).paths
    for older in ("labwork packed 1", "labwork packed 2"):
        save_with_format(path, older)
        assert read_rows(PackedDataset(path, verify=True), [7]) == [[*ROWS[7].tolist(), 7]]
    save_with_format(path, "labwork packed 4")
    assert "is 'labwork packed 4', but this version of Labwork reads" in one_line(path)


def test_other_files_are_told(tmp_path: Path):
    h5py = pytest.importorskip("h5py")
    np.savez(tmp_path / "plain.npz", a=[1])
    np.savez_compressed(tmp_path / "small.npz", a=[1])
    with h5py.File(tmp_path / "plain.hdf5", "w") as file:
        file["a"] = [1]
    with h5py.File(tmp_path / "chunks.hdf5", "w") as file:
        file.create_dataset("a", (4, 4), "f4", chunks=(2, 2))
    (tmp_path / "text.hdf5").write_text("hello")
    reasons = {
        "plain.npz": "it has no manifest",
        "plain.hdf5": "it has no manifest",
        "small.npz": "is compressed",
        "chunks.hdf5": "no contiguous dataset",
        "text.hdf5": "begins with b'hello'",
        "none.npz": "there is no packed file",
    }
    for name, reason in reasons.items():
        assert reason in one_line(tmp_path / name)
    assert "can't be read: Is a directory" in one_line(tmp_path)
    assert "no packed file was given" in one_line([])


def test_arrays_of_objects_are_refused(tmp_path: Path):
    """No manifest makes a reader interpret bytes as objects."""
    [path] = pack(ArrayDataset(x=[1, 2]), tmp_path / "a.npz", worker_count=0).paths
    with np.load(path) as npz:
        arrays = dict(npz)
    manifest = json.loads(arrays[MANIFEST].tobytes())
    assert manifest["columns"][0]["dtype"] == "<i8"
    alter(path, b"'<i8'")
    assert "a.npz" in one_line(path)


def test_a_file_being_written_is_told(tmp_path: Path):
    pytest.importorskip("h5py")
    path = tmp_path / "a.hdf5"
    pack(ArrayDataset(x=[1, 2]), path, worker_count=0)
    program = (
        "import h5py, sys; file = h5py.File(sys.argv[1], 'r+');"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        assert "is being written by another program" in one_line(path)
        writer.communicate("")
    assert len(PackedDataset(path)) == 2


def read_rows(opened: PackedDataset, indices: list[int]) -> list[list[int]]:
    return [[*opened[i].row.tolist(), int(opened[i].label)] for i in indices]


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
@pytest.mark.parametrize("is_read_before", [True, False])
def test_other_processes_read_it(shards: list[Path], method: str, is_read_before: bool):
    opened = PackedDataset(shards)
    parts = [list(range(i, 60, 2)) for i in range(2)]
    expected = [read_rows(PackedDataset(shards), part) for part in parts]
    if is_read_before:
        read_rows(opened, [0, 59])
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.starmap(read_rows, [(opened, part) for part in parts]) == expected
    assert read_rows(opened, parts[0]) == expected[0]


def test_threads_read_it(shards: list[Path]):
    from concurrent.futures import ThreadPoolExecutor

    opened = PackedDataset(shards)
    with ThreadPoolExecutor(8) as pool:
        rows = [*pool.map(lambda i: read_rows(opened, [i % 60])[0], range(600))]
    assert rows == read_rows(PackedDataset(shards), [*range(60)]) * 10


def test_loader_reads_it_with_workers(shards: list[Path]):
    loader = DataLoader(PackedDataset(shards), 7, shuffle=True, worker_count=2)
    for _ in range(2):
        batches = list(loader)
        order = torch.cat([batch.label for batch in batches])
        assert sorted(order.tolist()) == list(range(60))
        assert torch.equal(torch.cat([batch.row for batch in batches]), ROWS[order].byte())
    loader.close()


def test_pickling_takes_the_path_and_no_arrays(shards: list[Path]):
    opened = PackedDataset(shards)
    opened[3].evaluate()
    stored = pickle.dumps(opened)
    assert len(stored) < 20_000
    assert torch.equal(pickle.loads(stored)[7].wide, opened[7].wide)


@pytest.mark.parametrize("size", [0, -3, (4, 0), (1, 2, 3)])
def test_sizes_that_cannot_be_are_told(shards: list[Path], size: object):
    with pytest.raises(ConfigError, match="min_size="):
        PackedDataset(shards, min_size=size)


def test_functions_of_a_tank(shards: list[Path]):
    def fetch(columns, index: int) -> Record:
        assert len(columns["row"]) == 60
        return Record(row=columns["row"][index], label=columns["label"][-1])

    opened = PackedDataset(
        shards,
        fetch_f=fetch,
        prepare_f=lambda record: record.join(Record(double=2 * record.label)),
        collate_f=lambda records: collate(records).join(Record(size=len(records))),
    )
    assert opened[5].row.tolist() == ROWS[5].tolist()
    assert (opened[5].label, opened[5].double) == (59, 118)
    [batch] = DataLoader(opened[:4], 4)
    assert (batch.size, batch.double.tolist()) == (4, [118] * 4)
    assert opened.runs_code
    with pytest.raises(ConfigError, match=r"labels of PackedDataset.*aren't known"):
        assert opened.labels
    with pytest.raises(ConfigError, match=r"collate_f of .* gave a list: a Batch is needed"):
        DataLoader(PackedDataset(shards, collate_f=list), 2).__iter__().__next__()
    assert isinstance(batch, Batch)
    for function in ("fetch_f=fetch", "prepare_f=<lambda>", "collate_f=<lambda>"):
        assert function in repr(opened)


def test_functions_of_nebulae_are_given_arrays(tmp_path: Path):
    """The example of its manual, as it stands."""

    def fetcher(data, idx):
        ret = {}
        ret["image"] = data["image"][idx]
        ret["label"] = data["label"][idx].astype("int64")
        return ret

    def prep(data):
        data["image"] = np.transpose(data["image"], (2, 0, 1)).astype("float32")
        return data

    images = torch.randint(0, 256, (4, 3, 5, 6), dtype=torch.uint8)
    labels = torch.arange(4, dtype=torch.int8)
    many = ArrayDataset(image=images, label=labels, box=torch.rand(4, 2, 2))
    pack(many, tmp_path / "a.npz", encode="png", worker_count=0)
    tank = PackedDataset(tmp_path / "a.npz", fetch_f=fetcher, prepare_f=prep, as_arrays=True)
    options = {"fetch_f": fetcher, "prepare_f": prep, "as_arrays": True}
    collated = PackedDataset(tmp_path / "a.npz", **options, collate_f=dict_of_arrays)
    for data in (tank, collated):
        (batch,) = DataLoader(data, 4)
        assert torch.equal(torch.as_tensor(batch["image"]), images.float())
        assert batch["label"].tolist() == [0, 1, 2, 3]
    (batch,) = DataLoader(tank, 4)
    assert batch["label"].dtype == torch.int64
    assert "as_arrays=True" in repr(tank)
    columns: list = []
    PackedDataset(
        tmp_path / "a.npz", fetch_f=lambda data, i: columns.append(data), as_arrays=True
    ).get(0)
    assert {name: len(columns[0][name]) for name in columns[0]} == {
        **dict.fromkeys(many[0].keys(), 4)
    }
    assert columns[0]["box"][-1].shape == (2, 2)
    assert columns[0]["image"].encoded(0)[0].startswith(b"\x89PNG")
    with pytest.raises(ConfigError, match="is for fetch_f, which isn't given"):
        PackedDataset(tmp_path / "a.npz", as_arrays=True)


def dict_of_arrays(samples):
    return {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}


CHANGES = {
    "map": (lambda data: data.map(lambda record: record), False),
    "augment": (lambda data: data.augment(lambda record, rng: record), False),
    "cache": (lambda data: data.cache(), False),
    "map behind a slice": (lambda data: data[3:].map(lambda record: record), False),
    "slice": (lambda data: data[3:7], True),
    "shuffle": (lambda data: data.shuffle(), True),
    "repeat": (lambda data: data * 2, True),
    "join": (lambda data: data + data, True),
    "enumerate": (lambda data: data.enumerate(), True),
    "batch": (lambda data: data.batch(4).map(lambda batch: batch), True),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_collate_function_applies_or_is_refused(name: str, shards: list[Path]):
    change, applies = CHANGES[name]
    opened = PackedDataset(shards, collate_f=lambda records: Batch(size=[len(records)]))
    if applies:
        batch = change(opened)
        assert (batch[0] if name == "batch" else batch.get_batch(np.arange(4))).size == [4]
    else:
        with pytest.raises(
            ConfigError, match=r"without the collate_f of the PackedDataset.*Loader"
        ):
            change(opened)


def test_identity_is_what_was_packed_and_how_it_is_read(copies: list[Path], tmp_path: Path):
    alike = pack(dataset(), tmp_path / "other.npz", worker_count=0)
    assert fingerprint(alike) == fingerprint(PackedDataset(copies))
    strange = pack(dataset()[1:], tmp_path / "b.npz", worker_count=0)
    smaller = PackedDataset(copies, min_size=3)
    prepared = PackedDataset(copies, prepare_f=lambda record: record)
    assert len({*map(fingerprint, (alike, strange, smaller, prepared))}) == 4


@given(
    count=st.integers(0, 60), size=st.integers(1, 70), drop=st.booleans(), ranks=st.integers(1, 4)
)
def test_batches_per_epoch(shards: list[Path], count: int, size: int, drop: bool, ranks: int):
    opened = PackedDataset(shards)
    batches = opened.batches_per_epoch(size, drop_last=drop, rank_count=ranks)
    share = 60 / (size * ranks)
    assert batches == (int(share) if drop else -int(-share // 1))
    with pytest.raises(ConfigError, match="both are at least 1"):
        opened.batches_per_epoch(-count)
