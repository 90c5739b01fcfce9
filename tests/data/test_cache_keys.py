"""Chains that do different things have different keys; the same chain has the same, anywhere."""

import base64
import datetime
import functools
import gzip
import io
import json
import linecache
import operator
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from labwork import data
from labwork.core import ConfigError
from labwork.data import (
    ArrayDataset,
    Dataset,
    FolderDataset,
    FunctionDataset,
    PackedDataset,
    Record,
    SequenceDataset,
    ViewDataset,
    datasets,
    save_folder,
)
from labwork.data._caches import fingerprint
from labwork.data.datasets import ImageFolder, TwoMoons, WhiteNoise

FACTOR, OTHER_FACTOR = 2, 3
LOCK = threading.Lock()
TABLES = SimpleNamespace(gain=[1, 2])


def scaled(value: Any) -> Any:
    return value * FACTOR


def scaled_otherwise(value: Any) -> Any:
    return value * OTHER_FACTOR


def scaled_twice(value: Any) -> Any:
    return scaled(scaled(value))


def scaled_twice_otherwise(value: Any) -> Any:
    return scaled_otherwise(scaled(value))


def times(factor: Any) -> Callable[[Any], Any]:
    def multiplied(value: Any) -> Any:
        return value * factor

    return multiplied


def wrapping(function: Callable[[Any], Any], extra: Any) -> Callable[[Any], Any]:
    @functools.wraps(function)
    def wrapped(value: Any) -> Any:
        return function(value) + extra

    return wrapped


def falls_back(value: Any) -> Any:
    try:
        return value[0]
    except IndexError:
        return value


def falls_back_otherwise(value: Any) -> Any:
    try:
        return value[0]
    except TypeError:
        return value


class Scale:
    offset = 0

    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def __call__(self, value: Any) -> Any:
        return value * self.factor + self.offset

    def half(self, value: Any) -> Any:
        return value * self.factor / 2


class ShiftedScale(Scale):
    offset = 1


@dataclass(frozen=True)
class Power:
    exponent: int = 2

    def __call__(self, value: Any) -> Any:
        return value**self.exponent


Pair = namedtuple("Pair", "a b")


def linear(weight: float) -> nn.Module:
    layer = nn.Linear(1, 1)
    with torch.no_grad():
        layer.weight.fill_(weight)
        layer.bias.fill_(0)
    return layer


