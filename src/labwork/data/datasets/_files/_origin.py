"""What a dataset is called, what its folder is called, and where it comes from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labwork.core import ConfigError
from labwork.data.datasets._files._folders import find_dataset_folder

__all__ = ["Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the files of a dataset come from and what they are called once they are here.

    Attributes:
        name: the dataset's name.
        folders: names that its folder may have; the first is the official one.
        page: the web page to get it from.
        md5: published checksums by the names of files.
    """

    name: str
    folders: tuple[str, ...]
    page: str
    md5: Mapping[str, str] = field(default_factory=dict)

    def folder(self, root: Path | str | None) -> Path:
        """The dataset's folder: in ``root``, or ``root`` itself, or in the folders of datasets.

        Raises:
            ConfigError: where it isn't there.
        """
        if root is None:
            return find_dataset_folder(self.folders, f"{self.name} ({self.page})")
        root = Path(root).expanduser().absolute()
        if not root.is_dir():
            raise ConfigError(
                f"{self.name}: there is no folder {root}; put {self.folders[0]!r} from "
                f"{self.page} there"
            )
        inside = [root / name for name in self.folders if (root / name).is_dir()]
        return (inside or [root])[0]

    def need(self, path: Path) -> Path:
        """``path``, a file or folder of the dataset.

        Raises:
            ConfigError: where it isn't there.
        """
        if not path.exists():
            raise ConfigError(f"{self.name}: {path} is missing; unpack it there from {self.page}")
        return path

    def verified(self, path: Path, verify: bool = True) -> Path:
        """``path``, a file of the dataset, whose published checksum is compared on request.

        Raises:
            ConfigError: where it isn't there, or is another file than the published one.
        """
        expected = self.md5.get(self.need(path).name)
        if verify and expected and _md5(path) != expected:
            raise ConfigError(
                f"{self.name}: {path} isn't the published file: its MD5 sum isn't {expected}; "
                f"get it again from {self.page}"
            )
        return path


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
