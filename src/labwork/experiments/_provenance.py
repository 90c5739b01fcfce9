"""Where a result comes from: command, seed, code, packages and machine."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import torch

from labwork.core import write_whole
from labwork.experiments._git import describe_repository, find_repository, is_tracked

__all__ = ["collect_provenance", "write_provenance"]

_VARIABLES = {
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "PYTHONHASHSEED",
}
_SECRETS = ("KEY", "PASSWORD", "SECRET", "TOKEN")


def collect_provenance(command: Sequence[str], seed: int, root: Path) -> dict[str, Any]:
    """All that somebody needs to know to repeat a run that starts now, as plain data.

    Args:
        command: the program and its arguments.
        seed: the seed of the run.
        root: the directory where the user works; its git repository is described, and that of
            Labwork's own source where it is another one.

    Returns:
        What ``json`` can write. Of the environment, only variables that change results and
        those called ``LABWORK_...`` are in it.

    >>> provenance = collect_provenance(["labwork", "train", "a b"], 7, Path("/"))
    >>> provenance["command"]["text"], provenance["seed"]
    ("labwork train 'a b'", 7)
    """
    return {
        "command": {"arguments": list(command), "text": shlex.join(command)},
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "directory": str(root.absolute()),
        "git": _describe_code(root),
        "machine": _describe_machine(),
        "torch": _describe_torch(),
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "packages": _package_versions(),
        "environment": _chosen_variables(os.environ),
    }


def write_provenance(path: Path, data: Mapping[str, Any]) -> None:
    """Writes ``data`` to the JSON file ``path``, whole or not at all.

    Args:
        path: the file; one that is there already is replaced.
        data: what ``collect_provenance`` returned.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    # Arguments that aren't UTF-8 hold lone surrogates; \udcff is how JSON writes one.
    write_whole(path, text.encode(errors="backslashreplace").decode() + "\n")


def _describe_code(root: Path) -> dict[str, Any]:
    """The repositories of the user's work and, where it is another, of Labwork."""
    here = Path(__file__)
    work = find_repository(root)
    ours = find_repository(here.parent) if is_tracked(here) else None
    return {
        "work": describe_repository(work) if work else None,
        "labwork": describe_repository(ours) if ours and ours != work else None,
    }


def _describe_machine() -> dict[str, Any]:
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "cpu": _cpu_model(),
        "cpu_count": os.cpu_count(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())


def _describe_torch() -> dict[str, Any]:
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "threads": torch.get_num_threads(),
        "devices": _device_names(),
    }


def _device_names() -> list[str]:
    if torch.cuda.is_available():
        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    kind = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return [kind.type] * torch.accelerator.device_count() if kind else []


def _package_versions() -> dict[str, str]:
    found = {distribution.name: distribution.version for distribution in distributions()}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _chosen_variables(environ: Mapping[str, str]) -> dict[str, str]:
    ours = {n for n in environ if n.startswith("LABWORK_") and not n.endswith(_SECRETS)}
    return {name: environ[name] for name in sorted(ours | (_VARIABLES & environ.keys()))}
