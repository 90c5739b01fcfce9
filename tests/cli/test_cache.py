"""Caches on the disk, listed and freed by the command."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from labwork.core import CacheEntry

KEYS = ["1a" * 20, "1b" * 20, "2c" * 20]


def make(folder: Path, key: str, count: int = 4, age: float = 0.0, **about: Any) -> CacheEntry:
    entry = CacheEntry(folder / "cache" / "datasets" / key)
    said = {"kind": "samples", "dataset": f"Digits({count})", "count": count, "slot": 2, **about}
    os.close(entry.hold(said))
    (entry.path / "samples").write_bytes(b"ab\0\0c\0")
    used = time.time() - age
    os.utime(entry.path / "lock", (used, used))
    return entry


@pytest.fixture
def entries(data_folder: Path) -> list[CacheEntry]:
    return [make(data_folder, key, 4 + i, age=86400.0 * i) for i, key in enumerate(KEYS)]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cache" / "datasets").iterdir())


def test_list_shows_what_caches_hold_and_take(labwork, entries: list[CacheEntry]):
    make(entries[0].path.parents[2], "3d" * 20, 1, age=9e6, kind="info: mean", name="my [stats]")
    heading, *rows, total = labwork("cache", "list").out.splitlines()
    assert heading.split() == ["key", "kind", "samples", "size", "last", "used", "dataset"]
    assert [row.split()[0] for row in rows] == [key[:12] for key in (*KEYS, "3d" * 20)]
    assert all(
        f" 2/{4 + i} " in row and f"Digits({4 + i})" in row for i, row in enumerate(rows[:3])
    )
    assert "info: mean" in rows[3]
    assert rows[3].rstrip().endswith("Digits(1) named 'my [stats]'")
    size = sum(file.stat().st_blocks * 512 for e in entries for file in e.path.iterdir())
    assert entries[0].size == size // 3
    assert re.match(r"4 caches, [\d.]+ kB, in ", total)


def test_no_caches_are_no_trouble(labwork, data_folder: Path):
    assert labwork("cache", "list").out == (
        f"0 caches, 0 bytes, in {data_folder / 'cache' / 'datasets'}\n"
    )
    assert labwork("cache", "clear", "--all").out == "deleted 0 caches\n"


CLEARED = {
    "a key": ([KEYS[1]], [0, 2]),
    "the beginning of a key": (["1b", "2c2"], [0]),
    "all": (["--all"], []),
    "old": (["--older-than", "1.5d"], [0, 1]),
    "all that are old": (["--all", "--older-than", "12h"], [0]),
    "a key that isn't old": ([KEYS[1], "--older-than", "1w"], [0, 1, 2]),
}


@pytest.mark.parametrize("name", CLEARED)
def test_clear_deletes_what_is_asked_for(
    name: str, labwork, entries: list[CacheEntry], data_folder: Path
):
    arguments, kept = CLEARED[name]
    outcome = labwork("cache", "clear", *arguments, "--yes")
    count = 3 - len(kept)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"deleted {count} cache{'' if count == 1 else 's'}\n"
    assert left(data_folder) == [KEYS[i] for i in kept]


REFUSED = {
    "nothing": ([], "say what to clear: the keys of caches, --all, or --older-than 30d"),
    "keys and all": (["1a", "--all"], "say what to clear"),
    "two": (["1"], "2 caches in .* with a key that begins with '1'"),
    "unknown": (["7"], "no cache in .* with a key that begins with '7'"),
    "age": (["--older-than", "3x"], "'3x' is no age: write a number and m, h, d or w"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_clear_refuses_what_is_not_clear(
    name: str, labwork, entries: list[CacheEntry], data_folder: Path
):
    arguments, message = REFUSED[name]
    outcome = labwork("cache", "clear", *arguments, "--yes")
    assert outcome.status == 2
    assert re.search(message, outcome.err)
    assert left(data_folder) == KEYS


@pytest.mark.parametrize("answer", ["n", "y", ""])
def test_clear_asks(answer: str, entries: list[CacheEntry], data_folder: Path):
    command = [str(Path(sys.executable).with_name("labwork")), "cache", "clear", "--all"]
    run = subprocess.run(command, input=answer, capture_output=True, text=True)
    assert "Delete 3 caches, " in run.stdout
    assert left(data_folder) == ([] if answer == "y" else KEYS)
    assert run.returncode == (0 if answer == "y" else 130)


def test_caches_in_use_stay(labwork, entries: list[CacheEntry], data_folder: Path):
    lock = entries[1].hold({})
    outcome = labwork("cache", "clear", "--all", "--yes")
    assert (outcome.status, outcome.out) == (1, "deleted 2 caches\n")
    assert outcome.error == f"labwork: in use, and so not deleted: {KEYS[1][:12]}"
    os.close(lock)
    assert labwork("cache", "clear", "--all", "--yes").out == "deleted 1 cache\n"
    assert left(data_folder) == []


def test_what_a_kill_left_of_deleting_goes(labwork, data_folder: Path):
    folder = make(data_folder, KEYS[0]).path
    folder.rename(folder.with_name(".deleted-1a"))
    assert labwork("cache", "list").out.startswith("0 caches")
    assert left(data_folder) == []


@pytest.mark.parametrize("arguments", [["list"], ["clear", "--all"], ["--help"]])
def test_caches_are_seen_without_waiting_for_torch(arguments: list[str], data_folder: Path):
    command = [sys.executable, "-X", "importtime", "-m", "labwork", "cache", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "labwork.cli._cache" in run.stderr
    assert "torch" not in run.stderr
