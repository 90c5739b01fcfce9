"""What people see."""

import io
import os
import pty
import sys
import warnings

import pytest
import rich.console
from hypothesis import given
from hypothesis import strategies as st

from labwork.reporting import Console, LiveDisplay, Progress, Report, terminal_sink

TERMINAL = {"TERM": "xterm-256color"}
VAL = Report("val", 3, 1200, {"loss": 0.25, "accuracy": 0.75})


def progress() -> Progress:
    return Progress("train", epoch=3, epoch_count=10, step=50, step_count=400, sample_count=6400)


def console(terminal: bool, width: int = 100) -> rich.console.Console:
    return rich.console.Console(
        file=io.StringIO(), force_terminal=terminal, width=width, height=40, _environ=TERMINAL
    )


def written(console: rich.console.Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_console_writes_a_line_each():
    stream = io.StringIO()
    sink = Console(progress(), stream)
    sink.open()
    sink.message("model: resnet18")
    sink.notice("resumed at step 800")
    sink.report(VAL)
    sink.close()
    assert stream.getvalue().splitlines() == [
        "model: resnet18",
        "resumed at step 800",
        "epoch  3/10  step 1200  val    loss 0.25  accuracy 0.75",
    ]


def test_console_tells_the_pace():
    stream, counters = io.StringIO(), progress()
    sink = Console(counters, stream)
    sink.look()
    counters.step, counters.sample_count = 150, 19200
    sink.look()
    sink.report(Report("train", 3, 1350, {"loss": 0.5}))
    line = stream.getvalue()
    assert "loss 0.5  (" in line
    assert " left, " in line
    assert line.endswith(" samples/s)\n")


def test_closed_pipe_is_told():
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    with pytest.raises(BrokenPipeError):
        Console(progress(), stream).message("anybody there?")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_display_shows_counters_and_newest_metrics():
    screen = console(terminal=True)
    display = LiveDisplay(progress(), screen, refresh_per_second=0.001)
    display.open()
    display.report(Report("train", 3, 1150, {"loss": 0.5, "lr": 0.1}))
    display.report(Report("train", 3, 1200, {"loss": 0.375, "lr": 0.1}))
    display.report(VAL)
    display.message("[bold]no markup[/bold]")
    display.close()
    frame = plain(written(screen)).rpartition("train   epoch")[2].splitlines()
    assert frame[0].split() == ["4/10", "step", "50/400"]
    assert " 31%  0:00:00 elapsed" in frame[1]
    table = [line.split() for line in frame[2:6]]
    assert table == [
        ["train", "val"],
        ["loss", "0.375", "↓", "0.25"],
        ["lr", "0.1"],
        ["accuracy", "0.75"],
    ]
    assert len({line.index("0.25") for line in frame[3:4]} | {frame[2].index("val")}) == 1
    assert "[bold]no markup[/bold]" in plain(written(screen))


def plain(text: str) -> str:
    from rich.text import Text

    return "\n".join(Text.from_ansi(line).plain for line in text.split("\n"))


def test_display_keeps_lines_of_evaluations_and_no_colours_without_terminal():
    screen = console(terminal=False)
    display = LiveDisplay(progress(), screen)
    display.open()
    display.message("model: resnet18")
    display.report(Report("train", 3, 1150, {"loss": 0.5}))
    display.report(VAL)
    display.notice("goes on " * 50)
    display.close()
    assert written(screen).splitlines() == [
        "model: resnet18",
        "epoch  3/10  step 1200  val    loss 0.25  accuracy 0.75",
        "goes on " * 50,
    ]


@given(
    st.builds(Progress, st.text("ab"), *[st.integers(0, 10**9)] * 5),
    st.dictionaries(st.text(), st.floats(), max_size=3),
    st.integers(1, 120),
)
def test_display_takes_any_counters_and_any_width(progress, scalars, width):
    screen = console(terminal=True, width=width)
    display = LiveDisplay(progress, screen, refresh_per_second=0.001)
    display.open()
    display.report(Report("train", 0, 1, scalars))
    display.report(Report("train", 0, 2, scalars))
    display.close()
    assert "\x1b[?25h" in written(screen)  # the cursor is back


def test_display_gives_streams_back_and_keeps_them_from_forked_workers():
    before = sys.stdout
    display = LiveDisplay(progress(), console(terminal=True))
    display.open()
    assert sys.stdout is not before
    with warnings.catch_warnings():
        # Python warns of forks beside other threads, which is what is tried here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os._exit(0 if sys.stdout is before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    display.close()
    assert sys.stdout is before


@pytest.mark.parametrize(("term", "kind"), [("xterm", LiveDisplay), ("dumb", Console)])
def test_terminal_gets_what_it_can_show(term, kind, monkeypatch):
    monkeypatch.setenv("TERM", term)
    leader, follower = pty.openpty()
    with os.fdopen(leader), os.fdopen(follower, "w") as stream:
        assert type(terminal_sink(Progress(), stream)) is kind
    assert type(terminal_sink(Progress(), io.StringIO())) is Console
