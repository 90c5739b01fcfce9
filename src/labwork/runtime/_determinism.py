"""Bitwise repeatable kernels."""

import os

import torch

__all__ = ["make_deterministic"]


def make_deterministic(enabled: bool = True) -> None:
    """Makes PyTorch choose kernels that give the same bits each time.

    Where an operation has no such kernel, PyTorch warns and goes on. To be called before CUDA is
    first used, since cuBLAS reads its setting only then.

    See https://docs.pytorch.org/docs/stable/notes/randomness.html.
    """
    if enabled:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(enabled, warn_only=True)
    # Filling fresh memory would hide reads of it, at the price of a pass over each new tensor.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
