"""No sample is lost without a word: images and label maps that are missing are told."""

from pathlib import Path
from typing import Any

import pytest

from labwork.core import ConfigError
from labwork.data import datasets
from labwork.data.datasets import CamVid, VOC2012Segmentation

image_module = pytest.importorskip("PIL.Image")

PAIRED = {
    "ADE20K": (
        "ADEChallengeData2016/images/training/ADE_train_1.jpg",
        "ADEChallengeData2016/annotations/training/ADE_train_1.png",
    ),
    "CamVid": ("CamVid/train/1.png", "CamVid/trainannot/1.png"),
    "Cityscapes": (
        "cityscapes/leftImg8bit/train/ulm/ulm_000000_000019_leftImg8bit.png",
        "cityscapes/gtFine/train/ulm/ulm_000000_000019_gtFine_labelIds.png",
    ),
    "MapillaryVistas": (
        "mapillary-vistas/training/images/x.jpg",
        "mapillary-vistas/training/labels/x.png",
    ),
    "VOC2012Segmentation": (
        "VOCdevkit/VOC2012/JPEGImages/a.jpg",
        "VOCdevkit/VOC2012/SegmentationClass/a.png",
    ),
}
LISTED = ("CamVid", "VOC2012Segmentation")


def make(name: str, root: Path) -> Any:
    return getattr(datasets, name)("train", root=root)


@pytest.mark.parametrize("with_list", [True, False])
@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("name", PAIRED)
def test_a_missing_file_is_told_with_its_name(
    name: str, missing: int, with_list: bool, copied: Path
):
    if name == "CamVid" and not with_list:
        (copied / "CamVid" / "train.txt").unlink()
    count = len(make(name, copied))
    file = copied / PAIRED[name][missing]
    file.unlink()
    with pytest.raises(ConfigError) as told:
        make(name, copied)
    message = str(told.value)
    is_listed = with_list and name in LISTED
    if is_listed or name == "VOC2012Segmentation":
        assert f"{('images', 'label maps')[missing]} that " in message
        assert f"are missing: 1 of {count} (" in message
        assert file.name in message
    else:
        what = ("label maps without an image", "images without a label map")[missing]
        assert f"{what} in " in message
        assert f": 1 of {count} (" in message
        assert Path(PAIRED[name][1 - missing]).name in message
    assert f"{name}: " in message
    assert "unpack them again from http" in message
    assert "\n" not in message


def test_many_missing_files_are_counted(copied: Path):
    names = [f"{i:03}" for i in range(40)]
    listed = copied / "VOCdevkit" / "VOC2012" / "ImageSets" / "Segmentation" / "train.txt"
    listed.write_text("\n".join(["a", *names]))
    told = r"images .* missing: 40 of 41 \(JPEGImages/000.jpg, [^)]*002.jpg, …\); label maps .*: 40"
    with pytest.raises(ConfigError, match=told):
        VOC2012Segmentation("train", root=copied)


def test_the_list_says_what_belongs_to_a_subset_and_in_what_order(copied: Path):
    image_module.new("RGB", (8, 6)).save(copied / "CamVid" / "train" / "1.png")
    assert [bool(r.image.any()) for r in CamVid("train", root=copied)] == [True, False]
    listed = copied / "CamVid" / "train.txt"
    listed.write_text("\n".join(listed.read_text().splitlines()[::-1]) + "\n\n")
    assert [bool(r.image.any()) for r in CamVid("train", root=copied)] == [False, True]
    listed.write_text("SegNet/CamVid/train/1.png SegNet/CamVid/trainannot/1.png")
    assert len(CamVid("train", root=copied)) == 1
    assert len(CamVid("trainval", root=copied)) == 3


@pytest.mark.parametrize("content", ["", "train/1.png\n", "a b c"])
def test_a_damaged_list_is_told(content: str, copied: Path):
    (copied / "CamVid" / "train.txt").write_text(content)
    with pytest.raises(ConfigError, match=r"train\.txt is damaged: each line must name an image"):
        CamVid("train", root=copied)
