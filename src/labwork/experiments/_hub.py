"""Models of PyTorch's Hub: code of others, which runs only where the user says so."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from labwork.core import ConfigError

__all__ = ["hub_factory"]


def hub_factory(strings: Sequence[Any], where: str, *, trusted: bool) -> Callable[..., Any]:
    """What ``torch.hub.load`` makes of a repository and the name of an entry.

    Args:
        strings: a repository ``owner/name[:branch]``, or the path of a folder, which begins with
            ``.`` or is absolute; and the name of an entry of its ``hubconf.py``.
        where: where they were written, for messages.
        trusted: whether code from the network may be run. A local folder is the user's own.

    Raises:
        ConfigError: where the strings have another form or the repository isn't trusted.
    """
    if len(strings) != 2 or not all(isinstance(part, str) for part in strings):
        raise ConfigError(
            f"{where}: a model of PyTorch's Hub is a repository and a name, such as"
            " \"'pytorch/vision:v0.10.0','resnet18'\""
        )
    repository, entry = strings
    is_local = repository.startswith(".") or os.path.isabs(repository)  # noqa: PTH117
    if is_local and not (Path(repository) / "hubconf.py").is_file():
        raise ConfigError(f"{where}: there is no hubconf.py in {repository}")
    if not is_local and not trusted:
        raise ConfigError(
            f"{where}: {repository!r} is code from the network, which would run on this machine;"
            " say --trust-hub where you trust it, or name a local folder"
        )
    import torch

    source = "local" if is_local else "github"
    return partial(torch.hub.load, repository, entry, source=source, trust_repo=True)
