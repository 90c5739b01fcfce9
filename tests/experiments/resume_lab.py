"""Runs small experiments in processes of their own and kills them; a program of the tests.

Usage: ``python resume_lab.py`` reads one JSON job a line from standard input, runs it in a forked
child (so that PyTorch is imported once for all), and answers with one JSON line.
"""

import json
import os
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from labwork.core import Every
from labwork.data import DataLoader, Digits, RandomShift, Record
from labwork.experiments import Experiment
from labwork.runtime import make_deterministic, seed_all
from labwork.training import OptimizerMaker, Trainer, cosine_lr

EPOCHS = 3


class Noise:
    """Draws from all global generators and from the sample's own, sample by sample."""

    def __call__(self, record: Record, rng: Any) -> Record:
        noise = rng.normal(size=record.image.shape) + random.random() + np.random.rand()
        image = record.image + 0.01 * (torch.from_numpy(noise).float() + torch.rand(()))
        return Record(image=image, label=record.label)


def make_experiment(directory: str, case: dict[str, Any], resume: str | None) -> Experiment:
    seed_all(3)
    make_deterministic()
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3), nn.Linear(288, 10)
    )
    trainer = Trainer(
        model,
        loss=cross_entropy,
        optimizer_f=OptimizerMaker(
            getattr(torch.optim, case.get("optimizer", "SGD")), [{"params": "0", "lr": 0.02}], lr=0.05
        ),
        epoch_count=EPOCHS,
        batch_size=12,
        jitter=Noise() if case.get("noise") else RandomShift(1),
        lr_scheduler_f=partial(cosine_lr, warmup=0.2),
        lr_every=case.get("lr_every", "1it"),
        accumulation_count=case.get("accumulation", 1),
        clip_norm=case.get("clip"),
        data_loader_f=DataLoader,
        worker_count=case.get("workers", 0),
        seed=5,
        train_step=failing_step(case["raise_at"]) if "raise_at" in case else None or _default_step(),
    )
    data = {"train": Digits("train")[:130], "val": Digits("val")[:60], "test": Digits("test")[:60]}
    return Experiment(
        directory,
        trainer,
        data,
        resume=resume,
        report_every=Every("3it"),
        eval_every=case.get("eval_every", "1ep"),
        checkpoint_every=case.get("checkpoint_every", "4it"),
        terminal=False,
        curves=False,
        command=["lab"],
    )


def _default_step() -> Any:
    from labwork.training import supervised_step

    return supervised_step


def failing_step(step: int) -> Any:
    def fail_in_step(trainer: Any, batch: Any) -> Any:
        result = _default_step()(trainer, batch)
        if trainer.loop.step == step:
            raise ZeroDivisionError("a step that fails")
        return result

    return fail_in_step


def kill_at_call(name: str, count: int) -> None:
    """Kills this process, without a chance to clean up, at the ``count``-th call of ``os.name``."""
    original, calls = getattr(os, name), 0

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(os, name, counted)


def run_child(job: dict[str, Any]) -> int:
    """What a child does; gives its exit status."""
    if "kill_at" in job:
        kill_at_call(*job["kill_at"])
    torch.set_num_threads(2)
    experiment = make_experiment(job["directory"], job.get("case", {}), job.get("resume"))
    try:
        experiment.run()
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    return 128 + experiment.stopped_by if experiment.stopped_by else 0


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Runs a job in a child; sends it a signal after some time where the job says so."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = run_child(job)
        finally:
            os._exit(status)
    if "signal" in job:
        time.sleep(job["after"])
        os.kill(child, getattr(signal, job["signal"]))
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "state": final_state(job["directory"])}


def final_state(directory: str) -> dict[str, Any]:
    """The hashes of all that has to be bitwise the same in the end."""
    import hashlib

    path = Path(directory)
    steps = sorted(int(p.name) for p in path.glob("checkpoints/*") if p.name.isdecimal())
    if not steps:
        return {"step": None}
    manifest = json.loads((path / "checkpoints" / str(steps[-1]) / "manifest.json").read_text())
    hashes = {name: facts["sha256"] for name, facts in manifest["files"].items()}
    for name in ("history.jsonl", "history.csv", "log.txt", "config.yaml"):
        file = path / name
        hashes[name] = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None
    return {"step": steps[-1], "score": manifest["score"], "hashes": hashes}


if __name__ == "__main__":
    # So that no child has to import these again.
    Digits("train")
    import torch._dynamo
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
