"""What git says about a folder: commit, branch and what differs from it."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

__all__ = ["describe_repository", "find_repository", "is_tracked"]

_LIMIT = 2**20  # bytes kept of one command's output
_TIMEOUT = 5.0  # seconds for one command


def find_repository(folder: Path) -> Path | None:
    """The top folder of the git repository around ``folder``.

    Returns:
        None where there is no repository or no git.
    """
    output = _git(folder, "rev-parse", "--show-toplevel")
    return Path(output.removesuffix("\n")) if output else None


def is_tracked(file: Path) -> bool:
    """Whether ``file`` is part of a git repository, rather than lying about in one."""
    return _git(file.parent, "ls-files", "--error-unmatch", "--", file.name) is not None


def describe_repository(top: Path) -> dict[str, Any] | None:
    """The state of the repository in ``top``, as plain data.

    Returns:
        Its ``root``; ``commit`` and ``branch`` (None where there is none, as after ``git init``);
        ``dirty``, whether tracked files differ from the commit; their ``diff``, of which the
        first MiB is kept; and the names of ``untracked`` files. None where git can't tell.
    """
    status = _git(top, "status", "--porcelain=v2", "--branch", "--untracked-files=normal")
    if status is None:
        return None
    lines = status.splitlines()
    facts = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    dirty = any(not line.startswith(("#", "?")) for line in lines)
    return {
        "root": str(top),
        "commit": _unless_in_brackets(facts["branch.oid"]),
        "branch": _unless_in_brackets(facts["branch.head"]),
        "dirty": dirty,
        "diff": _diff(top) if dirty else "",
        "untracked": [line[2:] for line in lines if line.startswith("? ")],
    }


def _unless_in_brackets(name: str) -> str | None:
    return None if name in ("(initial)", "(detached)") else name


def _diff(top: Path) -> str | None:
    return _git(top, "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv")


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of a git command, or None where git, a repository or time is missing."""
    # fsmonitor is a program that a repository's settings may name; nothing here needs it.
    settings = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
    with TemporaryFile() as output:
        try:
            subprocess.run(
                ["git", *settings, "-C", str(folder), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                timeout=_TIMEOUT,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        size = output.tell()
        output.seek(0)
        text = output.read(_LIMIT).decode("utf-8", "replace")
    return text if size <= _LIMIT else f"{text}\n[cut here, after {_LIMIT} of {size} bytes]\n"


def _environment() -> dict[str, str]:
    # A hook's GIT_DIR would answer for another folder; a lock would disturb the user's own git.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0"}
