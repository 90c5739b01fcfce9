"""The documents keep their word: what they show runs, and what they point at is there."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from labwork.cli._main import labwork as command_line
from labwork.experiments import (
    get_metrics,
    get_model,
    get_prepared_data_for_trainer,
    get_trainer,
)

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
FENCE = re.compile(r"^(<!-- run -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PUBLIC_NAME = re.compile(r"\blabwork\.(\w+)\.([A-Za-z]\w*)\b(?![./])")
EVERYDAY = {"cd", "cmp", "git", "mkdir", "export", "source", "eval"}

RUN_ALL = """
import contextlib, json, sys
from labwork.cli import main
for words in json.loads(sys.argv[1]):
    with contextlib.suppress(SystemExit):
        main(words)
"""


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    text: str
    line: int
    runs: bool


def blocks(document: Path, language: str) -> list[Block]:
    text = document.read_text("utf-8")
    found = (
        Block(m[2], m[3], text.count("\n", 0, m.start(3)), bool(m[1])) for m in FENCE.finditer(text)
    )
    return [block for block in found if block.language == language]


def having(language: str, *, runs: bool = False) -> pytest.MarkDecorator:
    """For the documents that have such blocks."""
    chosen = [d for d in DOCUMENTS if any(b.runs >= runs for b in blocks(d, language))]
    return pytest.mark.parametrize("document", chosen, ids=lambda path: path.name)


def commands(block: Block) -> Iterator[tuple[list[str], list[str]]]:
    """The commands of a console block, and the lines that are said to be printed."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        first, *printed = part.replace("\\\n", "").splitlines()
        yield shlex.split(first, comments=True), [line for line in printed if line not in ("", "…")]


@having("python")
def test_python_runs(document: Path, data_folder: Path):
    """All Python of a document is one script, whose line numbers are those of the document."""
    script = ""
    for block in blocks(document, "python"):
        script += "\n" * (block.line - script.count("\n")) + block.text
    file = data_folder / f"{document.stem}.py"
    file.write_text(script, "utf-8")
    run = subprocess.run(
        [sys.executable, "-W", "error", file], cwd=data_folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    lines = iter(run.stdout.splitlines())
    missing = [said for said in PRINTED.findall(script) if said not in lines]
    assert missing == [], run.stdout


@having("console")
def test_commands_are_right(document: Path, data_folder: Path):
    for block in blocks(document, "console"):
        for words, _ in commands(block):
            if not block.runs:
                check_command(words)


def check_command(words: list[str]) -> None:
    """Makes sure that a command could run, without running it."""
    match words:
        case ["timeout", "-s", _, _, *rest]:
            check_command(rest)
        case ["labwork", name, *rest]:
            context = command_line.commands[name].make_context(name, rest)
            if "trainer" in context.params:
                build(context)
        case ["make", *targets]:
            makefile = (ROOT / "Makefile").read_text("utf-8")
            assert [t for t in targets if "=" not in t and f"\n{t}: " not in makefile] == []
        case ["python", "-m", module, *_]:
            assert (ROOT / module).is_dir()
        case ["python", file, *_]:
            assert (ROOT / file).is_file()
        case ["pip", "install", *_, what]:
            extras = re.findall(r"\w+", what.partition("[")[2])
            project = (ROOT / "pyproject.toml").read_text("utf-8")
            assert [e for e in extras if f"\n{e} = [" not in project] == []
        case _:
            assert words[0] in EVERYDAY


def build(context: click.Context) -> None:
    values = context.params
    data = get_prepared_data_for_trainer(values["data"])
    model = get_model(values["model"], values["input_adapter"], next(iter(data.values())))
    get_trainer(values["trainer"], model, metric_fs=get_metrics(values["metrics"], ()))


@having("console", runs=True)
def test_marked_commands_run(document: Path, data_folder: Path):
    """They run in their order, in one process, and print the lines below them."""
    for name, text in FILE.findall(document.read_text("utf-8")):
        (data_folder.parent / name).write_text(text, "utf-8")
    marked = [block for block in blocks(document, "console") if block.runs]
    shown = [command for block in marked for command in commands(block)]
    assert {words[0] for words, _ in shown} == {"labwork"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN_ALL, json.dumps([w[1:] for w, _ in shown])],
        cwd=data_folder.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = iter(run.stdout.splitlines())
    missing = [said for _, printed in shown for said in printed if said not in lines]
    assert missing == [], run.stdout
    assert "Traceback" not in run.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path):
    links = LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_exist(document: Path):
    names = PUBLIC_NAME.findall(document.read_text("utf-8"))
    unknown = [n for n in names if not hasattr(import_module(f"labwork.{n[0]}"), n[1])]
    assert [n for n in unknown if find_spec(f"labwork.{n[0]}.{n[1]}") is None] == []


def test_readme_shows_what_a_run_leaves(data_folder: Path):
    strings = ["Digits{train,val,test}", "id", "SmallImageClassifier,widths=(4,)"]
    words = ["labwork", "train", *strings, "recipes.digits,epoch_count=1"]
    subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True)
    (run,) = data_folder.glob("experiments/*/*/*/*/_")
    left = {path.name for path in run.iterdir() if path.name != ".lock"}
    (tree,) = [b.text for b in blocks(ROOT / "README.md", "text") if "config.yaml" in b.text]
    shown = re.findall(r"^[├└]── ([\w.]+)", tree, re.MULTILINE)
    assert sorted(shown) == sorted(left)
    (newest,) = [p.resolve() for p in run.glob("checkpoints/last")]
    parts = {path.name for path in newest.iterdir()}
    assert parts <= set(re.findall(r"[\w]+\.\w+", tree))
