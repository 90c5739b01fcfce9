"""Where things lie in a dataset's folder; names of fields lead nowhere else."""

from pathlib import Path
from urllib.parse import quote

__all__ = ["checksums_file", "label_file", "meta_file", "sample_file"]


def meta_file(folder: Path) -> Path:
    """What says how to read the folder; written last."""
    return folder / "meta.yaml"


def label_file(folder: Path, field: str) -> Path:
    """One array with a field of all samples."""
    return folder / "labels" / f"{_safe(field)}.npy"


def checksums_file(folder: Path, field: str) -> Path:
    """One array with the CRC-32 of each of a field's files."""
    return folder / "checksums" / f"{_safe(field)}.npy"


def sample_file(folder: Path, field: str, index: int, suffix: str) -> Path:
    """The file with a field of one sample."""
    return folder / "samples" / _safe(field) / f"{index:06}.{suffix}"


def _safe(field: str) -> str:
    return quote(field, safe=" ", errors="surrogatepass").replace(".", "%2E") or "%"
