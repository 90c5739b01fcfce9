"""Street View House Numbers."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, read_mat
from labwork.data.datasets._pixels import PixelDataset
from labwork.data.datasets._subsets import check_subset, described, part_of_trainval

__all__ = ["SVHN"]

_ORIGIN = Origin(
    "SVHN",
    ("SVHN", "svhn"),
    "http://ufldl.stanford.edu/housenumbers/",
    {
        "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
        "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
        "extra_32x32.mat": "a93ce644f1a588dc4d68dda5feec44a7",
    },
)


class SVHN(PixelDataset):
    """Color images of digits in house numbers, 32×32 pixels (Netzer et al., 2011).

    Fields: ``image``, float32 of shape (3, 32, 32) in [0, 1], and ``label``, int64 from 0 to 9,
    the digit. It reads the cropped digits (format 2) of http://ufldl.stanford.edu/housenumbers/,
    ``train_32x32.mat`` and so on in ``SVHN``, and needs SciPy for that.

    Args:
        subset: ``trainval``, the 73,257 training images; ``train`` and ``val``, their first nine
            tenths and the rest; ``test`` (26,032); or ``extra`` (531,131, which take 1.6 GB).
        root: the folder to look in, instead of the folders of datasets.
        verify: whether to compare the file with its published checksum.

    Raises:
        ConfigError: where the subset isn't known, SciPy is missing, or the file is missing,
            damaged, or another one than the published one.

    >>> SVHN("test")[0].image.shape  # doctest: +SKIP
    torch.Size([3, 32, 32])
    """

    subsets: ClassVar[tuple[str, ...]] = ("trainval", "train", "val", "test", "extra")

    def __init__(
        self, subset: str, *, root: Path | str | None = None, verify: bool = False
    ) -> None:
        check_subset(subset, self.subsets, "SVHN")
        file = subset if subset in ("test", "extra") else "train"
        path = _ORIGIN.verified(_ORIGIN.folder(root) / f"{file}_32x32.mat", verify)
        variables = read_mat(path, "SVHN")
        images, labels = (np.asarray(variables.get(name)) for name in "Xy")
        is_right = images.dtype == np.uint8 and images.ndim == 4 and labels.ndim == 1
        if not is_right or not np.isin(labels, np.arange(11)).all():
            raise ConfigError(f"{path} isn't a file of SVHN's cropped digits")
        chosen = part_of_trainval(subset, len(labels), len(labels) // 10)
        # The files hold (H, W, C, N), and call the digit 0 class 10.
        images, labels = images[..., chosen].transpose(3, 2, 0, 1), labels[chosen].astype(int) % 10
        super().__init__(described("SVHN", subset, root=root), images, labels, tuple("0123456789"))
