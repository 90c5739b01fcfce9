"""Real files of CIFAR-10 and CamVid, where they lie next to the repository."""

import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labwork.cli import main
from labwork.core import ConfigError
from labwork.data.datasets import CamVid, Cifar10

Image = pytest.importorskip("PIL.Image")
SHARED = Path(__file__).parents[4] / "shared" / "data"
CIFAR, CAMVID = SHARED / "cifar-10-python-subset.tar.gz", SHARED / "camvid-subset.zip"
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@pytest.mark.skipif(not CIFAR.exists(), reason="../shared/data has no subset of CIFAR-10")
def test_cifar10(tmp_path: Path):
    with tarfile.open(CIFAR) as archive:
        archive.extractall(tmp_path, **SAFELY)
    parts = {subset: Cifar10(subset, root=tmp_path) for subset in Cifar10.subsets}
    sizes = {"trainval": 5000, "train": 4500, "val": 500, "test": 1000}
    assert {subset: len(part) for subset, part in parts.items()} == sizes
    assert np.bincount(parts["trainval"].labels["label"]).min() > 400
    batch = parts["test"].get_batch(np.arange(1000))
    # The published mean of each channel, which these images have nearly.
    np.testing.assert_allclose(batch.image.mean(dim=(0, 2, 3)), [0.491, 0.482, 0.447], atol=0.02)


@pytest.mark.skipif(not CAMVID.exists(), reason="../shared/data has no subset of CamVid")
def test_camvid(tmp_path: Path):
    with zipfile.ZipFile(CAMVID) as archive:
        archive.extractall(tmp_path)
    parts = {subset: CamVid(subset, root=tmp_path) for subset in CamVid.subsets}
    sizes = {"train": 30, "val": 10, "trainval": 40, "test": 10}
    assert {subset: len(part) for subset, part in parts.items()} == sizes
    for dataset in (parts["val"], parts["val"][:3]):
        with pytest.raises(ConfigError, match="has a label map for each sample, and no small"):
            _ = dataset.labels
    seen = set()
    for record in parts["val"]:
        assert (record.image.shape, record.label.shape) == ((3, 360, 480), (360, 480))
        seen |= set(record.label.unique().tolist())
    assert seen == set(range(-1, 11))


@pytest.mark.skipif(not CAMVID.exists(), reason="../shared/data has no subset of CamVid")
def test_camvid_is_shown_before_and_after_augmentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with zipfile.ZipFile(CAMVID) as archive:
        archive.extractall(tmp_path / "datasets")
    monkeypatch.setenv("LABWORK_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["show", "CamVid{train}", "--count", "2"])
    assert ended.value.code == 0
    with Image.open("samples.png") as picture:
        assert picture.format == "PNG"
        sheet = np.asarray(picture).astype(int)
    samples = CamVid("train", root=tmp_path / "datasets")
    for column, i in enumerate((0, 29)):
        left = 6 + 486 * column
        shown, augmented = (sheet[t : t + 360, left : left + 480] for t in (36, 36 + 360 + 32))
        image, label = samples[i].image.permute(1, 2, 0).numpy(), samples[i].label.numpy()
        assert np.abs(shown - image)[label == -1].max() <= 1
        assert np.abs(shown - image)[label != -1].mean() > 10
        assert np.abs(shown - augmented).mean() > 10
