"""What the figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["installed_version", "machine"]


def machine() -> dict[str, str]:
    """CPU, cores, software versions and date.

    Example:
        >>> list(machine())
        ['cpu', 'cores', 'system', 'python', 'torch', 'date']
    """
    return {
        "cpu": _cpu(),
        "cores": f"{_core_count()} cores",
        "system": platform.system(),
        "python": f"Python {platform.python_version()}",
        "torch": f"PyTorch {installed_version('torch')}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def installed_version(package: str) -> str | None:
    """Version of a distribution, or ``None`` when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    # `platform.processor()` is empty on most Linux systems.
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _core_count() -> int:
    # A container may be allowed fewer cores than the machine has.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
