"""CheckpointManager: what is kept, what is found, and what is refused."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labwork.core import CheckpointError, ConfigError, NonFiniteError, RunError
from labwork.runtime import Background
from labwork.training import CheckpointManager, SaveCheckpoints, load_tensors
from labwork.training._checkpoint_files import load_checkpoint, write_checkpoint


def state_at(step: int) -> dict[str, Any]:
    return {"model": {"weight": torch.full((3,), float(step))}, "loop": {"step": step, "note": "α"}}


def fill(directory: Path, scores: list[Any], **settings: Any) -> CheckpointManager:
    manager = CheckpointManager(directory, **settings)
    for step, score in enumerate(scores):
        manager.save(state_at(step), step=step, score=score, summary={"epoch": step // 2})
    return manager


def reopen(directory: Path, mode: Any = "resume") -> tuple[CheckpointManager, list[str]]:
    notices: list[str] = []
    return CheckpointManager(directory, mode, notify=notices.append), notices


def contents(directory: Path) -> dict[str, bytes]:
    files = [path for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize(
    ("higher_is_better", "kept", "best"), [(True, [1, 2, 4, 5], 1), (False, [4, 5], 5)]
)
def test_recent_and_best_are_kept(
    tmp_path: Path, higher_is_better: bool, kept: list[int], best: int
):
    settings = {"keep_recent": 2, "keep_best": 2, "higher_is_better": higher_is_better}
    manager = fill(tmp_path, [2, 4, 3, 2, 1, 0], **settings)
    assert manager.steps() == kept
    assert manager.load("best").step == best
    assert manager.load("last").step == 5
    assert (tmp_path / "best").readlink() == Path(str(best))
    assert (tmp_path / "last").readlink() == Path("5")
    assert names(tmp_path) == sorted([*map(str, kept), "best", "last"])


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=7),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_law_of_keeping(
    tmp_path_factory: Any, scores: list[int | None], keep_recent: int, keep_best: int
):
    directory = tmp_path_factory.mktemp("kept")
    manager = fill(directory, scores, keep_recent=keep_recent, keep_best=keep_best)
    scored = [step for step, score in enumerate(scores) if score is not None]
    recent = range(len(scores))[-keep_recent:]
    # Of those with a score, the best; of equals the older ones, which were there first.
    best = sorted(scored, key=lambda step: (-scores[step], step))[:keep_best]
    assert set(manager.steps()) == {*recent, *best}
    shutil.rmtree(directory)


def test_state_comes_back_as_it_was(tmp_path: Path):
    fill(tmp_path, [0.25])
    checkpoint = reopen(tmp_path)[0].load()
    torch.testing.assert_close(checkpoint.state["model"], state_at(0)["model"], rtol=0, atol=0)
    assert checkpoint.state["loop"] == state_at(0)["loop"]
    assert (checkpoint.step, checkpoint.score, checkpoint.summary) == (0, 0.25, {"epoch": 0})
    assert list(reopen(tmp_path)[0].load("last", ["loop"]).state) == ["loop"]


def test_checkpoint_of_the_same_step_is_replaced(tmp_path: Path):
    manager = fill(tmp_path, [1])
    manager.save(state_at(7), step=0, score=2.0)
    assert manager.load().state["loop"]["step"] == 7
    assert manager.steps() == [0]


@pytest.mark.parametrize(
    ("mode", "present", "message"),
    [
        ("start", True, "holds checkpoints up to step 1; resume them"),
        ("resume", False, "no checkpoint to resume"),
        ("start", False, ""),
        ("resume", True, ""),
        ("resume_or_start", False, ""),
        ("resume_or_start", True, ""),
        ("restart", False, ""),
        ("restart", True, ""),
    ],
)
def test_modes(tmp_path: Path, mode: Any, present: bool, message: str):
    fill(tmp_path, [1, 2] if present else [])
    before = contents(tmp_path)
    if message:
        with pytest.raises(RunError, match=message):
            CheckpointManager(tmp_path, mode)
        assert contents(tmp_path) == before
        return
    manager = CheckpointManager(tmp_path, mode)
    if mode == "restart":
        assert manager.steps() == []
    if present and mode != "restart":
        with pytest.raises(RunError, match="load a checkpoint before saving"):
            manager.save(state_at(3), step=3)
        assert contents(tmp_path) == before
        manager.load()
    manager.save(state_at(3), step=3)
    assert manager.load().step == 3


@pytest.mark.parametrize(
    "settings", [{"mode": "strat"}, {"keep_recent": 0}, {"keep_best": -1}], ids=str
)
def test_wrong_settings(tmp_path: Path, settings: dict[str, Any]):
    with pytest.raises(ConfigError):
        CheckpointManager(tmp_path, **settings)


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def flip(path: Path, place: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    place = len(data) // 2 if place is None else place
    data[place] ^= 1
    path.write_bytes(data)


def change_step(path: Path) -> None:
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "step": 77}, indent=2))


DAMAGE: dict[str, tuple[str, Any, str]] = {
    "cut part": ("model.pt", truncate, "truncated"),
    "altered part": ("model.pt", flip, "altered"),
    "missing part": ("model.pt", Path.unlink, "missing"),
    "empty part": ("loop.pt", lambda path: path.write_bytes(b""), "truncated"),
    "cut manifest": ("manifest.json", truncate, "no readable manifest"),
    "altered manifest": ("manifest.json", change_step, "altered"),
    "missing manifest": ("manifest.json", Path.unlink, "no readable manifest"),
    "list for a manifest": (
        "manifest.json",
        lambda path: path.write_text("[]"),
        "no readable manifest",
    ),
    "no text": (
        "manifest.json",
        lambda path: path.write_bytes(b"\xff\xfe"),
        "no readable manifest",
    ),
}


@pytest.mark.parametrize(("name", "damage", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_broken_checkpoint_is_passed_over(tmp_path: Path, name: str, damage: Any, reason: str):
    fill(tmp_path, [1, 2, 3], keep_recent=3)
    damage(tmp_path / "2" / name)
    manager, notices = reopen(tmp_path)
    assert manager.load().step == 1
    assert len(notices) == 1
    assert reason in notices[0]
    assert str(tmp_path / "2") in notices[0]
    assert notices[0].endswith("; falling back to step 1")


@pytest.mark.parametrize(("name", "damage", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_best_falls_back_to_the_next_best(tmp_path: Path, name: str, damage: Any, reason: str):
    fill(tmp_path, [1, 3, 2, 0], keep_recent=4)
    damage(tmp_path / "1" / name)
    manager, notices = reopen(tmp_path)
    assert manager.load("best").step == 2
    assert reason in notices[0]


def test_reasons_are_given_where_none_is_valid(tmp_path: Path):
    fill(tmp_path, [1, 2], keep_recent=2)
    truncate(tmp_path / "0" / "model.pt")
    flip(tmp_path / "1" / "loop.pt")
    before = contents(tmp_path)
    with pytest.raises(CheckpointError) as caught:
        reopen(tmp_path)[0].load()
    assert "\n" not in str(caught.value)
    for reason in ("0/model.pt is truncated", "1/loop.pt is altered"):
        assert reason in str(caught.value)
    assert contents(tmp_path) == before


def test_directory_without_checkpoints(tmp_path: Path):
    with pytest.raises(CheckpointError, match="there is none in"):
        CheckpointManager(tmp_path / "none").load()
    fill(tmp_path, [None])
    with pytest.raises(CheckpointError, match="no best checkpoint"):
        reopen(tmp_path)[0].load("best")


def test_leftovers_of_torn_writes_are_ignored_and_removed(tmp_path: Path):
    fill(tmp_path, [1, 2])
    leftover = tmp_path / ".unfinished-abc"
    shutil.copytree(tmp_path / "1", leftover)
    (leftover / "manifest.json").unlink()
    manager, notices = reopen(tmp_path)
    assert manager.load().step == 1
    assert notices == []
    manager.save(state_at(2), step=2)
    assert names(tmp_path) == ["1", "2", "best", "last"]


def test_later_checkpoints_are_set_aside_and_removed_by_the_next(tmp_path: Path):
    fill(tmp_path, [1, 2, 3, 4], keep_recent=4)
    (tmp_path / ".unfinished-abc").mkdir()
    manager, _ = reopen(tmp_path)
    manager.load()
    manager.discard_after(1)
    assert manager.steps() == [0, 1]
    assert (tmp_path / "last").readlink() == Path("1")
    manager.save(state_at(5), step=5)
    assert names(tmp_path) == ["1", "5", "best", "last"]


def test_failed_write_leaves_what_was_there(tmp_path: Path):
    manager = fill(tmp_path, [1])
    before = contents(tmp_path)
    with pytest.raises((CheckpointError, AttributeError)):
        manager.save({"model": lambda: 0}, step=0)  # nothing that can be saved
    assert contents(tmp_path) == before
    assert names(tmp_path) == ["0", "best", "last"]


def test_file_in_the_way_is_told_in_one_line(tmp_path: Path):
    (tmp_path / "checkpoints").write_text("a file")
    with pytest.raises(CheckpointError, match="can't be written") as caught:
        CheckpointManager(tmp_path / "checkpoints").save(state_at(0), step=0)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "checkpoints") in str(caught.value)


class Bomb:
    """What loads as a call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self._path}",)


