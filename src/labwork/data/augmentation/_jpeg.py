"""RandomJPEG: the losses of compression."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labwork.core import ConfigError, import_extra
from labwork.data.augmentation._checks import at_least, ordered
from labwork.data.augmentation._draws import Draws
from labwork.data.augmentation._operation import Photometric, Size

__all__ = ["RandomJPEG"]


@final
@dataclass(frozen=True, repr=False, eq=False)
class RandomJPEG(Photometric[NDArray[np.int64]]):
    """Compresses as JPEG with a random quality, and decompresses.

    Needs OpenCV: ``pip install 'labwork[images]'``. The compression is that of Wallace: The JPEG
    still picture compression standard, 1992; as an augmentation and as a corruption it stands in
    Hendrycks and Dietterich: Benchmarking neural network robustness, 2019.

    Args:
        quality: (smallest, largest) quality, whole numbers from 1 to 100, all equally likely.
        fields: see ``Operation``.

    Shape: images (1, H, W) or (3, H, W), uint8 or floating point in [0, 1].

    >>> import torch
    >>> from labwork.data import ArrayDataset
    >>> grey = ArrayDataset(image=torch.full((1, 3, 8, 8), 128, dtype=torch.uint8))
    >>> grey.augment(RandomJPEG((80, 90)))[0].image.unique()
    tensor([128], dtype=torch.uint8)
    """

    quality: tuple[int, int] = (30, 95)

    def check(self) -> None:
        ordered(self, 1, 100, quality=self.quality)
        for quality in self.quality:
            at_least(self, 1, quality=quality)

    def draw(self, rng: Draws, size: Size) -> NDArray[np.int64]:
        low, high = self.quality
        return low + rng.positions(np.full((rng.count, 1), high - low))[:, 0]

    def values(self, images: Tensor, drawn: NDArray[np.int64]) -> Tensor:
        cv2 = import_extra("cv2", "RandomJPEG")
        if images.shape[2] not in (1, 3):
            raise ConfigError(f"RandomJPEG: images have 1 or 3 channels, not {images.shape[2]}")
        bytes_ = (images.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
        pairs = zip(bytes_, drawn.tolist(), strict=True)
        new = np.stack([[_compress(cv2, f, quality) for f in frames] for frames, quality in pairs])
        return torch.from_numpy(new).to(images) / 255


def _compress(cv2: Any, image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """An image (C, H, W) after compression; OpenCV has the channels last, and blue first."""
    pixels = np.ascontiguousarray(image[::-1].transpose(1, 2, 0))
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED).reshape(pixels.shape)
    return decoded.transpose(2, 0, 1)[::-1]
