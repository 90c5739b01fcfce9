"""Files of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from labwork.core import CheckpointError, ConfigError, import_extra
from labwork.training import load_tensors

__all__ = ["read_params"]

_INNER = ("state_dict", "model_state_dict", "model_state", "model", "params")
_WRAPPED = "module."  # what DistributedDataParallel puts before each name


def read_params(path: Path) -> dict[str, Tensor]:
    """Tensors by name, from a file of ``torch.save`` or of safetensors.

    A checkpoint of others, which holds more, mostly has them under a name such as ``state_dict``.

    Raises:
        ConfigError: where there is no such file, or safetensors is needed and missing.
        CheckpointError: where it can't be read, would run code, or holds no parameters.
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}")
    content = _read_safetensors(path) if path.suffix == ".safetensors" else load_tensors(path)
    for name in _INNER:
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
    if not _is_state(content):
        raise CheckpointError(f"{path} holds no parameters: tensors by name")
    is_wrapped = all(name.startswith(_WRAPPED) for name in content)
    return {k.removeprefix(_WRAPPED) if is_wrapped else k: v for k, v in content.items()}


def _is_state(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and len(content) > 0
        and all(isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items())
    )


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    safetensors, files = (import_extra(f"safetensors{m}", str(path)) for m in ("", ".torch"))
    try:
        return dict(files.load_file(path))
    except (safetensors.SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} can't be read: {error}") from error
