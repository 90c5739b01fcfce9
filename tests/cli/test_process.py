"""The command as a process: killed, stopped, in a terminal, and without PyTorch."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

LABWORK = str(Path(sys.executable).with_name("labwork"))
LONG = (
    *("Digits{train,val,test}", "standardize", "SmallImageClassifier"),
    "recipes.digits,epoch_count=12",
)
THREE = (
    "Digits{train,val,test}",
    "standardize",
    "SmallImageClassifier",
    "recipes.digits,epoch_count=3",
)
LONGEST = 120  # seconds


def start(data: Path, *arguments: str, **settings: Any) -> subprocess.Popen[Any]:
    data.mkdir(exist_ok=True)
    environment = {**os.environ, "LABWORK_DATA": str(data), "HOME": str(data), "TERM": "xterm"}
    return subprocess.Popen([LABWORK, "train", *arguments], env=environment, **settings)


def finish(process: subprocess.Popen[Any]) -> tuple[str, str]:
    """What a process still writes; one that hangs is killed."""
    clock = threading.Timer(LONGEST, process.kill)
    clock.start()
    told = process.communicate()
    clock.cancel()
    return told


def wait_for_checkpoint(data: Path, step: int) -> None:
    """Waits until a checkpoint of at least ``step`` is there."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        found = [path.parent.name for path in data.rglob("checkpoints/*/manifest.json")]
        if any(name.isdecimal() and int(name) >= step for name in found):
            return
        time.sleep(0.02)
    pytest.fail(f"there is no checkpoint of step {step} in {LONGEST} seconds")


def end_state(data: Path) -> dict[str, bytes]:
    """All that has to be bitwise the same in the end; zip files hold no times."""
    (config,) = data.rglob("config.yaml")
    run = config.parent
    names = ["config.yaml", "history.jsonl", "history.csv", "log.txt"]
    files = [run / name for name in names] + sorted(run.glob("checkpoints/*/*"))
    return {str(file.relative_to(run)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    data = tmp_path_factory.mktemp("never_stopped")
    process = start(data, *THREE, stdout=subprocess.DEVNULL)
    finish(process)
    assert process.returncode == 0
    return end_state(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_stopped_process_goes_on_to_the_same_end(
    never_stopped: dict[str, bytes], tmp_path: Path, number: int, status: int
):
    data = tmp_path / "data"
    process = start(data, *THREE, "--workers", "1", stdout=subprocess.PIPE, text=True)
    wait_for_checkpoint(data, 41)
    process.send_signal(number)
    out, _ = finish(process)
    assert process.returncode == status
    if status > 0:
        assert f"resume   labwork train '{THREE[0]}'" in out
    again = start(data, *THREE, "-r", stdout=subprocess.DEVNULL)
    finish(again)
    assert again.returncode == 0
    resumed = end_state(data)
    changed = [name for name, content in never_stopped.items() if resumed.get(name) != content]
    assert changed == ["config.yaml"]  # it tells how many workers the run began with
    assert sorted(resumed) == sorted(never_stopped)


def read_terminal(master: int) -> str:
    """What was written to a pseudo-terminal until the other end was closed."""
    parts: list[bytes] = []
    try:
        while part := os.read(master, 4096):
            parts.append(part)
    except OSError:  # how Linux tells that nobody will write any more
        pass
    os.close(master)
    return b"".join(parts).decode()


@pytest.mark.slow
def test_live_display_in_a_terminal(tmp_path: Path):
    master, slave = pty.openpty()
    # Long enough to tell a speed on any machine.
    process = start(tmp_path / "data", *LONG, stdout=slave, stderr=slave)
    os.close(slave)
    shown = read_terminal(master)
    assert process.wait(LONGEST) == 0
    assert re.search(r"\x1b\[\d*A", shown), "nothing moves up"
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    for part in ("train ", "epoch 5/12", "step ", "accuracy", "loss", "lr", "val", "left"):
        assert part in text, part
    assert re.search(r"[\d,]+ samples/s", text)
    assert "\x1b[?25h" in shown, "the cursor stays hidden"
    assert "resume   labwork train" in text.splitlines()[-3]


def test_reader_that_leaves_is_no_traceback(tmp_path: Path):
    out, inlet = os.pipe()
    process = start(tmp_path / "data", *THREE, stdout=inlet, stderr=subprocess.PIPE, text=True)
    os.close(inlet)
    os.close(out)
    _, err = finish(process)
    assert process.returncode != 0
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "completed"),
    [
        (["--help"], None),
        (["train", "--help"], None),
        (["test", "-h"], None),
        (["plot", "--help"], None),
        (["completion", "bash"], None),
        ([], "labwork train Dig"),
        ([], "labwork train x id Small"),
        ([], "labwork train --metrics Mean"),
    ],
    ids=str,
)
def test_what_must_be_quick_needs_no_torch(arguments: list[str], completed: str | None):
    environment = dict(os.environ)
    if completed:
        count = str(len(completed.split()) - 1)
        environment |= {"COMP_WORDS": completed, "COMP_CWORD": count}
        environment["_LABWORK_COMPLETE"] = "bash_complete"
    command = [sys.executable, "-X", "importtime", LABWORK, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert done.stdout
    assert "click" in modules
    assert not modules & {"torch", "numpy", "matplotlib", "rich"}
