import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from labwork.experiments import collect_provenance, write_provenance
from labwork.experiments._git import describe_repository


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, data_folder: Path) -> Path:
    """A repository with one commit on the branch ``idea``; HOME holds no settings of git."""
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--initial-branch=idea")
    (folder / "train.py").write_text("lr = 0.1\n")
    git(folder, "add", "train.py")
    git(folder, "commit", "-m", "An idea")
    return folder


def test_clean_repository(repository: Path):
    below = repository / "notebooks"
    below.mkdir()
    work = collect_provenance(["labwork"], 0, below)["git"]["work"]
    assert work == {
        "root": str(repository.resolve()),
        "commit": git(repository, "rev-parse", "HEAD"),
        "branch": "idea",
        "dirty": False,
        "diff": "",
        "untracked": [],
    }


def test_diff_repeats_the_code(repository: Path):
    (repository / "train.py").write_text("lr = 0.2\n")
    (repository / "ünused name.py").touch()
    work = describe_repository(repository)
    assert work["dirty"]
    assert work["untracked"] == ["ünused name.py"]
    git(repository, "checkout", "train.py")
    (repository / "change.diff").write_text(work["diff"])
    git(repository, "apply", "change.diff")
    assert (repository / "train.py").read_text() == "lr = 0.2\n"


def test_untracked_files_alone_are_not_dirt(repository: Path):
    (repository / "notes.txt").touch()
    assert not describe_repository(repository)["dirty"]


def test_long_diff_is_cut_with_a_note(repository: Path):
    (repository / "train.py").write_text("lr = 0.2  # ünits\n" * 200_000)
    diff = describe_repository(repository)["diff"]
    assert len(diff.encode()) < 2**20 + 100
    assert "cut here" in diff.splitlines()[-1]


def test_commit_without_branch_and_branch_without_commit(repository: Path, tmp_path: Path):
    git(repository, "checkout", "--detach")
    assert describe_repository(repository)["branch"] is None
    git(tmp_path, "init", "--initial-branch=new")
    empty = describe_repository(tmp_path)
    assert (empty["commit"], empty["branch"]) == (None, "new")


def test_no_repository_or_no_git_is_no_error(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
):
    assert collect_provenance(["labwork"], 0, tmp_path)["git"]["work"] is None
    assert collect_provenance(["labwork"], 0, tmp_path / "missing")["git"]["work"] is None
    monkeypatch.setenv("PATH", "")
    found = collect_provenance(["labwork"], 0, repository)["git"]
    assert found == {"work": None, "labwork": None}


def test_describing_runs_no_program_that_settings_name(repository: Path, tmp_path: Path):
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    spy.chmod(0o755)
    for setting in ("core.fsmonitor", "diff.external", "diff.py.textconv", "core.pager"):
        git(repository, "config", setting, str(spy))
    (repository / ".gitattributes").write_text("*.py diff=py\n")
    (repository / "train.py").write_text("lr = 0.2\n")
    assert "+lr = 0.2" in describe_repository(repository)["diff"]
    assert not (tmp_path / "ran").exists()


def test_only_chosen_variables_are_kept(data_folder: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("CUBLAS_WORKSPACE_CONFIG", "MKL_NUM_THREADS", "PYTHONHASHSEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABWORK_STORE_TOKEN", "hush")
    monkeypatch.setenv("CLOUD_SECRET_KEY", "hush")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    provenance = collect_provenance(["labwork"], 0, data_folder)
    assert provenance["environment"] == {
        "CUDA_VISIBLE_DEVICES": "1",
        "LABWORK_DATA": str(data_folder),
        "OMP_NUM_THREADS": "2",
    }
    assert "hush" not in json.dumps(provenance)


def test_file_holds_what_was_collected(tmp_path: Path):
    provenance = collect_provenance(["labwork", "ResNet(18)", "dätä", "\udcff"], 3, tmp_path)
    path = tmp_path / "provenance.json"
    path.write_text("an older one")
    write_provenance(path, provenance)
    assert json.loads(path.read_text("utf-8")) == provenance
    assert provenance["packages"]["numpy"] == np.__version__
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_leaves_the_file_alone(tmp_path: Path):
    path = tmp_path / "provenance.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_provenance(path, {"seed": float("nan")})
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]
