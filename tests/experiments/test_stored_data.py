"""Data that is stored as bytes is what a trainer would have been given, once it is prepared."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labwork.data import Digits, FunctionDataset, PackedDataset, Record, pack
from labwork.experiments._prepare import prepare

BYTES = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), dtype=np.uint8)
IMAGES = {
    "arrays": lambda i: BYTES[i],
    "grey arrays": lambda i: BYTES[i, ..., 0],
    "tensors": lambda i: torch.from_numpy(BYTES[i]).permute(2, 0, 1).contiguous(),
    "channels last": lambda i: torch.from_numpy(BYTES[i]),
    "pictures": lambda i: Image.fromarray(BYTES[i]),
    "bools": lambda i: BYTES[i] > 100,
    "wide": lambda i: BYTES[i].astype(np.int16) * 100,
    "floats": lambda i: BYTES[i].astype(np.float64) / 255,
}
ARE_BYTES = ("arrays", "grey arrays", "tensors", "channels last", "pictures")


@pytest.mark.parametrize("name", IMAGES)
def test_stored_data_becomes_what_a_trainer_gets(name: str, tmp_path: Path):
    image = IMAGES[name]
    raw = FunctionDataset(lambda i: Record(image=image(i), label=i), 3)
    packed = pack(prepare(raw, keeps_bytes=True), tmp_path / "a.npz", worker_count=0)
    expected = torch.uint8 if name in ARE_BYTES else torch.float32
    for stored, found, wanted in zip(packed, prepare(packed), prepare(raw), strict=True):
        assert stored.image.dtype == expected
        assert torch.equal(found.image, wanted.image)
        assert found.image.dtype == wanted.image.dtype == torch.float32
        assert torch.equal(found.label, wanted.label)


def test_what_is_ready_to_be_stored_stays_as_it_is():
    image = torch.zeros(3, 4, 5, dtype=torch.uint8)
    for dataset in (
        Digits("test"),
        FunctionDataset(lambda i: Record(image=image, label=torch.tensor(i)), 2),
    ):
        assert prepare(dataset, keeps_bytes=True) is dataset


def test_the_command_packs_bytes(tmp_path: Path):
    """As ``labwork pack`` does, images of a folder take a byte a value, and may be resized."""
    from labwork.experiments import get_data_to_store

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(BYTES[0]).save(tmp_path / name / "0.png")
    data = get_data_to_store(f"ImageFolder(root={str(tmp_path)!r})")
    packed = pack(next(iter(data.values())), tmp_path / "a.npz", height=10, worker_count=0)
    assert isinstance(packed, PackedDataset)
    assert (packed[1].image.dtype, packed[1].image.shape) == (torch.uint8, (3, 10, 14))