def test_checkpoint_that_would_run_code_is_refused(tmp_path: Path):
    target = tmp_path / "ran"
    fill(tmp_path / "runs", [1])
    write_checkpoint(tmp_path / "runs", {"model": Bomb(target)}, step=9, score=None, summary={})
    manager, notices = reopen(tmp_path / "runs")
    assert manager.load().step == 0
    assert "9/model.pt is refused" in notices[0]
    with pytest.raises(CheckpointError, match="could run code"):
        load_tensors(tmp_path / "runs" / "9" / "model.pt")
    assert not target.exists()


@pytest.mark.filterwarnings("ignore")  # of PyTorch, about pickles from elsewhere
@given(st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x80\x04"]), st.binary())
@example(b"\x80\x02", b".")
def test_file_of_something_else_is_told(tmp_path_factory: Any, start: bytes, rest: bytes):
    path = tmp_path_factory.getbasetemp() / "model.pt"
    path.write_bytes(start + rest)
    message = f"{path} none"
    try:
        load_tensors(path)  # some of these are small pickles of plain data
    except CheckpointError as error:
        message = str(error)
    assert str(path) in message
    assert "\n" not in message


def test_newer_format_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("labwork.training._checkpoint_files.FORMAT", 99)
    fill(tmp_path, [1])
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="has format 99; this version reads 1"):
        reopen(tmp_path)[0].load()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(
        tmp_path_factory.mktemp("written"), state_at(3), step=3, score=0.5, summary={"epoch": 1}
    )