# Each does something else, or at least is written differently.
FUNCTIONS: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "constant": lambda: lambda x: x + 1,
    "other constant": lambda: lambda x: x + 2,
    "constant of another type": lambda: lambda x: x + 1.0,
    "true": lambda: lambda x: x + True,
    "negative zero": lambda: lambda x: x + -0.0,
    "zero": lambda: lambda x: x + 0.0,
    "operation": lambda: lambda x: x - 1,
    "text": lambda: lambda x: "a",
    "other text": lambda: lambda x: "b",
    "set": lambda: lambda x: x in {1, 2},
    "other set": lambda: lambda x: x in {1, 3},
    "default": lambda: lambda x, y=1: x + y,
    "other default": lambda: lambda x, y=2: x + y,
    "default of a keyword": lambda: lambda x, *, y=1: x + y,
    "other default of a keyword": lambda: lambda x, *, y=2: x + y,
    "closure": lambda: times(2),
    "other closure": lambda: times(3),
    "closure over a float": lambda: times(2.0),
    "closure over a tensor": lambda: times(torch.tensor([2])),
    "closure over another tensor": lambda: times(torch.tensor([3])),
    "closure over a tensor of another type": lambda: times(torch.tensor([2.0])),
    "closure over a tensor of another shape": lambda: times(torch.tensor([[2]])),
    "closure over half precision": lambda: times(torch.tensor([2], dtype=torch.bfloat16)),
    "closure over an array": lambda: times(np.arange(4)),
    "closure over another array": lambda: times(np.arange(4)[::-1]),
    "closure over an array of objects": lambda: times(np.array([1, "a"], object)),
    "closure over a list": lambda: times([1, 2]),
    "closure over a tuple": lambda: times((1, 2)),
    "closure over a dictionary": lambda: times({"a": 1, "b": 2}),
    "closure over another order": lambda: times({"b": 2, "a": 1}),
    "closure over a set": lambda: times({"a", "b", "c"}),
    "closure over a path": lambda: times(Path("a")),
    "closure over a pattern": lambda: times(re.compile("a")),
    "closure over another pattern": lambda: times(re.compile("a", re.IGNORECASE)),
    "closure over a named tuple": lambda: times(Pair(1, 2)),
    "global": lambda: scaled,
    "other global": lambda: scaled_otherwise,
    "function that it calls": lambda: scaled_twice,
    "other function that it calls": lambda: scaled_twice_otherwise,
    "attribute of a global": lambda: lambda x: x * TABLES.gain[0],
    "nested lambda": lambda: lambda x: (lambda y: y + 1)(x),
    "other nested lambda": lambda: lambda x: (lambda y: y + 2)(x),
    "comprehension": lambda: lambda x: [y + 1 for y in x],
    "other comprehension": lambda: lambda x: [y + 2 for y in x],
    "exception": lambda: falls_back,
    "other exception": lambda: falls_back_otherwise,
    "wrapper": lambda: wrapping(scaled, 1),
    "other wrapper": lambda: wrapping(scaled, 2),
    "wrapper of another one": lambda: wrapping(scaled_otherwise, 1),
    "library's wrapper": lambda: torch.no_grad()(times(2)),
    "library's other wrapper": lambda: torch.enable_grad()(times(2)),
    "library's wrapper of another one": lambda: torch.no_grad()(times(3)),
    "remembering": lambda: functools.lru_cache(times(2)),
    "remembering another one": lambda: functools.lru_cache(times(3)),
    "partial": lambda: functools.partial(operator.mul, 2),
    "other partial": lambda: functools.partial(operator.mul, 3),
    "partial of another function": lambda: functools.partial(operator.add, 2),
    "partial with keywords": lambda: functools.partial(torch.mul, other=2),
    "partial with other keywords": lambda: functools.partial(torch.mul, other=3),
    "object": lambda: Scale(2),
    "object with other state": lambda: Scale(3),
    "object of a subclass": lambda: ShiftedScale(2),
    "its method": lambda: Scale(2).half,
    "method of another object": lambda: Scale(3).half,
    "data class": lambda: Power(),
    "other data class": lambda: Power(3),
    "module": lambda: linear(1.0),
    "module with other parameters": lambda: linear(2.0),
    "module that evaluates": lambda: linear(1.0).eval(),
    "modules": lambda: nn.Sequential(linear(1.0), nn.ReLU()),
    "other modules": lambda: nn.Sequential(linear(1.0), nn.GELU()),
    "built-in": lambda: abs,
    "other built-in": lambda: operator.neg,
    "method of a built-in": lambda: [1, 2].index,
    "method of another built-in": lambda: [1, 3].index,
    "descriptor": lambda: torch.Tensor.neg,
    "torch": lambda: torch.relu,
    "torch's functional": lambda: functional.relu,
    "torch's choice": lambda: functional.max_pool2d,
    "numpy": lambda: np.negative,
    "numpy's": lambda: np.concatenate,
    "item": lambda: operator.itemgetter(0),
    "other item": lambda: operator.itemgetter(1),
    "class": lambda: Scale,
    "other class": lambda: ShiftedScale,
    "closure over a dataset": lambda: times(TwoMoons("val")),
    "closure over another dataset": lambda: times(TwoMoons("val", seed=1)),
}
CHAINS: dict[str, Callable[[Dataset], Dataset]] = {
    "nothing": lambda ds: ds,
    "[1:]": lambda ds: ds[1:],
    "[2:]": lambda ds: ds[2:],
    "[[3, 1]]": lambda ds: ds[[3, 1]],
    "permute": lambda ds: ds.permute(1),
    "permute otherwise": lambda ds: ds.permute(2),
    "sample": lambda ds: ds.sample(3, seed=1),
    "repeat": lambda ds: ds.repeat(2),
    "join": lambda ds: ds + ds,
    "join another": lambda ds: ds + ds[1:],
    "zip": lambda ds: ds.zip(ArrayDataset(y=range(len(ds)))),
    "zip with another": lambda ds: ds.zip(ArrayDataset(y=range(1, len(ds) + 1))),
    "batch": lambda ds: ds.batch(2),
    "batch otherwise": lambda ds: ds.batch(3),
    "append_labels": lambda ds: ds.append_labels({"more": range(len(ds))}),
    "append other labels": lambda ds: ds.append_labels({"more": range(1, len(ds) + 1)}),
    "append labels of another name": lambda ds: ds.append_labels({"less": range(len(ds))}),
    "filter_fields": lambda ds: ds.filter_fields(["x"]),
    "filter other fields": lambda ds: ds.filter_fields(["label"]),
    "map": lambda ds: ds.map(scaled),
    "map_unpack": lambda ds: ds.map_unpack(scaled),
    "map_fields": lambda ds: ds.map_fields(x=scaled),
    "map_fields of another": lambda ds: ds.map_fields(label=scaled),
    "two maps": lambda ds: ds.map(scaled).map(scaled),
    "map with a name": lambda ds: ds.map(scaled, name="scaled"),
    "map with another name": lambda ds: ds.map(scaled, name="other"),
    "expand": lambda ds: ds.expand(),
}


