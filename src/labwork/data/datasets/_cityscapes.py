"""Cityscapes."""

from pathlib import Path
from typing import ClassVar

from labwork.data.datasets._files import Origin
from labwork.data.datasets._pairs import pairs_by_name
from labwork.data.datasets._scenes import SceneClasses, SceneDataset
from labwork.data.datasets._subsets import IGNORE, check_positive, check_subset, described

__all__ = ["Cityscapes"]

_ORIGIN = Origin("Cityscapes", ("cityscapes", "Cityscapes"), "https://www.cityscapes-dataset.com/")
# By the numbers in the files; all the others are void, also when the benchmark is evaluated.
_CLASSES = {
    7: ("road", (128, 64, 128)),
    8: ("sidewalk", (244, 35, 232)),
    11: ("building", (70, 70, 70)),
    12: ("wall", (102, 102, 156)),
    13: ("fence", (190, 153, 153)),
    17: ("pole", (153, 153, 153)),
    19: ("traffic light", (250, 170, 30)),
    20: ("traffic sign", (220, 220, 0)),
    21: ("vegetation", (107, 142, 35)),
    22: ("terrain", (152, 251, 152)),
    23: ("sky", (70, 130, 180)),
    24: ("person", (220, 20, 60)),
    25: ("rider", (255, 0, 0)),
    26: ("car", (0, 0, 142)),
    27: ("truck", (0, 0, 70)),
    28: ("bus", (0, 60, 100)),
    31: ("train", (0, 80, 100)),
    32: ("motorcycle", (0, 0, 230)),
    33: ("bicycle", (119, 11, 32)),
}
_ENDS = "_leftImg8bit.png", "_gtFine_labelIds.png"


class Cityscapes(SceneDataset):
    """5,000 street scenes, 2048×1024 pixels, in 19 classes (Cordts et al., 2016).

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64 of shape (H, W): the
    benchmark's "train ids", and -1 where a pixel has none. It reads ``leftImg8bit`` and ``gtFine``
    of https://www.cityscapes-dataset.com/, unpacked to ``cityscapes``. The labels of ``test`` are
    not public, and -1 there.

    Args:
        subset: ``train`` (2,975), ``val`` (500) or ``test`` (1,525).
        downsampling: by how much images become smaller; each pixel is the mean of a square, its
            label that of the square's middle.
        root: the folder to look in, instead of the folders of datasets.

    Raises:
        ConfigError: where the subset isn't known, ``downsampling`` isn't a positive integer, a
            folder is missing, or an image or a label map has no partner; where a sample is read,
            also if ``downsampling`` doesn't divide its size.

    >>> Cityscapes("val", downsampling=2)[0].image.shape  # doctest: +SKIP
    torch.Size([3, 512, 1024])
    """

    subsets: ClassVar[tuple[str, ...]] = ("train", "val", "test")

    def __init__(
        self, subset: str, *, downsampling: int = 1, root: Path | str | None = None
    ) -> None:
        check_subset(subset, self.subsets, "Cityscapes")
        check_positive(downsampling, "Cityscapes: downsampling")
        folder = _ORIGIN.folder(root)
        more = downsampling if downsampling != 1 else None
        description = described("Cityscapes", subset, downsampling=more, root=root)
        parts = f"leftImg8bit/{subset}", f"gtFine/{subset}"
        pairs = pairs_by_name(_ORIGIN, folder, *parts, ends=_ENDS)
        super().__init__(description, folder, pairs, _classes(), downsampling)


def _classes() -> SceneClasses:
    names, colors = zip(*_CLASSES.values(), strict=True)
    # 255 stands for -1, the number of license plates, in files of eight bits.
    numbers = dict.fromkeys([*range(34), 255], IGNORE)
    return SceneClasses(names, colors, {**numbers, **{n: i for i, n in enumerate(_CLASSES)}})