@settings(max_examples=300)
@given(st.data())
def test_any_flipped_byte_is_noticed(written: Path, data: st.DataObject):
    path = data.draw(st.sampled_from(sorted(written.iterdir())))
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bits = data.draw(st.integers(1, 255))
    torn = whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :]
    try:
        path.write_bytes(torn)
        checkpoint = load_checkpoint(written)
    except CheckpointError:
        return
    finally:
        path.write_bytes(whole)
    # White space between the tokens of JSON says nothing.
    assert path.name == "manifest.json"
    assert json.loads(torn) == json.loads(whole)
    assert (checkpoint.step, checkpoint.score) == (3, 0.5)


@given(st.data())
def test_any_cut_is_noticed(written: Path, data: st.DataObject):
    path = data.draw(st.sampled_from(sorted(written.iterdir())))
    whole = path.read_bytes()
    length = data.draw(st.integers(0, len(whole) - 2))  # the last byte of JSON is a line's end
    try:
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            load_checkpoint(written)
    finally:
        path.write_bytes(whole)


@pytest.fixture
def background() -> Iterator[Background]:
    thread = Background()
    yield thread
    with suppress(NonFiniteError):  # what a test provoked was looked at in it
        thread.close()


def save_with(
    trainer: Any, data: Any, directory: Path, background: Background, **settings: Any
) -> Any:
    manager = CheckpointManager(directory, keep_recent=99)
    saving = SaveCheckpoints(manager, background, **settings)
    trainer.callbacks.add(saving)
    trainer.train(data)
    background.wait()
    return manager, saving


