"""torchvision, also where it was made for another build of PyTorch."""

import sys
from importlib import import_module
from types import ModuleType

import torch

__all__ = ["import_torchvision"]


def import_torchvision() -> ModuleType:
    """torchvision, whose models need none of its compiled operators."""
    try:
        return import_module("torchvision")
    except RuntimeError:
        _declare_operators()
        return import_module("torchvision")


def _declare_operators() -> None:
    for name in ("nms", "qnms"):
        schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        torch.library.define(f"torchvision::{name}", schema)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
