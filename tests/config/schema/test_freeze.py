"""What was checked comes back from what it is frozen to."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.schema import AtLeast, check, defaults, freeze

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(-9, 9) | st.floats(allow_nan=False)


@dataclass
class Inner:
    lr: float = 0.1
    path: Path | None = None
    pair: tuple[int, str] = (1, "a")


@dataclass
class Tagged:
    kind: Literal["tagged"]
    inner: Inner = field(default_factory=lambda: Inner(lr=0.7))


@dataclass
class Outer:
    count: Annotated[int, AtLeast(0)]
    number: float | int | str = 0.5
    either: Tagged | Inner | str = "neither"
    members: dict[str, Inner] = field(default_factory=lambda: {"first": Inner(0.3)})
    items: list[Literal["a", 1] | bool] = field(default_factory=lambda: ["a", True])
    paths: tuple[Path, ...] = (Path("a/b"),)
    inner: Inner = field(default_factory=lambda: Inner(lr=0.9))
    extra: Any = (1, 2)


def mappings(**values: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries({}, optional=values)


inners = mappings(
    lr=numbers,
    path=st.none() | st.text(st.characters(exclude_characters="\0")),
    pair=st.tuples(st.integers(), st.text()).map(list),
)
tagged = mappings(inner=inners).map(lambda given: {"kind": "tagged", **given})
outers = st.builds(
    lambda count, rest: {"count": count, **rest},
    st.integers(0, 9),
    mappings(
        number=numbers | st.text(),
        either=tagged | inners | st.text(),
        members=st.dictionaries(st.text(), inners, max_size=2),
        items=st.lists(st.sampled_from(["a", 1, True, False])),
        paths=st.lists(st.just("x/y") | st.just(".")),
        inner=inners,
        extra=plain,
    ),
)


@given(outers)
def test_a_frozen_config_is_read_as_what_it_came_from(config):
    checked = check(config, Outer)
    frozen = freeze(checked)
    assert check(frozen, Outer) == checked
    assert repr(freeze(check(frozen, Outer))) == repr(frozen)
    assert repr(freeze(frozen)) == repr(frozen)


@given(outers)
def test_defaults_may_be_written_out_in_part_or_whole(config):
    assert check({**defaults(Outer), **config}, Outer) == check(config, Outer) or "inner" in config
    assert freeze(check({"count": 1}, Outer)) == {"count": 1, **defaults(Outer)}


@given(inners)
def test_what_a_mapping_leaves_out_comes_from_the_default_of_its_field(inner):
    whole = {**defaults(Outer)["inner"], **inner}
    assert check({"count": 1, "inner": inner}, Outer) == check({"count": 1, "inner": whole}, Outer)


@given(outers, st.data())
def test_every_key_of_a_frozen_config_is_known_and_no_other(config, data):
    frozen = freeze(check(config, Outer))
    key = data.draw(st.sampled_from(sorted(frozen)))
    frozen[f"{key}_too"] = frozen.pop(key)
    with pytest.raises(ValueError, match=f"{key}_too: unknown key"):
        check(frozen, Outer)


def test_what_cannot_be_written_is_not_frozen():
    for value in (object(), {1, 2}, print):
        with pytest.raises(TypeError, match="can't be written in a config"):
            freeze(Outer(1, extra=[value]))
    with pytest.raises(TypeError, match="expected a dataclass or a mapping"):
        freeze([1])
