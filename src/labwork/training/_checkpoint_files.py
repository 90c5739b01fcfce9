"""A checkpoint on disk: written whole and verified, or not there."""

import io
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import torch

from labwork.core import CheckpointError, content_digest, file_digest, flush_to_disk

__all__ = [
    "Checkpoint",
    "load_checkpoint",
    "load_tensors",
    "read_manifest",
    "recover",
    "remove_tree",
    "write_checkpoint",
]

FORMAT = 1
UNFINISHED = ".unfinished-"
ASIDE = ".replaced-"  # a checkpoint that is being replaced by one of the same step


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that was loaded, and what is known about it.

    Attributes:
        path: its directory.
        step: completed steps.
        state: the state, nested as the tree that it belongs to.
        score: what it is ranked by, or None.
        summary: further plain facts, such as the epoch.
    """

    path: Path
    step: int
    state: dict[str, Any]
    score: float | None
    summary: dict[str, Any]


def write_checkpoint(
    directory: Path,
    state: Mapping[str, Any],
    *,
    step: int,
    score: float | None,
    summary: Mapping[str, Any],
) -> Path:
    """Writes ``state`` as ``directory/<step>``, a file for each part, and a manifest.

    All is written to a temporary place, flushed to the disk, and moved into place in the end.

    Raises:
        CheckpointError: where it can't be written; what stood there before stays.
    """
    target = directory / str(step)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=directory))
        try:
            files = {f"{name}.pt": _write_part(unfinished, name, state[name]) for name in state}
            manifest = {"step": step, "score": score, "summary": dict(summary), "files": files}
            _write_manifest(unfinished, manifest)
            flush_to_disk(unfinished)
            _move_into_place(unfinished, target)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    except OSError as error:
        free = shutil.disk_usage(directory).free if directory.is_dir() else 0
        raise CheckpointError(
            f"checkpoint {target} can't be written: {_cause(error)}"
            f" ({free / 2**20:,.0f} MiB are free on the disk)"
        ) from error
    return target


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the checkpoint in ``path``.

    Raises:
        CheckpointError: where it is missing, torn or altered.
    """
    try:
        manifest = json.loads((path / "manifest.json").read_text())
        digest = manifest.pop("digest")
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise CheckpointError(f"checkpoint {path} has no readable manifest.json") from error
    if digest != content_digest(manifest):
        raise CheckpointError(f"checkpoint {path} is altered: manifest.json isn't as written")
    if manifest["format"] != FORMAT:
        raise CheckpointError(
            f"checkpoint {path} has format {manifest['format']}; this version reads {FORMAT}"
        )
    return dict(manifest)


def load_checkpoint(path: Path, parts: list[str] | None = None) -> Checkpoint:
    """Verifies and loads the checkpoint in ``path``, to the CPU, without running code from it.

    Args:
        path: its directory.
        parts: the parts of the state that are wanted; all by default.

    Raises:
        CheckpointError: where a file is missing, torn, altered or holds more than data.
    """
    manifest = read_manifest(path)
    wanted = [f"{part}.pt" for part in parts] if parts else list(manifest["files"])
    if missing := sorted(set(wanted) - set(manifest["files"])):
        raise CheckpointError(f"checkpoint {path} has no {', '.join(missing)}")
    for name in wanted:
        _verify(path / name, manifest["files"][name])
    state = {name.removesuffix(".pt"): load_tensors(path / name) for name in wanted}
    return Checkpoint(path, manifest["step"], state, manifest["score"], manifest["summary"])


def load_tensors(path: Path) -> Any:
    """What ``torch.save`` wrote, as long as it is tensors and plain data.

    Raises:
        CheckpointError: where the file can't be read, or would run code.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"{path} is refused: it holds more than tensors and plain data, and loading it"
            f" could run code ({reason})"
        ) from error
    except Exception as error:  # what is no file of torch.save raises anything
        raise CheckpointError(f"{path} can't be read: {_cause(error)}") from error


def remove_tree(path: Path) -> None:
    """Removes a directory so that it never looks like a whole one while it vanishes."""
    if path.exists():
        trash = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        path.rename(trash / path.name)
        shutil.rmtree(trash, ignore_errors=True)  # what is left is out of the way


def recover(directory: Path) -> None:
    """Ends what a kill interrupted between the two moves of a replacement."""
    for aside in directory.glob(f"{ASIDE}*"):
        target = directory / aside.name.removeprefix(ASIDE)
        if target.exists():
            remove_tree(aside)
        else:
            aside.rename(target)


def _write_part(directory: Path, name: str, part: Any) -> dict[str, Any]:
    path = directory / f"{name}.pt"
    with path.open("wb", buffering=0) as file:
        writer = _Writer(file)
        torch.save(part, cast(IO[bytes], writer))
        writer.finish()
    return {"bytes": path.stat().st_size, "sha256": file_digest(path)}


class _Writer:
    """A file for ``torch.save`` to write to, which would tell nothing of why it can't."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            rest = memoryview(data)
            while rest and self._error is None:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._error = error
        return len(data)

    def flush(self) -> None:
        """All is written at once."""

    def finish(self) -> None:
        if self._error is not None:
            raise self._error
        os.fsync(self._file.fileno())


def _write_manifest(directory: Path, content: Mapping[str, Any]) -> None:
    manifest = {"format": FORMAT, **content}
    manifest["digest"] = content_digest(manifest)
    path = directory / "manifest.json"
    path.write_text(json.dumps(manifest, indent=2) + "\n")
    flush_to_disk(path)


def _move_into_place(unfinished: Path, target: Path) -> None:
    unfinished.chmod(0o755)  # mkdtemp made it private
    aside = target.with_name(f"{ASIDE}{target.name}")
    if target.exists():
        target.rename(aside)
    unfinished.rename(target)
    flush_to_disk(target.parent)
    remove_tree(aside)


def _verify(path: Path, expected: Mapping[str, Any]) -> None:
    if not path.exists():
        raise CheckpointError(f"{path} is missing")
    size = path.stat().st_size
    if size != expected["bytes"]:
        raise CheckpointError(f"{path} is truncated: {size} bytes instead of {expected['bytes']}")
    if file_digest(path) != expected["sha256"]:
        raise CheckpointError(f"{path} is altered: its SHA-256 isn't the manifest's")


def _cause(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200]