def source() -> Dataset:
    return ArrayDataset(x=torch.arange(6), label=[0, 1, 0, 1, 0, 1])


def test_different_functions_have_different_keys():
    keys = {name: fingerprint(source().map(make())) for name, make in FUNCTIONS.items()}
    assert len(set(keys.values())) == len(FUNCTIONS) > 40


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_function_made_twice_has_one_key(name: str):
    assert fingerprint(FUNCTIONS[name]()) == fingerprint(FUNCTIONS[name]())


def test_different_chains_have_different_keys():
    keys = {name: fingerprint(change(source())) for name, change in CHAINS.items()}
    assert len(set(keys.values())) == len(CHAINS)
    again = {name: fingerprint(change(source())) for name, change in CHAINS.items()}
    assert again == keys


def test_lambdas_on_one_line_are_told_apart():
    one, other = (lambda x: x + FACTOR), (lambda x: x + OTHER_FACTOR)
    assert fingerprint(one) != fingerprint(other)


def test_use_changes_no_key():
    function = FUNCTIONS["function that it calls"]()
    before = fingerprint(function)
    for value in range(1000):  # the interpreter rewrites what runs often
        function(value)
    assert fingerprint(function) == before


def test_the_value_of_a_global_counts(monkeypatch: pytest.MonkeyPatch):
    keys = {fingerprint(f) for f in (scaled, scaled_twice)}
    monkeypatch.setitem(globals(), "FACTOR", 5)
    assert keys.isdisjoint(fingerprint(f) for f in (scaled, scaled_twice))


def test_names_of_attributes_are_no_globals(monkeypatch: pytest.MonkeyPatch):
    def reads_attribute(value: Any) -> Any:
        return value.FACTOR

    before = fingerprint(reads_attribute)
    monkeypatch.setitem(globals(), "FACTOR", 5)
    assert fingerprint(reads_attribute) == before


def test_long_chains_and_deep_data_have_keys():
    chain, nested = source(), []
    for number in range(2000):
        chain, nested = chain.map(times(number)), [nested]
    assert fingerprint(chain) != fingerprint(chain.map(scaled))
    assert fingerprint(nested) != fingerprint([nested])
    nested.append(nested)
    assert len(fingerprint(nested)) == 40


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers() | st.text(max_size=2), max_size=3)
    ),
    max_leaves=6,
)


def written(value: Any) -> str:
    """What tells plain values apart, and sets by what they hold."""
    if isinstance(value, frozenset):
        return f"set {sorted(map(written, value))}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[written(item) for item in value]}"
    if isinstance(value, dict):
        return f"dict {[(written(k), written(v)) for k, v in value.items()]}"
    return f"{type(value).__name__} {value!r}"


@given(plain, plain)
def test_keys_of_plain_data_are_equal_where_the_data_are(one: Any, other: Any):
    assert (fingerprint(one) == fingerprint(other)) == (written(one) == written(other))
    assert fingerprint(times(one)) == fingerprint(times(one))


UNKNOWN: dict[str, tuple[Callable[[], Any], str]] = {
    "lock": (lambda: lambda x: LOCK, r"the global 'LOCK' of .*<lambda>\(\) is a _thread.lock"),
    "deep": (lambda: wrapping(times(LOCK), 1), "closure variable 'factor' of .*multiplied"),
    "generator": (lambda: times(np.random.default_rng(0)), "gives other numbers each time"),
    "random": (lambda: times(random.Random(0)), "gives other numbers each time"),
    "torch's generator": (lambda: times(torch.Generator()), "gives other numbers each time"),
    "iterator": (lambda: times(iter([1])), "moves on with each use"),
    "counter": (lambda: times(count()), "moves on with each use"),
    "sparse": (lambda: times(torch.eye(2).to_sparse()), "holds no plain numbers"),
    "eval": (lambda: lambda x: eval("x"), "calls eval"),
    "globals": (lambda: lambda x: globals()[x], "calls globals"),
    "nameless": (lambda: np.frompyfunc(lambda x: x + 1, 1, 1), "is in no module under its name"),
    "state": (lambda: Scale(LOCK), "the content of a .*Scale is a _thread.lock"),
}


