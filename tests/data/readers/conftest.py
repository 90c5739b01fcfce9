"""The same few samples in all formats, written by the libraries that define them."""

import csv
import gzip
import io
import json
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

COUNT = 7
NUMBERS = np.arange(COUNT, dtype=np.int64) * 3 - 4
SHARES = np.linspace(-1, 2, COUNT)
NAMES = [f"näme, {i}" for i in range(COUNT)]
PICTURES = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 4, 5), dtype=np.uint8)

COMPRESSORS = {".gz": gzip.compress, ".zlib": zlib.compress}


def records() -> list[dict[str, Any]]:
    columns = zip(NUMBERS.tolist(), SHARES.tolist(), NAMES, strict=True)
    return [{"number": n, "share": s, "name": t} for n, s, t in columns]


def write_json(path: Path) -> None:
    path.write_text(json.dumps(records()), "utf-8")


def write_yaml(path: Path) -> None:
    path.write_text(yaml.safe_dump(records(), allow_unicode=True), "utf-8")


def write_csv(path: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(
        text, ["number", "share", "name"], delimiter="\t,"[path.suffix == ".csv"]
    )
    writer.writeheader()
    writer.writerows(records())
    path.write_text(text.getvalue(), "utf-8", newline="")


def write_npy(path: Path) -> None:
    np.save(path, PICTURES)


def write_npz(path: Path) -> None:
    np.savez_compressed(
        path, number=NUMBERS, share=SHARES, name=np.array(NAMES), image=PICTURES, version=3
    )


def write_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"number": NUMBERS, "share": SHARES, "name": NAMES}))


def write_hdf5(path: Path) -> None:
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["number"], file["share"], file["name"] = NUMBERS, SHARES, NAMES
        file["pictures/image"] = PICTURES
        file["version"] = 3


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def png(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    image = pytest.importorskip("PIL.Image").fromarray(array.transpose(1, 2, 0))
    image.save(content, format="PNG")
    return content.getvalue()


def write_lmdb(path: Path) -> None:
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(path), subdir=path.suffix != ".lmdb") as file, file.begin(write=True) as put:
        for i in range(COUNT):
            put.put(f"{i:03}".encode(), [png(PICTURES[i]), npy(PICTURES[i])][i % 2])


