"""What a program runs on: devices, random state, the background thread, signals."""

from labwork.runtime._background import Background
from labwork.runtime._determinism import make_deterministic
from labwork.runtime._device import select_device
from labwork.runtime._random import RandomState, seed_all
from labwork.runtime._signals import stop_on_signals
from labwork.runtime._snapshot import Snapshot, take_snapshot

__all__ = [
    "Background",
    "RandomState",
    "Snapshot",
    "make_deterministic",
    "seed_all",
    "select_device",
    "stop_on_signals",
    "take_snapshot",
]
