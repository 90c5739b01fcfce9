"""A laboratory in which experiments are stopped, and a small experiment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("resume_lab.py")


@dataclass
class Outcome:
    """How a job of the laboratory ended, and what it left."""

    statuses: list[int]
    messages: list[str]
    state: dict[str, Any]

    @property
    def status(self) -> int:
        return self.statuses[0]

    @property
    def message(self) -> str:
        return self.messages[0]


class Lab:
    """Runs small experiments in processes of their own; see ``resume_lab.py``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        # Threads that wait let the other processes work.
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
        command = [sys.executable, str(PROGRAM)]
        self._process = subprocess.Popen(command, env=environment, **pipes)
        self.reference = cache(self._reference)

    def new_directory(self) -> Path:
        self._count += 1
        return self._folder / f"run{self._count}"

    def run(self, directory: Path, case: dict[str, Any], **job: Any) -> Outcome:
        """Runs an experiment, or goes on with it as ``resume`` says."""
        job |= {"directory": str(directory), "case": case}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))

    def go_on(self, directory: Path, case: dict[str, Any], **job: Any) -> Outcome:
        """Resumes; where the run was stopped before it left anything, starts."""
        began = (directory / "config.yaml").exists()
        return self.run(directory, case, resume="strict" if began else None, **job)

    def end_of(self, case: dict[str, Any]) -> dict[str, Any]:
        """What a run that is never stopped leaves; without workers, which change nothing."""
        return self.reference(json.dumps({**case, "workers": 0}))["state"]

    def calls_in(self, case: dict[str, Any]) -> dict[str, int]:
        """How often a run comes by the places where it can be stopped."""
        return self.reference(json.dumps({**case, "workers": 0}))["calls"]

    def _reference(self, case: str) -> dict[str, Any]:
        directory = self.new_directory()
        outcome = self.run(directory, json.loads(case), count=True)
        assert outcome.status == 0, outcome.message
        counted = Path(f"{directory}.calls").read_text()
        return {"state": outcome.state, "calls": json.loads(counted)}

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    laboratory = Lab(tmp_path_factory.mktemp("lab"))
    yield laboratory
    laboratory.close()