def importing_inside(value: Any) -> Any:
    import os as system
    from datetime import datetime as moment

    return [system.environ[name] for name in value] or moment(1, 1, 1)


def importing_name(value: Any) -> Any:
    from time import time

    return value * time()


def importing_class(value: Any) -> Any:
    from datetime import datetime as moment

    return (lambda: moment.now())() if value else 0


def importing_what_is_not_loaded(value: Any) -> Any:
    import sqlite3

    return sqlite3.connect(value)


def importing_as_a_whole(value: Any) -> Any:
    import os

    return getattr(os, value)


def importing_for_paths(value: Any) -> Any:
    import os
    from os import path

    return path.join(value, os.sep)  # noqa: PTH118


def around(module: Any) -> Callable[[Any], Any]:
    return lambda x: module.environ[x]


class Reading:
    def __call__(self, path: Any) -> Any:
        return self.opened(path)

    def opened(self, path: Any) -> Any:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()


OUTSIDE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "environment": (lambda x: os.environ["K"], "os.environ"),
    "environment by a function": (lambda x: os.getenv("K"), "os.getenv"),
    "environment in a comprehension": (lambda x: [os.environ[k] for k in x], "os.environ"),
    "environment as a value": (times(os.environ), "os.environ"),
    "module in a closure": (around(os), "os.environ"),
    "import inside": (importing_inside, "os.environ"),
    "name imported inside": (importing_name, "time.time"),
    "class imported inside": (importing_class, "datetime.datetime.now"),
    "module that isn't loaded": (importing_what_is_not_loaded, "sqlite3.connect"),
    "module as a value": (lambda x: getattr(os, x), "all of os"),
    "imported module as a value": (importing_as_a_whole, "all of os"),
    "path that is opened": (lambda x: Path(x).open().read(), "open"),  # noqa: SIM115
    "modules": (lambda x: sys.modules[x], "sys.modules"),
    "arguments": (lambda x: sys.argv[x], "sys.argv"),
    "file": (lambda x: open(x).read(), "open"),  # noqa: PTH123, SIM115
    "path": (lambda x: x.read_text(), "read_text"),
    "path's method": (lambda x: Path.open(x), "pathlib.Path.open"),
    "NumPy's file": (lambda x: np.load(x), "numpy.load"),
    "torch's file": (lambda x: torch.load(x), "torch.load"),
    "whether there is a file": (lambda x: os.path.exists(x), "os.path.exists"),  # noqa: PTH110
    "clock": (lambda x: time.time(), "time.time"),
    "other clock": (functools.partial(time.sleep, time.perf_counter), "time.perf_counter"),
    "date": (lambda x: datetime.datetime.now(), "datetime.datetime.now"),
    "process": (lambda x: subprocess.run(x, check=True), "subprocess.run"),
    "network": (lambda x: socket.create_connection(x), "socket.create_connection"),
    "entropy": (lambda x: os.urandom(x), "os.urandom"),
    "method that opens": (Reading(), "open"),
    "function that it calls": (wrapping(lambda x: os.environ[x], 1), "os.environ"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_reads_the_outside_needs_a_name(name: str, data_folder: Path):
    function, told = OUTSIDE[name]
    with pytest.raises(ConfigError, match=rf" is {told}, which may give something else next time"):
        fingerprint(source().map(function))
    with pytest.raises(ConfigError, match="give a name to the cache"):
        source().map(function).info_cache_hdd(length=len)
    with pytest.raises(ConfigError, match="give a name to the cache"):
        source().info_cache_hdd(fact=function)
    assert len(fingerprint(source().map(function, name="mine"))) == 40


def importing_what_reads(value: Any) -> Any:
    import tarfile as archives

    return archives.open(value)


def importing_a_reader(value: Any) -> Any:
    from wave import open as opens

    return opens(value)


def importing_a_package(value: Any) -> Any:
    import xml.etree.ElementTree

    return xml.etree.ElementTree.parse(value)


def by_default(value: Any, module: Any = np) -> Any:
    return module.load(value)


def by_variable(value: Any) -> Any:
    module = torch.hub
    return module.load(value)


def reading_inside(value: Any) -> Any:
    def inner(path: Any) -> Any:
        return PackedDataset(path)

    return inner(value)


class OwnPacked(PackedDataset):
    """A user's kind of packed data."""


class Holding:
    def __init__(self, held: Any) -> None:
        self.held = held

    def __call__(self, value: Any) -> Any:
        return self.held(value)


# What reads files, the network or the device by way of libraries, each in another way.
READERS: dict[str, Any] = {
    "packed": lambda x: PackedDataset(x)[0],
    "packed by its door": lambda x: data.PackedDataset(x)[0],
    "packed by a class of one's own": lambda x: OwnPacked(x)[0],
    "packed by an inner function": reading_inside,
    "packed by a part": functools.partial(PackedDataset, min_size=3),
    "folder": lambda x: FolderDataset(x)[0],
    "data set": lambda x: datasets.ImageFolder(root=x),
    "reader": lambda x: data.read(x),
    "writer": lambda x: save_folder(x, "a"),
    "open_memmap": lambda x: np.lib.format.open_memmap(x),
    "read_array": lambda x: np.lib.format.read_array(x),
    "memmap": lambda x: np.memmap(x),
    "fromregex": lambda x: np.fromregex(x, "a", "i"),
    "records": lambda x: np.rec.fromfile(x),
    "library": lambda x: np.ctypeslib.load_library(x, "."),
    "jit": lambda x: torch.jit.load(x),
    "hub": lambda x: torch.hub.load(x, "a"),
    "storage": lambda x: torch.UntypedStorage.from_file(x),
    "export": lambda x: torch.export.load(x),
    "operators": lambda x: torch.ops.load_library(x),
    "device": lambda x: torch.cuda.is_available(),
    "archive": importing_what_reads,
    "sound": importing_a_reader,
    "tree": importing_a_package,
    "module as a default": by_default,
    "module as a variable": by_variable,
    "module in an object": Holding(np),
    "reader in an object": Holding(torch.jit.load),
    "reader in a list": times([np.load]),
    "any member": lambda x: getattr(np, x),
    "line": lambda x: linecache.getline(x, 1),
    "compressed": lambda x: gzip.open(x),  # noqa: SIM115
    "temporary": lambda x: tempfile.mkdtemp(),
}
LIBRARY_READERS = [
    *("scipy.io.loadmat", "scipy.io.wavfile.read", "scipy.io.mmread", "scipy.sparse.load_npz"),
    *("cv2.FileStorage", "cv2.imread", "cv2.imreadmulti", "cv2.VideoCapture", "cv2.dnn.readNet"),
    *("pyarrow.parquet.read_table", "pyarrow.memory_map", "pyarrow.OSFile", "h5py.File"),
    *("lmdb.open", "tifffile.imread", "PIL.Image.open", "PIL.ImageFont.truetype"),
    *("sklearn.datasets.load_svmlight_file", "safetensors.torch.load_file", "yaml.safe_load"),
    *("pandas.read_csv", "torchvision.io.read_image", "requests.get", "imageio.v3.imread"),
]


@pytest.mark.parametrize("name", READERS)
def test_what_reads_by_libraries_needs_a_name(name: str):
    with pytest.raises(ConfigError, match=r"which may give something else next time; give a name"):
        fingerprint(source().map(READERS[name]))


@pytest.mark.parametrize("path", LIBRARY_READERS)
def test_what_reads_by_other_libraries_needs_a_name(path: str):
    module = pytest.importorskip(path.rpartition(".")[0])
    reader = getattr(module, path.rpartition(".")[2])
    for function in (lambda x: reader(x), lambda x: getattr(module, x), Holding(reader)):
        with pytest.raises(ConfigError, match=r"may give something else next time"):
            fingerprint(source().map(function))


class Blurring(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1))

    @torch.no_grad()
    def forward(self, value: Any) -> Any:
        return functional.interpolate(functional.relu(self.layers(value)), scale_factor=2)


