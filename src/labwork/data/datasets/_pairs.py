"""Which image belongs to which label map, and what is missing."""

from collections.abc import Sequence
from pathlib import Path

from labwork.core import ConfigError
from labwork.data.datasets._files import Origin, list_images

__all__ = ["Pairs", "pairs_by_name", "pairs_listed"]

Pairs = Sequence[tuple[str, str]]

_SHOWN = 3  # names of files in a message


def pairs_by_name(
    origin: Origin, folder: Path, images: str, labels: str, *, ends: tuple[str, str] = ("", ".png")
) -> Pairs:
    """Pairs each image in a folder with the label map of its name in another one.

    Args:
        origin: the dataset, for messages.
        folder: the dataset's folder, what the names of files are relative to.
        images: the folder of images in it.
        labels: the folder of label maps in it.
        ends: how names of images end, and names of label maps; an empty one is any suffix.

    Raises:
        ConfigError: where a folder is missing, or an image or a label map has no partner.
    """
    pictures, maps = (
        [(_stem(n, end), n) for n in list_images(origin.need(folder / part)) if n.endswith(end)]
        for part, end in zip((images, labels), ends, strict=True)
    )
    by_stem, stems = dict(maps), {stem for stem, _ in pictures}
    lonely = [name for stem, name in pictures if stem not in by_stem]
    left = [name for stem, name in maps if stem not in stems]
    faults = [
        _fault(f"images without a label map in {folder / images}", lonely, len(pictures)),
        _fault(f"label maps without an image in {folder / labels}", left, len(maps)),
    ]
    _refuse(origin, faults)
    return [(f"{images}/{name}", f"{labels}/{by_stem[stem]}") for stem, name in pictures]


def pairs_listed(origin: Origin, folder: Path, listed: Path, pairs: Pairs) -> Pairs:
    """``pairs``, once it is sure that all their files are there.

    Args:
        origin: the dataset, for messages.
        folder: the dataset's folder, what the names of files are relative to.
        listed: the file that names them, for messages.
        pairs: the names of an image and its label map, for each sample.

    Raises:
        ConfigError: where a file is missing.
    """
    gone = [[pair[i] for pair in pairs if not (folder / pair[i]).exists()] for i in (0, 1)]
    faults = [
        _fault(f"{kind} that {listed} names and that are missing", names, len(pairs))
        for kind, names in zip(("images", "label maps"), gone, strict=True)
    ]
    _refuse(origin, faults)
    return pairs


def _stem(name: str, end: str) -> str:
    return name.removesuffix(end) if end else str(Path(name).with_suffix(""))


def _fault(what: str, names: Sequence[str], count: int) -> str:
    """What is wrong with ``names``, ``count`` in all; empty where there are none."""
    shown = ", ".join([*sorted(names)[:_SHOWN], *(["…"] if len(names) > _SHOWN else [])])
    return f"{what}: {len(names):,} of {count:,} ({shown})" if names else ""


def _refuse(origin: Origin, faults: Sequence[str]) -> None:
    if any(faults):
        raise ConfigError(
            f"{origin.name}: {'; '.join(filter(None, faults))}; unpack them again from"
            f" {origin.page}, or take away what is there by mistake"
        )
