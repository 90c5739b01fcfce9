"""Keys that are there only where another key has a value."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.grids import expand_grid
from labwork.core import ConfigError

Entry = tuple[str, list[int] | int, tuple[str, str, list[int]] | None]

SIGNS = {"=": False, "!=": True, "in": False, "not in": True}
OPPOSITES = {"=": "!=", "!=": "=", "in": "not in", "not in": "in"}
names = st.sampled_from("abcd")
numbers = st.integers(0, 2)
conditions = st.tuples(names, st.sampled_from(sorted(SIGNS)), st.lists(numbers, max_size=2))
axes = numbers | st.lists(numbers, min_size=1, max_size=3)
any_entries = st.lists(st.tuples(names, axes, st.none() | conditions), max_size=7)


@st.composite
def sensible_entries(draw: st.DrawFn) -> list[Entry]:
    """Conditions on earlier keys, some of them with what is there otherwise."""
    found: list[Entry] = []
    for name in "abcdef"[: draw(st.integers(1, 6))]:
        earlier = st.sampled_from([entry[0] for entry in found] or [name])
        signs, options = st.sampled_from(sorted(SIGNS)), st.lists(numbers, min_size=1, max_size=2)
        condition = draw(st.none() | st.tuples(earlier, signs, options)) if found else None
        found.append((name, draw(axes), condition))
        if condition and draw(st.booleans()):
            path, sign, wanted = condition
            other = draw(st.sampled_from([OPPOSITES[sign], *SIGNS]))
            found.append((name, draw(axes), (path, other, wanted)))
    return found


entries = (sensible_entries() | any_entries).filter(
    lambda found: len({key_of(entry) for entry in found}) == len(found)
)


def key_of(entry: Entry) -> str:
    name, value, condition = entry
    key = f"{name}_" if isinstance(value, list) else name
    if condition is None:
        return key
    path, sign, options = condition
    return f"{key} if {path} {sign} {options if sign.endswith('in') else (options or [7])[0]}"


def holds(entry: Entry, present: dict[str, int]) -> bool:
    if entry[2] is None:
        return True
    path, sign, options = entry[2]
    wanted = options if sign.endswith("in") else (options or [7])[:1]
    return (path in present and present[path] in wanted) != SIGNS[sign]


def configurations(entries: list[Entry], present: dict[str, int]) -> Iterator[dict[str, int]]:
    """All configurations by going through the entries one by one."""
    if not entries:
        yield present
        return
    first, *rest = entries
    name, value, _ = first
    if not holds(first, present):
        yield from configurations(rest, present)
        return
    if name in present:
        raise ConfigError(f"{name} is set already")
    for item in value if isinstance(value, list) else [value]:
        yield from configurations(rest, {**present, name: item})


def refusal(entries: list[Entry]) -> str | None:
    """Why entries aren't a grid at all, whatever their values."""
    for index, (name, _, condition) in enumerate(entries):
        others = [entry for entry in entries[:index] if entry[0] == name]
        if any(entry[2] is None or condition is None for entry in others):
            return "set already"
    for index, (_, _, condition) in enumerate(entries):
        if condition is None:
            continue
        found = [i for i, entry in enumerate(entries) if entry[0] == condition[0]]
        if not found:
            return "no key"
        if found[-1] >= index:
            return "only after"
    return None


@given(entries)
def test_conditional_grids_are_what_going_through_them_gives(entries):
    config: dict[str, Any] = {key_of(entry): entry[1] for entry in entries}
    # Plain keys hold from the start, wherever they stand.
    ordered = sorted(entries, key=is_plain, reverse=True)
    expected = refusal(ordered)
    if expected is None:
        try:
            listed = list(configurations(ordered, {}))
        except ConfigError:
            expected = "set already"
    if expected is not None:
        with pytest.raises(ConfigError, match=expected):
            expand_grid(config)
        return
    grid = expand_grid(config)
    assert [element.plain() for element in grid] == listed
    assert [grid[i].plain() for i in range(len(grid))] == listed