def with_opencv(value: Any) -> Any:
    import cv2

    small = cv2.resize(value, (2, 2), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), (3, 3), 0)
    return cv2.imdecode(blurred, cv2.IMREAD_COLOR), cv2.createCLAHE().apply(cv2.Canny(value, 1, 2))


def with_scipy(value: Any) -> Any:
    from scipy import ndimage, signal, special, stats

    found = ndimage.gaussian_filter(ndimage.zoom(value, 2), 1)
    return signal.convolve(found, special.expit(found)), stats.norm.pdf(value)


def with_pillow(value: Any) -> Any:
    from PIL import Image, ImageFilter, ImageOps

    turned = Image.fromarray(value).resize((2, 2), Image.Resampling.BILINEAR).rotate(3)
    return np.asarray(ImageOps.flip(turned).filter(ImageFilter.GaussianBlur(2)))


# What most maps are made of.
PURE: dict[str, Any] = {
    "tensors": lambda x: torch.stack([torch.einsum("i->", x), torch.linalg.norm(x), torch.rand(2)]),
    "more tensors": lambda x: torch.fft.fft2(torch.as_tensor(x, dtype=torch.float32).clamp(0, 1)),
    "functional": lambda x: functional.one_hot(functional.max_pool2d(x, 2), num_classes=3),
    "vmap": lambda x: torch.vmap(torch.sin)(x) + torch.func.grad(torch.sin)(x),
    "distribution": lambda x: torch.distributions.Normal(0, 1).log_prob(x),
    "collate": lambda x: torch.utils.data.default_collate(x),
    "module": Blurring(),
    "layers": nn.Sequential(nn.Flatten(), nn.Linear(1, 1), nn.Softmax(-1)),
    "arrays": lambda x: np.stack(
        [np.pad(x, 1), np.fft.fft2(x), np.linalg.norm(x), np.r_[1, np.pi]]
    ),
    "more arrays": lambda x: np.lib.stride_tricks.sliding_window_view(np.float32(x), 3),
    "generator": lambda x: np.random.default_rng(int(x)).normal(),
    "OpenCV": with_opencv,
    "SciPy": with_scipy,
    "Pillow": with_pillow,
    "record": lambda r: Record(a=r.a, b_=lambda: r.b).join(Record(c=1)),
    "own dataset": lambda x: TwoMoons("val")[0],
    "text": lambda x: (re.sub("a", "b", x), json.loads(x), base64.b64decode(x), x.upper()),
    "bytes": lambda x: np.frombuffer(zlib.decompress(io.BytesIO(x).getvalue()), np.uint8),
    "paths": lambda x: (Path(x).stem, os.path.splitext(x), os.path.basename(x)),  # noqa: PTH119, PTH122
    "tables": lambda x: {"relu": torch.relu, "neg": np.negative}[x],
    "composed": functools.partial(functools.reduce, lambda value, f: f(value), [torch.relu, abs]),
    "itemgetter": operator.itemgetter("a"),
}


