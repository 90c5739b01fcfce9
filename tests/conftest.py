"""What all tests share: one thread for each worker, and folders of their own."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

# Two workers with all cores each would slow each other down. This is read when torch is first
# imported, so tests that need no torch don't pay for it, and subprocesses inherit it.
os.environ["OMP_NUM_THREADS"] = "1"

# How long an example takes says nothing about whether the law holds.
settings.register_profile("labwork", deadline=None, max_examples=50)
settings.load_profile("labwork")


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh LABWORK_DATA and HOME; nothing of the user's environment is seen or touched."""
    for name in list(os.environ):
        if name.startswith(("LABWORK_", "XDG_")) or name == "TORCH_HOME":
            monkeypatch.delenv(name)
    folder = tmp_path / "data"
    home = tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LABWORK_DATA", str(folder))
    return folder


@pytest.fixture
def seeded() -> Iterator[None]:
    """torch's random numbers begin anew, and are for other tests as if none had been drawn."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """The real torchvision, whose models and transforms need none of its compiled operators."""
    pytest.importorskip("torch")
    try:
        pytest.importorskip("torchvision")
    except RuntimeError:  # it is there for another build of torch
        _declare_operators()
    import_module("torchvision.transforms.v2")
    return import_module("torchvision")


def _declare_operators() -> None:
    import torch

    for name in ("nms", "qnms"):
        schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        torch.library.define(f"torchvision::{name}", schema)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