def is_plain(entry: Entry) -> bool:
    return entry[2] is None and not isinstance(entry[1], list)


CASES: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"o_": ["sgd", "adam"], "m_ if o = sgd": [1, 2], "n if m = 2": True},
        [{"o": "sgd", "m": 1}, {"o": "sgd", "m": 2, "n": True}, {"o": "adam"}],
    ),
    (
        {"o_": [{"name": "sgd", "m_": [1, 2]}, {"name": "adam"}, None], "n if o/m = 2": 3},
        [
            {"o": {"name": "sgd", "m": 1}},
            {"o": {"name": "sgd", "m": 2}, "n": 3},
            {"o": {"name": "adam"}},
            {"o": None},
        ],
    ),
    (
        {"a_": [1, True, 1.0, "1"], "b if a = 1": 0, "c if a = true": 0, "d if a = '1'": 0},
        [{"a": 1, "b": 0}, {"a": True, "c": 0}, {"a": 1.0, "b": 0}, {"a": "1", "d": 0}],
    ),
    (
        {"a_": [1e-4, None, [1, 2]], "b if a in [1e-4, null]": 0, "c if a = [1, 2]": 0},
        [{"a": 1e-4, "b": 0}, {"a": None, "b": 0}, {"a": [1, 2], "c": 0}],
    ),
    (
        {"a_": ["x y", "z"], "b if a = 'x y' and c/d != 2": 0, "c": {"d": 1}},
        [{"a": "x y", "b": 0, "c": {"d": 1}}, {"a": "z", "c": {"d": 1}}],
    ),
    (
        {"a_": [1, 2, 3], "b if a = 1": {"c_": [1, 2]}, "b if a = 2": 5},
        [{"a": 1, "b": {"c": 1}}, {"a": 1, "b": {"c": 2}}, {"a": 2, "b": 5}, {"a": 3}],
    ),
    (
        {"x": {"y": 0}, "a_": [1, 2], "(b, x/z)_ if a = 1": [[1, 2], [3, 4]]},
        [
            {"x": {"y": 0, "z": 2}, "a": 1, "b": 1},
            {"x": {"y": 0, "z": 4}, "a": 1, "b": 3},
            {"x": {"y": 0}, "a": 2},
        ],
    ),
    (
        {"in": {"a_": [1, 2], "b if in/a = 1": 1}, "c": 0},
        [{"in": {"a": 1, "b": 1}, "c": 0}, {"in": {"a": 2}, "c": 0}],
    ),
    ({"b if c not in [1]": 1, "c": 1}, [{"c": 1}]),
]


@pytest.mark.parametrize(("config", "expected"), CASES, ids=lambda x: str(x)[:50])
def test_conditions_decide_what_is_there(config, expected):
    grid = expand_grid(config)
    assert repr([element.plain() for element in grid]) == repr(expected)
    assert len(grid) == len(expected)


def test_only_what_conditions_name_is_branched_over():
    axes = {f"axis {i}_": list(range(10)) for i in range(17)}
    grid = expand_grid({**axes, "twice_ if axis 7 = 3": [0, 1], "once if axis 9 in [1, 2]": 0})
    assert len(grid) == 10**17 + 10**16
    assert grid[-1].plain() == dict.fromkeys(grid.varied[:-1], 9)


def test_conditions_that_need_too_much_memory_are_refused():
    axes = {f"a{i}_": [0, 1] for i in range(40)}
    below = {f"b{i} if a{i} = 1": i for i in range(40)}
    with pytest.raises(ConfigError, match="write each condition right below the key"):
        expand_grid({**axes, **below})
    mixed = {k: v for pair in zip(axes.items(), below.items(), strict=True) for k, v in pair}
    assert len(expand_grid(mixed)) == 2**40