def write_parquet(path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    images = [png(picture) for picture in PICTURES]
    columns = {"number": NUMBERS, "share": SHARES, "name": NAMES, "image": images}
    table = pyarrow.table({**columns, "box": [[i, i + 1] for i in range(COUNT)]})
    pytest.importorskip("pyarrow.parquet").write_table(table, path, row_group_size=3)


def message_class(message_name: str) -> Any:
    """A message of ``tf.train``, as Protocol Buffers' own library makes it of its definition."""
    pytest.importorskip("google.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="t", syntax="proto3")

    def message(name: str, parent: Any = None) -> Any:
        return (parent.nested_type if parent else file.message_type).add(name=name)

    def field(to: Any, name: str, number: int, kind: int, **options: Any) -> None:
        label = 3 if options.pop("repeated", False) else 1
        to.field.add(name=name, number=number, type=kind, label=label, **options)

    kinds = (
        ("BytesList", 12, "bytes_list"),
        ("FloatList", 2, "float_list"),
        ("Int64List", 3, "int64_list"),
    )
    for name, kind, _ in kinds:
        field(message(name), "value", 1, kind, repeated=True)
    feature = message("Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, _, attribute) in enumerate(kinds, 1):
        field(feature, attribute, number, 11, type_name=f".t.{name}", oneof_index=0)
    features = message("Features")
    entry = message("FeatureEntry", features)
    entry.options.map_entry = True
    field(entry, "key", 1, 9)
    field(entry, "value", 2, 11, type_name=".t.Feature")
    field(features, "feature", 1, 11, type_name=".t.Features.FeatureEntry", repeated=True)
    lists = message("FeatureLists")
    entry = message("FeatureListEntry", lists)
    entry.options.map_entry = True
    field(entry, "key", 1, 9)
    field(entry, "value", 2, 11, type_name=".t.FeatureList")
    field(message("FeatureList"), "feature", 1, 11, type_name=".t.Feature", repeated=True)
    to = ".t.FeatureLists.FeatureListEntry"
    field(lists, "feature_list", 1, 11, type_name=to, repeated=True)
    field(message("Example"), "features", 1, 11, type_name=".t.Features")
    sequence = message("SequenceExample")
    field(sequence, "context", 1, 11, type_name=".t.Features")
    field(sequence, "feature_lists", 2, 11, type_name=".t.FeatureLists")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"t.{message_name}"))


def fill(feature: Any, values: list[Any]) -> None:
    kind = {bytes: "bytes_list", float: "float_list", int: "int64_list"}[type(values[0])]
    getattr(feature, kind).value.extend(values)


def make_example(features: dict[str, Any]) -> bytes:
    example = message_class("Example")()
    for name, values in features.items():
        fill(example.features.feature[name], values)
    return example.SerializeToString()


def make_sequence(context: dict[str, Any], lists: dict[str, list[Any]]) -> bytes:
    example = message_class("SequenceExample")()
    for name, values in context.items():
        fill(example.context.feature[name], values)
    for name, steps in lists.items():
        listed = example.feature_lists.feature_list[name]
        for values in steps:
            fill(listed.feature.add(), values)
    return example.SerializeToString()


def write_records(path: Path, contents: list[bytes]) -> None:
    """By TensorBoard, which writes its events in this format."""
    module = pytest.importorskip("tensorboard.summary.writer.record_writer")
    with path.open("wb") as file:
        writer = module.RecordWriter(file)
        for content in contents:
            writer.write(content)
        writer.flush()


def write_tfrecord(path: Path) -> None:
    pytest.importorskip("google_crc32c")
    columns = zip(NUMBERS.tolist(), SHARES.tolist(), NAMES, PICTURES, strict=True)
    write_records(
        path,
        [
            make_example(
                {"number": [n], "share": [s, 2 * s], "name": [t.encode()], "image": [png(i)]}
            )
            for n, s, t, i in columns
        ],
    )
    if path.suffix in COMPRESSORS:
        path.write_bytes(COMPRESSORS[path.suffix](path.read_bytes()))


def write_gif(path: Path) -> None:
    module = pytest.importorskip("PIL.Image")
    first, *rest = (module.fromarray(np.full((4, 5, 3), 30 * i, np.uint8)) for i in range(COUNT))
    first.save(path, save_all=True, append_images=rest, duration=10)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.json": write_json,
    "a.yaml": write_yaml,
    "a.csv": write_csv,
    "a.tsv": write_csv,
    "a.npy": write_npy,
    "a.npz": write_npz,
    "a.pkl": write_pickle,
    "a.h5": write_hdf5,
    "a.lmdb": write_lmdb,
    "folder": write_lmdb,
    "a.parquet": write_parquet,
    "a.tfrecord": write_tfrecord,
    "a.tfrecord.gz": write_tfrecord,
    "a.tfrecords.zlib": write_tfrecord,
    "a.gif": write_gif,
}


@pytest.fixture(params=WRITERS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of each format, with the same samples."""
    place = tmp_path / request.param
    WRITERS[request.param](place)
    return place


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the samples under a name whose ending says how."""

    def to(name: str) -> Path:
        place = tmp_path / name
        WRITERS[name](place)
        return place

    return to


@pytest.fixture
def expected() -> dict[str, Any]:
    """What was written, by the names of fields."""
    return {"number": NUMBERS, "share": SHARES, "name": NAMES, "image": PICTURES}


@pytest.fixture
def as_example() -> Callable[[dict[str, Any]], bytes]:
    """Makes a ``tf.train.Example`` with Protocol Buffers' own library."""
    return make_example


@pytest.fixture
def as_sequence() -> Callable[[dict[str, Any], dict[str, list[Any]]], bytes]:
    """Makes a ``tf.train.SequenceExample`` of its context and its lists of features."""
    return make_sequence


@pytest.fixture
def save_records() -> Callable[[Path, list[bytes]], None]:
    """Writes a TFRecord file with TensorBoard."""
    return write_records
