"""What our datasets say of themselves is said by their folders and packed files, too."""

from pathlib import Path
from typing import Any

import pytest

from labwork.data import FolderDataset, datasets, pack, save_folder

OPTIONS: dict[str, dict[str, Any]] = {"ImageFolder": {"root": "pets"}}
SUBSETS = {"ImageFolder": ["train"], "WhiteNoise": []}


@pytest.mark.parametrize("name", datasets.__all__)
def test_facts_are_kept(name: str, library: Path, tmp_path: Path):
    if name == "Digits":
        pytest.importorskip("sklearn")
    kind = getattr(datasets, name)
    subset = SUBSETS[name] if name in SUBSETS else kind.subsets[:1]
    dataset = kind(*subset, **OPTIONS.get(name, {}))[:1]
    save_folder(dataset, tmp_path / "folder")
    packed = pack(dataset, tmp_path / "a.npz", worker_count=0)
    for read in (packed, FolderDataset(tmp_path / "folder")):
        assert read.info == dataset.info
        assert {k: type(v) for k, v in read.info.items()} == {
            k: type(v) for k, v in dataset.info.items()
        }
