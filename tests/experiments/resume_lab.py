"""Runs small experiments in processes of their own and stops them; a program of the tests.

Usage: ``python resume_lab.py`` reads one JSON job a line from standard input, runs it in a forked
child (so that PyTorch is imported once for all), and answers with one JSON line. A job has:

- ``directory`` and ``resume``, as for ``Experiment``,
- ``case``: what is trained, see ``make_experiment``,
- ``stop``, optional: where or when to stop it and how, see ``stop_at_call`` and ``stop_later``,
- ``limit``, optional: the largest size of a file in bytes, from a step on.
"""

import ctypes
import hashlib
import json
import math
import multiprocessing
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from labwork.data import Digits, RandomShift, Record
from labwork.experiments import Experiment
from labwork.reporting import FileSink
from labwork.runtime import make_deterministic, seed_all
from labwork.training import OptimizerMaker, Trainer, _checkpoint_files, cosine_lr, supervised_step

EPOCHS = 3
LONGEST = 120  # seconds; what takes longer hangs
SYSTEM_CALLS = ("fsync", "mkdir", "rename", "replace", "rmdir", "symlink", "unlink")
OURS = ("history.jsonl", "history.csv", "log.txt", "config.yaml")

spoil: dict[str, int] = {}  # steps in which something becomes NaN; no part of the config
calls: Counter[str] = Counter()  # of this process, at the places where it can be stopped


class Noise:
    """Draws from all global generators and from the sample's own, sample by sample."""

    def __call__(self, record: Record, rng: Any) -> Record:
        offset = random.random() + np.random.rand() + torch.rand(())  # noqa: NPY002
        noise = torch.from_numpy(rng.normal(size=record.image.shape)).float() + offset
        image = record.image + 0.01 * noise.float()
        return Record(image=image, label=record.label)


def make_experiment(directory: str, case: dict[str, Any], resume: str | None) -> Experiment:
    """An experiment with all that has a state: dropout, batch norm, groups, a schedule."""
    spoil.update(case.get("spoil", {}))
    seed_all(3)
    make_deterministic()
    layers = [nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3)]
    trainer = Trainer(
        nn.Sequential(*layers, nn.Linear(288, 10)),
        loss=cross_entropy,
        optimizer_f=_optimizer_f(case.get("optimizer", "SGD"), case.get("lr", 0.05)),
        epoch_count=case.get("epochs", EPOCHS),
        batch_size=12,
        jitter=Noise() if case.get("noise") else RandomShift(1),
        lr_scheduler_f=partial(cosine_lr, warmup=0.2),
        lr_every=case.get("lr_every", "1it"),
        accumulation_count=case.get("accumulation", 1),
        clip_norm=case.get("clip"),
        worker_count=case.get("workers", 0),
        on_nonfinite=case.get("on_nonfinite", "stop"),
        train_step=lab_step,
        seed=5,
    )
    data = {"train": Digits("train")[:130], "val": Digits("val")[:60], "test": Digits("test")[:60]}
    return Experiment(
        directory,
        trainer,
        data,
        resume=resume,
        report_every="3it",
        eval_every=case.get("eval_every", "1ep"),
        checkpoint_every=case.get("checkpoint_every", "4it"),
        terminal=False,
        curves=False,
        command=["lab"],
    )


def _optimizer_f(name: str, lr: float) -> OptimizerMaker:
    settings = {"momentum": 0.9} if name == "SGD" else {}
    group = {"params": "0", "lr": 0.4 * lr}
    return OptimizerMaker(getattr(torch.optim, name), [group], lr=lr, **settings)


def lab_step(trainer: Any, batch: Any) -> Any:
    """A step with a loss or a parameter of NaN where ``spoil`` says.

    Where the process can be stopped in it, the parameters are changed already.
    """
    if trainer.loop.step == spoil.get("loss"):
        batch = Record(image=batch.image * math.nan, label=batch.label)
    result = supervised_step(trainer, batch)
    calls_of("step")
    if trainer.loop.step == spoil.get("parameter"):
        with torch.no_grad():
            trainer.model[-1].bias[3] = math.nan
    return result


def calls_of(name: str) -> None:
    """Counts one more of the places called ``name``; what is to happen there is put in later."""
    calls[name] += 1


def watch(name: str, act: Any) -> None:
    """Calls ``act`` before, or in the middle of, whatever is called ``name``."""
    if name in SYSTEM_CALLS:
        _before(os, name, act)
    elif name == "line":
        _torn_lines(act)
    elif name == "part":
        _torn_parts(act)
    else:
        _before(sys.modules[__name__], "calls_of", lambda: act())


