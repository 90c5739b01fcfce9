"""Fresh interpreters: how long they take and what they import."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Program"]


@dataclass(frozen=True, slots=True)
class Program:
    """A piece of Python that is run by an interpreter of its own.

    Attributes:
        name: for people.
        code: what ``python -c`` is given.
        environment: variables added to ours.
    """

    name: str
    code: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Runs it, and is done when the process has ended."""
        self._run()

    def failure(self) -> str | None:
        """Runs it and returns the last line of its error, or ``None`` if there is none."""
        result = self._run()
        lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        return lines[-1] if result.returncode else None

    def output(self) -> str:
        """Runs it and returns what it prints.

        Raises:
            RuntimeError: if it fails; the message holds the end of its error.
        """
        result = self._run()
        if result.returncode:
            raise RuntimeError(f"{self.name} failed:\n{result.stderr[-3000:]}")
        return result.stdout

    def imports(self, module: str) -> bool:
        """Runs it and says whether a module was imported."""
        lines = self._run("-X", "importtime").stderr.splitlines()
        return any(line.rpartition("|")[2].strip() == module for line in lines)

    def _run(self, *options: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *options, "-c", self.code],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
