"""Images with label maps, both in files."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labwork.core import ConfigError
from labwork.data._caches import files_identity
from labwork.data._dataset import Dataset
from labwork.data._record import Record
from labwork.data.datasets._files import class_lookup, pack_names, read_image, read_label_map
from labwork.data.datasets._pairs import Pairs
from labwork.data.datasets._subsets import class_info

__all__ = ["SceneClasses", "SceneDataset"]


class SceneClasses(NamedTuple):
    """The classes of pixels.

    Attributes:
        names: their names, in the order of their numbers.
        colors: their colors (red, green, blue), from 0 to 255; empty where there are none.
        numbers: from the numbers in the files to those of classes, or to -1.
    """

    names: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    numbers: Mapping[int, int]


class SceneDataset(Dataset):
    """Images and label maps in files, each decoded when it is first read.

    Fields: ``image``, uint8 of shape (3, H, W), and ``label``, int64 of shape (H, W), -1 where a
    pixel has no class.

    Args:
        description: what its repr says.
        folder: what the names of files are relative to.
        pairs: the names of an image and its label map, for each sample.
        classes: the classes of pixels.
        shrink: each square of this many pixels a side becomes one.

    Raises:
        ConfigError: where there are no files.
    """

    runs_code = False

    def __init__(
        self,
        description: str,
        folder: Path,
        pairs: Pairs,
        classes: SceneClasses,
        shrink: int = 1,
    ) -> None:
        pack_names(folder, [image for image, _ in pairs])  # raises where there are none
        self._description, self._folder, self._pairs = description, folder, tuple(pairs)
        self._classes, self._shrink = classes, shrink
        self._lookup: NDArray[np.int64] = class_lookup(dict(classes.numbers))

    @property
    def info(self) -> Mapping[str, Any]:
        """``class_count``, ``class_names``, ``task``, ``ignore_label`` and maybe ``colors``."""
        colors = {"colors": self._classes.colors} if self._classes.colors else {}
        return class_info("segmentation", self._classes.names, **colors)

    @property
    def labels(self) -> Mapping[str, Any]:
        """None: label maps are no small fields.

        Raises:
            ConfigError: always, since each label map is in a file.
        """
        raise ConfigError(
            f"{self!r} has a label map for each sample, and no small labels that all fit into an"
            " array: read them from the samples, ds[i].label"
        )

    def __len__(self) -> int:
        return len(self._pairs)

    def get(self, index: int) -> Record:
        """The image at ``index`` and its label map, not decoded yet."""
        image, label = (self._folder / name for name in self._pairs[index])
        return Record(
            # A label map belongs to the pixels as they are stored.
            image_=lambda: read_image(image, self._shrink, upright=False),
            label_=lambda: read_label_map(label, image, self._lookup, self._shrink),
        )

    def identity(self) -> Any:
        return files_identity(self._folder, chain(*self._pairs)), self._lookup, self._shrink

    def __repr__(self) -> str:
        return self._description
