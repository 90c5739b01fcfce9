"""File lists: what they may say, and what is told of those that say something else."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import ConfigError
from labwork.data import PackedDataset, pack
from labwork.data._packing._cell_types import cell_type, guessed_type
from labwork.data.datasets._files import read_image

TEN = [f"{i}.jpg,{i}" for i in range(10)]


def packed(path: Path, **options: object) -> PackedDataset:
    return pack(path, path.with_name("packed.npz"), **{"worker_count": 0, **options})


@pytest.mark.parametrize("encode", ["jpeg", "PNG", "raw"])
@pytest.mark.parametrize("suffix", [".hdf5", ".npz"])
def test_photos_come_out_as_they_are(photos: Path, file_list, encode: str, suffix: str):
    path = file_list("image,label", *TEN)
    ten = pack(path, photos / f"a{suffix}", encode=encode, shards=3, worker_count=0)
    for i, record in enumerate(ten):
        assert record.keys() == ["image", "label"]
        assert torch.equal(record.image, read_image(photos / f"{i}.jpg"))
        assert record.label == torch.tensor(i)
    assert ten.labels["label"].tolist() == list(range(10))


def test_jpeg_files_that_need_no_change_stay_as_they_are(photos: Path, file_list):
    path = file_list("image,label", *TEN)
    columns: list = []
    as_is = pack(path, photos / "a.npz", worker_count=0)
    opened = PackedDataset(as_is.paths, fetch_f=lambda store, i: columns.append(store) or i)
    assert opened[3] == 3
    assert columns[0]["image"].encoded(3) == [(photos / "3.jpg").read_bytes()]
    smaller = pack(path, photos / "b.npz", quality=30, worker_count=0)
    assert smaller.paths[0].stat().st_size < as_is.paths[0].stat().st_size


@pytest.mark.parametrize("types", [["vuint8", "int8"], ["uint8", "int8"], ["int8"]])
def test_types_are_those_of_all_columns_or_all_but_the_first(file_list, types: list[str]):
    ten = packed(file_list("image,label", *TEN), dtypes=types)
    assert ten.labels["label"].dtype == np.int8


GUESSED = {
    "int64": [["1", "-2"], ["+1", "0"], ["", "7"], ["99999999999999999999"]],
    "float64": [["0.5", "1"], ["1e9"], [".5", "1."], ["nan", "-inf"], ["0", "0.0"]],
    "vint64": [["1,2", "3"], ["1,2", "", "3"]],
    "str": [["007", "8"], ["00"], ["1_000"], ["٣"], ["x", "1"], ["", " "], ["01.5"], ["1,"]],
}


@pytest.mark.parametrize(("word", "cells"), [(w, cells) for w in GUESSED for cells in GUESSED[w]])
def test_numbers_are_guessed_where_nothing_of_the_text_is_lost(word: str, cells: list[str]):
    assert str(guessed_type(cells)) == word


@pytest.mark.parametrize("cells", [["3", "", "5"], ["1.5", " ", "2"], ['"1,2"', "", "3"]])
def test_an_empty_cell_among_numbers_is_told_with_its_line(cells: list[str], file_list):
    rows = [f"{i}.jpg,{cell}" for i, cell in enumerate(cells)]
    path = file_list("image,l", *rows)
    with pytest.raises(
        ConfigError, match=r"list\.csv:3: l: the cell is empty, but .* (vint|vfloat)64"
    ):
        packed(path)
    assert packed(path, on_bad="skip").bad_count == 1
    meant = pack(path, path.with_name("b.npz"), dtypes=["vfloat64"], worker_count=0)
    assert [record.l.tolist() for record in meant][1] == []


def test_zeros_in_front_stay(file_list):
    path = file_list("image,code", "0.jpg,001", "1.jpg,02")
    assert [record.code for record in packed(path)] == ["001", "02"]
    assert pack(path, path.with_name("b.npz"), dtypes=["int64"], worker_count=0)[1].code == 2


def test_types_are_guessed(file_list):
    path = file_list("image,a,b,c,d,e", '0.jpg,1,0.5,x,"1,2","1,2"', '1.jpg,2,3,"y,z","3,4",5')
    one = packed(path)[1]
    assert one[["a", "b", "c"]].items() == [("a", 2), ("b", 3.0), ("c", "y,z")]
    assert one.a.dtype == torch.int64
    assert one.b.dtype == torch.float64
    assert one.d.tolist() == [3, 4]
    assert one.e.tolist() == [5]


def test_every_type_is_read(file_list):
    words = ["float16", "vfloat32", "bool", "vbool", "vstr", "str", "vuint16", "uint32", "vint64"]
    header = ",".join(["image", *words])
    row = '0.jpg,"0.5,1","1,2,3",true,"0,TRUE","a, b","a, ""b""","","7","-1"'
    one = packed(file_list(header, row), dtypes=words)[0]
    assert one.float16.tolist() == [0.5, 1]
    assert one.vfloat32.tolist() == [1, 2, 3]
    assert one.bool.item() is True
    assert one.vbool.tolist() == [False, True]
    assert one.vstr == ["a", "b"]
    assert one.str == 'a, "b"'
    assert one.vuint16.tolist() == []
    assert one.vuint16.dtype == torch.uint16
    assert one.uint32 == torch.tensor(7, dtype=torch.uint32)
    assert one.vint64.tolist() == [-1]