def _before(module: Any, name: str, act: Any) -> None:
    original = getattr(module, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        act()
        return original(*args, **kwargs)

    setattr(module, name, watched)


def _torn_lines(act: Any) -> None:
    original = FileSink._write

    def torn(sink: FileSink, text: str) -> None:
        half = text.encode()[: len(text) // 2]
        sink._file.write(half)
        act()
        sink._file.truncate(os.fstat(sink._file.fileno()).st_size - len(half))
        original(sink, text)

    FileSink._write = torn


def _torn_parts(act: Any) -> None:
    original = _checkpoint_files._write_part

    def torn(directory: Path, name: str, part: Any) -> Any:
        facts = original(directory, name, part)
        path = directory / f"{name}.pt"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        act()
        path.write_bytes(whole)
        return facts

    _checkpoint_files._write_part = torn


def count_calls() -> None:
    """Counts all the places where a process can be stopped."""
    for name in (*SYSTEM_CALLS, "line", "part"):
        watch(name, partial(calls.update, [name]))


def stop_at_call(at: str, count: int, how: str, group: bool = False) -> None:
    """Stops this process at the ``count``-th call of what is called ``at``.

    ``how`` is a signal, ``raise`` for an exception, or ``worker`` to kill a loader's worker;
    ``group`` sends the signal to all processes, as a terminal does.
    """
    seen = Counter[str]()

    def act() -> None:
        seen[at] += 1
        if seen[at] == count:
            stop_here(how, group)

    watch(at, act)


def stop_here(how: str, group: bool) -> None:
    if how == "raise":
        raise ZeroDivisionError("a step that fails")
    if how == "worker":
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        return
    number = getattr(signal, how)
    if group:
        os.killpg(0, number)
    else:
        os.kill(os.getpid(), number)


def limit_files(size: int, step: int) -> None:
    """Lets no file grow beyond ``size`` bytes from ``step`` on: a full disk that needs no disk."""
    seen = Counter[str]()

    def act() -> None:
        seen["step"] += 1
        if seen["step"] == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    watch("step", act)


def run_child(job: dict[str, Any]) -> int:
    """What a child does; gives its exit status."""
    stop = job.get("stop", {})
    if "at" in stop:
        stop_at_call(**stop)
    if "limit" in job:
        limit_files(**job["limit"])
    if job.get("count"):
        count_calls()
    case = job.get("case", {})
    torch.set_num_threads(case.get("threads", 1))
    try:
        experiment = make_experiment(job["directory"], case, job.get("resume"))
        experiment.run()
    except Exception as error:  # noqa: BLE001 - a program tells of any error in one line
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        return 1
    return 128 + experiment.stopped_by if experiment.stopped_by else 0


def fork(job: dict[str, Any]) -> tuple[int, int]:
    """Starts a job in a child; gives its process id, and where its messages can be read."""
    parent = os.getpid()
    messages, inlet = os.pipe()  # no file, for the disk may be full
    child = os.fork()
    if child:
        os.close(inlet)
        return child, messages
    status = 70
    try:
        os.setpgid(0, 0)
        _die_with(parent)
        os.dup2(inlet, 2)
        status = run_child(job)
        if job.get("count"):
            Path(f"{job['directory']}.calls").write_text(json.dumps(calls))
    except KeyboardInterrupt:
        status = 130
    finally:
        os._exit(status)


def _die_with(parent: int) -> None:
    """Lets the kernel kill this process when its parent goes, so that none is left behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(70)


def read_all(messages: int) -> str:
    """What a child that is gone wrote; its workers may still live and hold the pipe."""
    os.set_blocking(messages, False)
    try:
        with open(messages, "rb") as file:
            return (file.read() or b"").decode()
    except BlockingIOError:
        return ""


def stop_later(child: int, after: float, how: str) -> None:
    """Sends a signal to a child after some seconds, unless it is gone."""
    time.sleep(after)
    os.kill(child, getattr(signal, how))  # it isn't waited for yet, so the number is still its own


def wait(child: int) -> int:
    """The exit status of a child: negative for a signal that ended it."""
    clock = threading.Timer(LONGEST, os.kill, (child, signal.SIGABRT))
    clock.start()
    _, status = os.waitpid(child, 0)
    clock.cancel()
    return os.waitstatus_to_exitcode(status)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Runs a job in a child, or in ``together`` children at once."""
    children = [fork(job) for _ in range(job.get("together", 1))]
    stop = job.get("stop", {})
    if "after" in stop:
        stop_later(children[0][0], **stop)
    return {
        "statuses": [wait(child) for child, _ in children],
        "messages": [read_all(messages) for _, messages in children],
        "state": final_state(job["directory"]),
    }


def final_state(directory: str) -> dict[str, Any]:
    """The hashes of all that has to be bitwise the same in the end, and the names of all files."""
    path = Path(directory)
    steps = sorted(int(p.name) for p in path.glob("checkpoints/*") if p.name.isdecimal())
    if not steps:
        return {"step": None}
    newest = path / "checkpoints" / str(steps[-1])
    manifest = json.loads((newest / "manifest.json").read_text())
    hashes = {name: facts["sha256"] for name, facts in manifest["files"].items()}
    for name in OURS:
        file = path / name
        hashes[name] = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None
    files = sorted(str(p.relative_to(path)) for p in path.rglob("*"))
    return {"step": steps[-1], "score": manifest["score"], "hashes": hashes, "files": files}


if __name__ == "__main__":
    # So that no child has to do these again; optimizers import it when they first make a step.
    Digits("train")
    import torch._dynamo

    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
