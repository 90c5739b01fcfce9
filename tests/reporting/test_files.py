"""Laws of sinks that write files; a new one joins the list and is held to them."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.core import StateError
from labwork.reporting import (
    CSVHistory,
    EventLog,
    FileSink,
    JSONLHistory,
    Report,
    TextLog,
    read_history,
)

CUT_BACK = [CSVHistory, JSONLHistory, TextLog]
ESSENTIAL = [*CUT_BACK, EventLog]
FULL = Path("/dev/full")


numbers = st.floats(allow_nan=True, allow_infinity=True)
steps = st.integers(0, 10**9)
reports = st.builds(
    Report, st.text(), steps, steps, st.dictionaries(st.text(), numbers, max_size=3)
)
messages = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
events = st.lists(st.one_of(reports, messages), max_size=6)


def feed(sink: FileSink, events: list[Report | str]) -> None:
    for event in events:
        if isinstance(event, Report):
            sink.report(event)
        else:
            sink.message(event)


@pytest.mark.parametrize("kind", CUT_BACK)
@given(before=events, after=events, torn=st.binary(max_size=5))
def test_resumed_file_is_that_of_the_uninterrupted_run(kind, before, after, torn):
    with TemporaryDirectory() as folder:
        whole, resumed = kind(f"{folder}/whole"), kind(f"{folder}/a/b/resumed")
        whole.open()
        feed(whole, before + after)
        whole.close()

        resumed.open()
        feed(resumed, before)
        state = resumed.state_dict()
        kept = resumed.path.read_bytes()
        feed(resumed, after)
        with resumed.path.open("ab") as file:
            file.write(torn)  # killed: nobody closes the sink

        launched_again = kind(resumed.path)
        launched_again.load_state_dict(state)
        assert resumed.path.read_bytes() == kept
        launched_again.open()
        feed(launched_again, after)
        launched_again.close()
        resumed.close()
        assert resumed.path.read_bytes() == whole.path.read_bytes()


@pytest.mark.parametrize("kind", CUT_BACK)
def test_fresh_start_forgets_leftovers_and_reopening_does_not(kind, tmp_path):
    fresh, over_leftover = kind(tmp_path / "a"), kind(tmp_path / "b")
    over_leftover.path.write_text("of an earlier run\n")
    for sink in (fresh, over_leftover):
        sink.open()
        feed(sink, [Report("val", 1, 5, {"loss": 0.5})])
        sink.close()
    content = fresh.path.read_bytes()
    assert content == over_leftover.path.read_bytes() != b""
    assert fresh.state_dict() == {"bytes": len(content)}
    fresh.open()
    fresh.close()
    assert fresh.path.read_bytes() == content


@pytest.mark.parametrize("kind", CUT_BACK)
@pytest.mark.parametrize("content", [b"", b"short", None])
def test_shorter_file_is_refused_and_left_alone(kind, content, tmp_path):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StateError, match=rf"{path} has {len(content or b'')} bytes.* 6 "):
        kind(path).load_state_dict({"bytes": 6})
    assert (path.read_bytes() if path.exists() else None) == content


@pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
@pytest.mark.parametrize("kind", ESSENTIAL)
def test_full_disk_is_told(kind):
    sink = kind(FULL)
    with pytest.raises(OSError, match="No space left"):
        write_something(sink)
    with pytest.raises(OSError, match="Invalid argument"):
        sink.close()  # a device can't be synchronised


def write_something(sink: FileSink) -> None:
    sink.open()
    sink.report(Report("val", 1, 5, {"loss": 0.5}))
    sink.notice("started")


@given(st.lists(reports, max_size=5))
def test_jsonl_round_trip(reports):
    with TemporaryDirectory() as folder:
        history = JSONLHistory(f"{folder}/history.jsonl")
        history.open()
        feed(history, reports)
        history.close()
        lines = history.path.read_text().splitlines()
        read = read_history(history.path)
    assert [json.loads(line, parse_constant=pytest.fail)["step"] for line in lines] == [
        report.step for report in reports
    ]
    assert repr(read) == repr(reports)


@given(st.lists(reports, max_size=5))
def test_csv_round_trip(reports):
    with TemporaryDirectory() as folder:
        history = CSVHistory(f"{folder}/history.csv")
        history.open()
        feed(history, reports)
        history.close()
        with history.path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
    assert header == ["split", "epoch", "step", "name", "value"]
    expected = [(r.split, r.epoch, r.step, *s) for r in reports for s in r.scalars.items()]
    read = [(s, int(epoch), int(step), n, float(v)) for s, epoch, step, n, v in rows]
    assert repr(read) == repr(expected)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "",
        '{"split": "val", "epoch": 1, "step": 5}',
        '{"split": "val", "epoch": 1, "step": "5", "scalars": {}}',
        '{"split": "val", "epoch": 1, "step": 5, "scalars": {"loss": NaN}}',
        '{"split": "val", "epoch": 1, "step": 5, "scalars": {"loss": "low"}}',
        '{"split": "val", "epoch": 1, "step": 5, "scalars": {"loss": true}}',
    ],
)
def test_bad_line_is_named(line, tmp_path):
    path = tmp_path / "history.jsonl"
    good = '{"split": "val", "epoch": 1, "step": 5, "scalars": {"loss": "-inf"}}\n'
    path.write_text(f"{good}{line}\n{good}")
    with pytest.raises(ValueError, match=rf"{path}:2: not a report"):
        read_history(path)
    path.write_text(f"{good}{line}")  # as the last line, without its end, it is only unfinished
    assert read_history(path) == [Report("val", 1, 5, {"loss": float("-inf")})]


def test_text_log_reads_well_and_ignores_notices(tmp_path):
    log = TextLog(tmp_path / "log.txt")
    log.open()
    log.message("model: resnet18")
    log.notice("resumed on machine 7")
    log.report(Report("val", 2, 100, {"loss": 0.123456789, "samples": 60000.0}))
    log.close()
    assert log.path.read_text() == (
        "model: resnet18\nepoch 2  step 100  val    loss 0.12346  samples 60000\n"
    )


def test_event_log_tells_of_all_launches(tmp_path):
    path = tmp_path / "events.jsonl"
    for launch in range(3):
        log = EventLog(path)
        if launch:
            log.load_state_dict({})
        log.open()
        log.notice(f"launch {launch}")
        assert log.state_dict() == {}
        log.close()
        with path.open("a") as file:
            file.write('{"torn')
    lines = path.read_text().splitlines()
    assert lines[1::2] == ['{"torn'] * 3
    events = [json.loads(line) for line in lines[::2]]
    assert [event["text"] for event in events] == ["launch 0", "launch 1", "launch 2"]
    assert all(set(event) == {"time", "pid", "text"} for event in events)