@pytest.mark.parametrize(
    ("every", "steps"), [("5it", [0, 5, 10, 12]), ("1ep", [0, 6, 12]), ("9ep", [0, 12])]
)
def test_checkpoints_are_taken_at_the_start_when_due_and_in_the_end(
    make_trainer: Any,
    make_data: Any,
    tmp_path: Path,
    background: Background,
    every: str,
    steps: Any,
):
    manager, _ = save_with(make_trainer(), make_data(), tmp_path, background, every=every)
    assert manager.steps() == steps


def test_best_score_is_kept_when_it_is_reached(
    make_trainer: Any, make_data: Any, tmp_path: Path, background: Background
):
    class Scores:
        def step_completed(self, trainer: Any, result: Any) -> None:
            score = {2: 0.5, 4: float("nan"), 5: 0.7, 7: 0.6, 9: 0.7}.get(trainer.loop.step)
            if score is not None:
                trainer.callbacks.call("evaluated", trainer, "val", {"accuracy": score})

    trainer = make_trainer()
    trainer.callbacks.add(Scores())
    manager, saving = save_with(
        trainer, make_data(), tmp_path, background, every="9ep", score=("val", "accuracy")
    )
    assert manager.steps() == [0, 2, 5, 12]
    assert saving.best_score == 0.7
    best = manager.load("best")
    assert (best.step, best.score) == (5, 0.7)


def test_later_steps_dont_reach_what_is_being_saved(
    make_trainer: Any, make_data: Any, tmp_path: Path, background: Background
):
    trainer = make_trainer(epoch_count=1)
    seen: dict[int, torch.Tensor] = {}

    class Note:
        def step_completed(self, trainer: Any, result: Any) -> None:
            seen[trainer.loop.step] = trainer.model.weight.detach().clone()

    trainer.callbacks.add(Note())
    save_with(trainer, make_data(), tmp_path, background, every="1it")
    for step, weight in seen.items():
        saved = load_checkpoint(tmp_path / str(step)).state["model"]["weight"]
        assert torch.equal(saved, weight)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_parameters_that_arent_finite_are_never_written(
    make_trainer: Any, make_data: Any, tmp_path: Path, background: Background, value: float
):
    class Spoil:
        def step_completed(self, trainer: Any, result: Any) -> None:
            if trainer.loop.step == 8:
                with torch.no_grad():
                    trainer.model.bias[1] = value

    trainer = make_trainer(on_nonfinite="skip")
    trainer.callbacks.add(Spoil())
    with pytest.raises(NonFiniteError, match="parameter bias isn't finite after step") as caught:
        save_with(trainer, make_data(), tmp_path, background, every="4it")
    assert caught.value.step == 8
    assert CheckpointManager(tmp_path, "resume").steps() == [0, 4]


def test_large_finite_parameters_may_be_written(
    make_trainer: Any, make_data: Any, tmp_path: Path, background: Background
):
    trainer = make_trainer(epoch_count=0)
    with torch.no_grad():
        trainer.model.weight.fill_(1e308)
    manager, _ = save_with(trainer, make_data(), tmp_path, background)
    assert manager.steps() == [0]
