"""The command line, in this process and in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LABWORK = str(Path(sys.executable).with_name("labwork"))
MODEL = "SmallImageClassifier,widths=[4,8]"
SHORT = (
    "Digits{train,val,test}",
    "standardize",
    MODEL,
    "recipes.digits,epoch_count=2,batch_size=128",
)


@dataclass
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that tells what is wrong; below it, at most the place in a string."""
        line, *place = self.err.splitlines()
        assert len(place) in (0, 2)
        assert all(text.startswith("  ") for text in place)
        return line


Run = Callable[..., Outcome]


@pytest.fixture
def labwork(
    data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Runs the command in this process; what it sets for all of PyTorch is set back."""
    import torch

    from labwork.cli import main

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["labwork", *arguments])
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        return Outcome(caught.value.code, *capsys.readouterr())

    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    random_state = torch.get_rng_state()
    yield run
    torch.use_deterministic_algorithms(False)
    torch.set_rng_state(random_state)


def labwork_process(data: Path, *arguments: str) -> Outcome:
    """Runs the command as a user does, with everything below ``data``."""
    environment = {**os.environ, "LABWORK_DATA": str(data), "HOME": str(data)}
    done = subprocess.run([LABWORK, *arguments], env=environment, capture_output=True, text=True)
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A data folder with a short run, and what the command printed; to be read only."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, labwork_process(folder, "train", *SHORT)


@pytest.fixture
def in_trained(trained: tuple[Path, Outcome], labwork: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command where the short run is."""
    monkeypatch.setenv("LABWORK_DATA", str(trained[0]))
    return labwork


@pytest.fixture
def short() -> tuple[str, ...]:
    return SHORT


@pytest.fixture
def process() -> Run:
    return labwork_process
