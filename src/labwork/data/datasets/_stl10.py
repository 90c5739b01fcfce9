"""STL-10."""

import math
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, cut_off, need_content
from labwork.data.datasets._pixels import PixelDataset
from labwork.data.datasets._subsets import IGNORE, check_subset, described, part_of_trainval

__all__ = ["STL10"]

_ORIGIN = Origin(
    "STL10",
    ("stl10_binary", "STL10"),
    "https://cs.stanford.edu/~acoates/stl10/",
    {
        "train_X.bin": "918c2871b30a85fa023e0c44e0bee87f",
        "train_y.bin": "5a34089d4802c674881badbb80307741",
        "unlabeled_X.bin": "5242ba1fed5e4be9e1e742405eb56ca4",
        "test_X.bin": "7f263ba9f9e0b06b93213547f721ac82",
        "test_y.bin": "36f9794fa4beb8a2c72628de14fa638e",
    },
)
_NAMES = "airplane bird car cat deer dog horse monkey ship truck"
_SHAPE = (3, 96, 96)


class STL10(PixelDataset):
    """Color images of 96×96 pixels in ten classes, most of them unlabeled (Coates et al., 2011).

    Fields: ``image``, float32 of shape (3, 96, 96) in [0, 1], and ``label``, int64 from 0 to 9,
    or -1 for the unlabeled. It reads the binary files of https://cs.stanford.edu/~acoates/stl10/,
    unpacked to ``stl10_binary``.

    Args:
        subset: ``trainval``, the 5,000 training images; ``train`` and ``val``, their first nine
            tenths and the rest; ``test`` (8,000); or ``unlabeled`` (100,000, which take 2.8 GB).
        root: the folder to look in, instead of the folders of datasets.
        verify: whether to compare the files with their published checksums.

    Raises:
        ConfigError: where the subset isn't known, or a file is missing, damaged, or another one
            than the published one.

    >>> STL10("test")[0].image.shape  # doctest: +SKIP
    torch.Size([3, 96, 96])
    """

    subsets: ClassVar[tuple[str, ...]] = ("trainval", "train", "val", "test", "unlabeled")

    def __init__(
        self, subset: str, *, root: Path | str | None = None, verify: bool = False
    ) -> None:
        check_subset(subset, self.subsets, "STL10")
        folder = _ORIGIN.folder(root)
        file = subset if subset in ("test", "unlabeled") else "train"
        images = _images(_ORIGIN.verified(folder / f"{file}_X.bin", verify))
        labels = np.full(len(images), IGNORE)
        if file != "unlabeled":
            path = _ORIGIN.verified(folder / f"{file}_y.bin", verify)
            labels = np.fromfile(need_content(path), np.uint8).astype(np.int64) - 1
            if len(labels) != len(images):
                parts = f"{len(images):,} images in {file}_X.bin, {len(labels):,} labels in {path}"
                raise ConfigError(f"STL10: one of two files is cut off: {parts}; get them again")
        chosen = part_of_trainval(subset, len(images), len(images) // 10)
        names = tuple(_NAMES.split())
        super().__init__(
            described("STL10", subset, root=root), images[chosen], labels[chosen], names
        )


def _images(path: Path) -> NDArray[np.uint8]:
    pixels = np.fromfile(need_content(path), np.uint8)
    length = math.prod(_SHAPE)
    if extra := pixels.size % length:
        raise cut_off(path, f"the last of its images of {length:,} bytes has {extra:,}")
    # The files hold an image column by column.
    return pixels.reshape(-1, *_SHAPE).transpose(0, 1, 3, 2)
