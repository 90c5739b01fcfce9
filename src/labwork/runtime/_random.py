"""Random state of the whole program: Python, NumPy, PyTorch and its accelerators."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

__all__ = ["RandomState", "seed_all"]


def seed_all(seed: int) -> None:
    """Seeds the global generators of Python, NumPy and PyTorch, on all devices.

    Args:
        seed: 0 or more, below 2**64. NumPy's global generator takes its lower 32 bits.

    >>> seed_all(1); first = torch.rand(())
    >>> seed_all(1); bool(torch.rand(()) == first)
    True
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - users' code draws from the global one
    torch.manual_seed(seed)


class RandomState:
    """The states of the global generators, as one thing that can be taken and put back.

    The state holds numbers, strings and tensors only, so that it loads without running code.
    States of CUDA devices are included once CUDA is in use.

    >>> state = RandomState().state_dict()
    >>> first = torch.rand(2), random.random(), np.random.rand()
    >>> RandomState().load_state_dict(state)
    >>> again = torch.rand(2), random.random(), np.random.rand()
    >>> bool((first[0] == again[0]).all()), first[1:] == again[1:]
    (True, True)
    """

    def state_dict(self) -> dict[str, Any]:
        """The present states."""
        version, words, gauss = random.getstate()
        return {
            "python": [version, torch.from_numpy(np.array(words, dtype=np.int64)), gauss],
            "numpy": _numpy_state(),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Puts the states back; those of CUDA devices that are not here are left out."""
        version, words, gauss = state_dict["python"]
        random.setstate((version, tuple(words.tolist()), gauss))
        name, keys, *rest = state_dict["numpy"]
        np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
        torch.set_rng_state(state_dict["torch"])
        for index, state in enumerate(state_dict["cuda"][: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(state, index)


def _numpy_state() -> list[Any]:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return [name, torch.from_numpy(np.asarray(keys, dtype=np.int64)), *rest]