@pytest.mark.parametrize("name", PURE)
def test_what_only_computes_needs_no_name(name: str):
    if name in ("OpenCV", "SciPy", "Pillow"):
        pytest.importorskip({"OpenCV": "cv2", "SciPy": "scipy", "Pillow": "PIL"}[name])
    assert fingerprint(source().map(PURE[name])) == fingerprint(source().map(PURE[name]))


INSIDE: dict[str, Callable[[Any], Any]] = {
    "paths": lambda x: os.path.join(Path(x), os.sep),  # noqa: PTH118
    "paths of a module imported inside": importing_for_paths,
    "a path in a closure": times(Path("a")),
    "random numbers": lambda x: x + torch.rand(2) + np.random.rand() + random.random(),  # noqa: NPY002
    "waiting": lambda x: time.sleep(x),
    "dates": lambda x: datetime.datetime(2000, 1, x).strftime("%Y"),
    "libraries": lambda x: functional.relu(torch.tensor(np.array(x))),
}


@pytest.mark.parametrize("name", INSIDE)
def test_what_reads_nothing_from_outside_needs_no_name(name: str):
    assert len(fingerprint(source().map(INSIDE[name]))) == 40


class Files(Dataset):
    """Reads files, and says which."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, index: int) -> Record:
        return Record(x=opened(self._paths[index]))

    def identity(self) -> Any:
        return [(str(path), os.stat(path).st_mtime_ns) for path in self._paths]  # noqa: PTH116

    def __repr__(self) -> str:
        return "Files()"


def opened(path: Any) -> Any:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def test_datasets_that_say_what_they_are_may_read_files(tmp_path: Path):
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.touch()
    files = Files(paths)
    before = fingerprint(files.map(scaled))
    assert fingerprint(Files(paths).map(scaled)) == before
    os.utime(paths[0], (1, 1))
    assert fingerprint(files.map(scaled)) != before
    with pytest.raises(ConfigError, match=r"the global 'open' of opened\(\) is open"):
        fingerprint(files.map(opened))


class PhotosByName(ImageFolder):
    def get(self, index: int) -> Record:
        return Record(x=opened(str(index)))


def test_datasets_that_say_nothing_of_their_own_may_not(tmp_path: Path):
    from PIL import Image

    (tmp_path / "cat").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "1.png")
    with pytest.raises(ConfigError, match="is open, which may give something else"):
        fingerprint(PhotosByName(root=tmp_path))


def test_what_users_put_into_libraries_counts(monkeypatch: pytest.MonkeyPatch):
    def calls(value: Any) -> Any:
        return functional.relu(value)

    def calls_imported(value: Any) -> Any:
        import torch.nn.functional as other

        return other.relu(value)

    def keys() -> list[str]:
        return [fingerprint(calls), fingerprint(calls_imported)]

    found = [keys()]
    for patch in (scaled, scaled_otherwise):
        monkeypatch.setattr(functional, "relu", patch)
        found.append(keys())
    assert len({key for pair in found for key in pair}) == 6
    monkeypatch.undo()
    assert keys() == found[0]


class Hiding:
    def __init__(self, seen: Any, hidden: Any) -> None:
        self.seen, self.hidden = seen, hidden


class HidingState(Hiding):
    def __getstate__(self) -> Any:
        return {"seen": self.seen}


class HidingInReduce(Hiding):
    def __reduce__(self) -> Any:
        return type(self), (self.seen, None)


class HidingSlots:
    __slots__ = ("__hidden", "seen")

    def __init__(self, seen: Any, hidden: Any) -> None:
        self.seen, self.__hidden = seen, hidden

    def __getstate__(self) -> Any:
        return {"seen": self.seen}


@pytest.mark.parametrize("kind", [Hiding, HidingState, HidingInReduce, HidingSlots])
def test_state_that_copies_lack_counts(kind: Any):
    assert fingerprint(kind(1, 2)) == fingerprint(kind(1, 2))
    assert len({fingerprint(kind(1, hidden)) for hidden in (2, 3, "a", None)}) == 4
    with pytest.raises(ConfigError, match=f"the content of a .*{kind.__name__} is a _thread.lock"):
        fingerprint(kind(1, [LOCK]))


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_known_needs_a_name(name: str):
    make, message = UNKNOWN[name]
    with pytest.raises(ConfigError, match=message) as caught:
        fingerprint(source().map(make()))
    assert "cache_hdd(name='…')" in str(caught.value)
    assert len(fingerprint(source().map(make(), name="mine"))) == 40


MODULES = {
    "helpers": "GAIN = 2\n\ndef gain(x):\n    return x * GAIN\n\ndef unused(x):\n    return x\n",
    "package/__init__": "",
    "package/deep": "from helpers import gain\n",
    "test": "def tested(x):\n    from helpers import gain\n    return -gain(x)\n",
    "chain": "import helpers\nimport helpers as other\nfrom helpers import gain\n\n"
    "def direct(x):\n    return gain(x)\n\n"
    "def by_module(x):\n    return helpers.gain(x)\n\n"
    "def inside(x):\n    from helpers import gain\n    return gain(x)\n\n"
    "def inside_whole(x):\n    import helpers\n    return helpers.gain(x)\n\n"
    "def inside_package(x):\n    from package import deep\n    return deep.gain(x)\n\n"
    "def inside_name(x):\n    import package.deep\n    return package.deep.gain(x)\n\n"
    "def as_value(x):\n    return getattr(helpers, 'gain')(x)\n\n"
    "class Whole:\n    def __call__(self, x):\n        return self.helped(x)\n"
    "    def helped(self, x):\n        return other.gain(x) + len({'a', 'b'} & {x})\n",
    "keys": "import chain\nimport test\nfrom labwork.data._caches import fingerprint\n"
    "names = ['direct', 'by_module', 'inside', 'inside_package', 'inside_name']\n"
    "few = [getattr(chain, name) for name in names]\n"
    "whole = [chain.inside_whole, chain.as_value]\n"
    "print(*map(fingerprint, [*few, chain.Whole(), test.tested, *whole]))\n",
}


def keys_of_files(folder: Path, hash_seed: int = 0, **replaced: str) -> list[str]:
    """The keys that a new process finds for functions in files."""
    (folder / "package").mkdir(parents=True, exist_ok=True)
    for name, text in {**MODULES, **replaced}.items():
        (folder / f"{name}.py").write_text(text)
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, str(folder / "keys.py")]
    return subprocess.check_output(command, env=environment, text=True).split()


@pytest.mark.slow
def test_keys_are_those_of_the_code_in_any_process(tmp_path: Path):
    first = keys_of_files(tmp_path / "one", hash_seed=1)
    assert len(set(first)) == len(first) == 9
    moved = {"chain": "# moved\n\n\n" + MODULES["chain"]}
    assert keys_of_files(tmp_path / "two", hash_seed=2, **moved) == first
    changed = {"helpers": MODULES["helpers"].replace("GAIN = 2", "GAIN = 3")}
    assert set(first).isdisjoint(keys_of_files(tmp_path / "one", **changed))
    elsewhere = {"helpers": MODULES["helpers"].replace("return x\n", "return -x\n")}
    same = [
        a == b for a, b in zip(first, keys_of_files(tmp_path / "one", **elsewhere), strict=True)
    ]
    # A module that is used as a value counts as a whole.
    assert same == 7 * [True] + 2 * [False]


class Numbers(Dataset):
    def __init__(self, most: int) -> None:
        self.most = most

    def __len__(self) -> int:
        return 3

    def get(self, index: int) -> Record:
        return Record(x=min(index, self.most))

    def __repr__(self) -> str:
        return f"Numbers({self.most})"


class KnownNumbers(Numbers):
    def identity(self) -> Any:
        return self.most


class MoreNumbers(KnownNumbers):
    def __init__(self, most: int, more: Any) -> None:
        super().__init__(most)
        self.more = more


def test_published_datasets_say_what_makes_them():
    published = [getattr(door, name) for door in (data, datasets) for name in door.__all__]
    kinds = [k for k in published if isinstance(k, type) and issubclass(k, Dataset)]
    silent = [k for k in kinds if k.identity is Dataset.identity and k is not Dataset]
    assert len(kinds) > 20
    assert silent == []


def test_own_datasets_say_what_makes_them():
    with pytest.raises(ConfigError, match=r"Numbers doesn't say .* define its identity\(\)"):
        fingerprint(Numbers(1).map(scaled))
    kinds = [KnownNumbers(1), KnownNumbers(2), MoreNumbers(1, 1), MoreNumbers(1, 2)]
    assert len({fingerprint(dataset) for dataset in kinds}) == 4
    with pytest.raises(ConfigError, match=r"MoreNumbers\.more is a _thread.lock"):
        fingerprint(MoreNumbers(1, LOCK))


def test_sources_are_known_by_what_they_hold(tmp_path: Path):
    from PIL import Image

    def photos() -> str:
        return fingerprint(ImageFolder(root=tmp_path))

    def folder(name: str, value: int) -> Dataset:
        save_folder(ArrayDataset(x=[value]), tmp_path.parent / name)
        return FolderDataset(tmp_path.parent / name)

    (tmp_path / "cat").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "1.png")
    before = photos()
    assert photos() == before
    os.utime(tmp_path / "cat" / "1.png", (1, 1))
    after = photos()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "2.png")
    assert len({before, after, photos()}) == 3
    assert fingerprint(folder("one", 1)) == fingerprint(folder("again", 1))
    assert fingerprint(folder("other", 2)) != fingerprint(FolderDataset(tmp_path.parent / "one"))
    frames = ArrayDataset(frame=[0, 1, 2, 3])
    kinds = [
        *(SequenceDataset(frames, n, video=None, stride=s) for n, s in ((2, 1), (2, 2), (3, 1))),
        *(ViewDataset(frames, {name: rows}) for name in "ab" for rows in ([0, 1], [1, 0])),
        *(ArrayDataset(x=[1]), ArrayDataset(x=[2]), ArrayDataset(y=[1]), ArrayDataset(x=[1.0])),
        *(FunctionDataset(times(1), 3), FunctionDataset(times(2), 3), FunctionDataset(times(1), 4)),
        *(TwoMoons("val"), TwoMoons("train"), TwoMoons("val", noise=0.2), WhiteNoise(length=4)),
    ]
    assert len({fingerprint(dataset) for dataset in kinds}) == len(kinds)