@pytest.mark.parametrize("encode", ["jpeg", "raw"])
def test_sequences(photos: Path, file_list, encode: str):
    path = file_list("clip,label", '"0.jpg, 1.jpg,2.jpg",2', "3.jpg,0")
    clips = packed(path, is_seq=True, encode=encode, height=16, width=20)
    assert [tuple(record.clip.shape) for record in clips] == [(3, 3, 16, 20), (1, 3, 16, 20)]
    alone = pack(
        file_list("i", "1.jpg", name="b.csv"),
        photos / "b.npz",
        height=16,
        width=20,
        encode=encode,
        worker_count=0,
    )
    assert torch.equal(clips[0].clip[1], alone[0].i)


def test_other_delimiters_and_places(photos: Path, file_list):
    path = file_list("image;label", "'1.jpg';'a;b'", "", "2.jpg;c")
    moved = path.rename(photos.parent / "moved.csv")
    two = pack(
        moved,
        photos / "a.npz",
        file_dir=photos,
        delimiter=";",
        quote="'",
        worker_count=0,
    )
    assert [record.label for record in two] == ["a;b", "c"]


BAD_LISTS = {
    "latin 1": (b"image,name\n0.jpg,ok\n1.jpg,caf\xe9\n", {}, ":3: byte 0xe9 isn't UTF-8"),
    "empty": (b"", {}, "has no rows"),
    "keys only": (b"image,label\n", {}, "has no rows"),
    "key twice": (b"image,label,label\n0.jpg,1,2\n", {}, ":1: the key 'label' stands there twice"),
    "no key": (b"image,\n0.jpg,1\n", {}, ":1: column 2 has no key"),
    "quote left open": (b'image,a\n0.jpg,1\n1.jpg,"x\n2.jpg,2\n', {}, ":3: unexpected end of data"),
    "quote within": (b'image,a\n0.jpg,"a"b\n', {}, ":2: ',' expected after '\"'"),
    "cell too few": (b"image,label\n0.jpg,1\n1.jpg\n", {}, ":3: 1 cells, but 2 keys: image, label"),
    "cell too many": (b"image,label\n0.jpg,1,2\n", {}, ":2: 3 cells, but 2 keys"),
    "wrong type": (
        b"image,label\n0.jpg,1\n1.jpg,cat\n",
        {"dtypes": ["int8"]},
        "3: label: 'cat' is",
    ),
    "a fraction": (b"image,label\n0.jpg,1.0\n", {"dtypes": ["int8"]}, ":2: label: '1.0' is"),
    "too large": (
        b"image,a\n0.jpg,1\n1.jpg,300\n",
        {"dtypes": ["uint8"]},
        ":3: a: 300 doesn't fit",
    ),
    "too small": (
        b"image,a\n0.jpg,1\n1.jpg,-1\n",
        {"dtypes": ["uint8"]},
        "uint8, which holds 0 to",
    ),
    "half": (b"image,a\n0.jpg,1\n1.jpg,1e5\n", {"dtypes": ["float16"]}, "1e5 doesn't fit float16"),
    "ragged": (b'image,a\n0.jpg,"1,2"\n1.jpg,3\n', {"dtypes": ["int8"]}, "the type is vint8"),
    "no value": (b"image,a\n0.jpg,1\n1.jpg,\n", {"dtypes": ["int8"]}, ":3: a: the cell is empty"),
    "lines in cells": (
        b'image,a,b\n0.jpg,"x\ny",1\n1.jpg,z,cat\n',
        {"dtypes": ["str", "int8"]},
        ":4: b: 'cat' is no int8",
    ),
    "several": (
        b"image,a\n0.jpg,1\n1.jpg,a\n2.jpg,b\n",
        {"dtypes": ["int8"]},
        "and 1 more bad row",
    ),
    "types": (b"image,a\n0.jpg,1\n", {"dtypes": ["int8"] * 3}, "3 types for .*: 2, or 1 without"),
    "unknown type": (
        b"image,a\n0.jpg,1\n",
        {"dtypes": ["in8"]},
        "'in8' in dtypes; did you mean 'int8'",
    ),
    "image type": (b"image,a\n0.jpg,1\n", {"dtypes": ["int8", "int8"]}, "are uint8 or vuint8, not"),
    "a mapping": (b"image,a\n0.jpg,1\n", {"dtypes": {"a": "int8"}}, "of a file list are a list"),
    "missing": (b"image,a\n0.jpg,1\nnone.jpg,2\n", {}, r":3: there is no image .*none\.jpg"),
    "a folder": (b"image,a\n.,1\n", {}, ":2: the image .* can't be read: Is a directory"),
    "no name": (b"image,a\n,1\n", {}, ":2: an image's name is empty"),
    "frame sizes": (
        b'clip\n"0.jpg,1.jpg"\n',
        {"is_seq": True, "encode": "raw"},
        ":2: its frames have different sizes",
    ),
    "frame sizes in files": (
        b'clip\n"0.jpg,0.jpg"\n"0.jpg,1.jpg"\n',
        {"is_seq": True},
        ":3: its frames have different sizes: 24×40, 25×39; say height and width",
    ),
    "frame sizes of one height": (
        b'clip\n"0.jpg,1.jpg"\n',
        {"is_seq": True, "encode": "png", "height": 8},
        ":2: its frames have different sizes",
    ),
    "no cell fits": (b"image,a\n0.jpg,70000\n", {"dtypes": ["float16"]}, ":2: a: 70000 doesn't"),
    "no cell": (b"image,a\n0.jpg\n", {"dtypes": ["int8"]}, ":2: 1 cells, but 2 keys"),
    "too many digits": (
        b"image,a\n0.jpg,1\n1.jpg,9223372036854775808\n",
        {},
        ":3: a: 9223372036854775808 doesn't fit int64",
    ),
    "endless": (b"image,a\n0.jpg,inf\n1.jpg,1e999\n", {}, ":3: a: 1e999 doesn't fit float64"),
    "sizes": (
        b"image\n0.jpg\n1.jpg\n",
        {"encode": "raw", "dtypes": ["uint8"]},
        ":3: image: it has the shape .*, but that of sample 0 .*'vuint8'",
    ),
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_bad_lists_are_told_in_one_line(photos: Path, name: str):
    content, options, message = BAD_LISTS[name]
    path = photos / "list.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        packed(path, **options)
    assert str(path) in str(caught.value) or "dtypes" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (photos / "packed.npz").exists()


def test_missing_list_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no file list"):
        packed(tmp_path / "none.csv")


@pytest.mark.parametrize("worker_count", [0, 2])
def test_bad_rows_are_skipped_and_counted(photos: Path, file_list, worker_count: int):
    (photos / "3.jpg").write_bytes((photos / "3.jpg").read_bytes()[:300])
    (photos / "5.jpg").write_bytes(b"")
    path = file_list("image,label", *TEN, "0.jpg,cat", "1.jpg", "2.jpg,10")
    types = {"dtypes": ["int16"], "worker_count": worker_count}
    nine = packed(path, on_bad="skip", shards=2, **types)
    assert nine.labels["label"].tolist() == [0, 1, 2, 4, 6, 7, 8, 9, 10]
    assert nine.bad_count == 4
    assert [reason.split(": ")[0] for reason in nine.bad] == [f"{path}:{n}" for n in (5, 7, 12, 13)]
    sizes = [len(np.load(shard)["label"]) for shard in nine.paths]
    assert sizes == [4, 5]
    only_images = file_list("image,label", *TEN)
    with pytest.raises(ConfigError, match=r":5: the image .*3\.jpg can't be decoded"):
        pack(only_images, photos / "b.npz", **types)


def test_a_list_of_bad_rows_only(photos: Path, file_list):
    path = file_list("image", "a.jpg", "b.jpg")
    with pytest.raises(ConfigError, match="no sample is left to pack: all 2 are bad"):
        packed(path, on_bad="skip")


def limits(name: str) -> tuple[int, int]:
    info = np.iinfo(name)
    return info.min, info.max


@pytest.mark.parametrize("word", ["uint8", "int16", "uint32", "int64", "float32", "bool", "vint8"])
@given(numbers=st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=4))
def test_cells_are_read_exactly_or_refused(word: str, numbers: list[int]):
    kind = cell_type(word)
    low, high = {"bool": (0, 1), "float32": (-(2**40), 2**40)}.get(word) or limits(kind.name)
    text = ",".join(map(str, numbers))
    if all(low <= number <= high for number in numbers):
        values = kind.read(text)
        assert values.dtype == kind.name
        assert values.reshape(-1).tolist() == np.array(numbers, kind.name).tolist()
    else:
        with pytest.raises(ConfigError, match=r"doesn't fit|is no bool"):
            kind.read(text)
