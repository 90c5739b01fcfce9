"""What is to blame for an error is found, whatever else is in the tree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labwork.config.trees import ArgTree, TreeError, blame, ft, it, t
from labwork.core import ConfigError, Node

NAMES = st.sampled_from(["a", "b", "c", "d"])
TREES = st.recursive(
    st.dictionaries(NAMES, st.integers(-3, 3), max_size=3).map(lambda items: t(**items)),
    lambda inner: st.dictionaries(NAMES, st.integers(-3, 3) | inner, max_size=4).map(
        lambda items: t(**items)
    ),
    max_leaves=8,
)


def refuse_negatives(tree: ArgTree) -> None:
    """As factories do, it stops at the first argument that it doesn't like."""
    for path in tree.paths():
        value = tree.at(path)
        if isinstance(value, int) and value < 0:
            raise ValueError(f"{path} is negative")


def error_of(make: Any, tree: Any) -> Exception:
    with pytest.raises(ValueError, match=r"negative|too much") as caught:
        make(tree)
    return caught.value


@given(TREES)
def test_all_that_are_wrong_are_found_and_nothing_else(tree: ArgTree):
    wrong = [p for p in tree.paths() if isinstance(tree.at(p), int) and tree.at(p) < 0]
    if wrong:
        found = blame(refuse_negatives, tree, error_of(refuse_negatives, tree))
        assert [path for one in found for path in one.paths] == wrong
        assert [str(one.error) for one in found] == [f"{path} is negative" for path in wrong]


@given(TREES, TREES)
def test_a_change_is_taken_out_and_nothing_else(tree: ArgTree, other: ArgTree):
    for path in tree.paths():
        left = list(tree.without(path).paths())
        assert left == [p for p in tree.paths() if p[: len(path)] != path]
    for path in other.paths():
        if path not in tree.paths():
            assert tree.without(path) == tree


def test_changes_that_only_together_are_wrong_are_all_blamed():
    def make(tree: ArgTree) -> None:
        if sum(tree.changes.values()) > 3:
            raise ValueError("too much")

    tree = t(a=2, b=0, c=2)
    (found,) = blame(make, tree, error_of(make, tree))
    assert found.paths == (("a",), ("c",))


def test_nothing_is_blamed_for_what_would_fail_anyway():
    def make(tree: ArgTree) -> None:
        raise OSError("no space left")

    (found,) = blame(make, t(a=1, b=2), OSError("no space left"))
    assert found.paths == ()


class Maker(Node):
    """Made anew with other settings, as an optimizer's settings are."""

    def __init__(self, kind: str = "first", **settings: int) -> None:
        known = {"first": {"lr"}, "second": {"lr", "momentum"}}[kind]
        for name in sorted(settings.keys() - known):
            raise ConfigError(f"{kind} has no {name}")


@pytest.mark.parametrize(
    ("tree", "paths"),
    [
        (t(maker_f=t(lrr=1)), [("maker_f", "lrr")]),
        (t(maker_f=t(lrr=1, lr=1, zoom=1)), [("maker_f", "lrr"), ("maker_f", "zoom")]),
        (t(maker_f=t(kind="second", momentum=1, lrr=1)), [("maker_f", "lrr")]),
        (t(block_f=t(widht=1), depht=2), [("block_f", "widht"), ("depht",)]),
        (t(block_f=ft(dict, a=t(b=1))), [("block_f", "a")]),
        (t(sizes=it({0: 1, 5: 2, 7: 1})), [("sizes", 5), ("sizes", 7)]),
    ],
    ids=str,
)
def test_the_error_of_a_tree_knows_where_its_faults_are(tree: ArgTree, paths: list[Any]):
    maker = Maker()

    def make_block(width: int = 1) -> None: ...

    def make_net(maker_f: Any = maker, block_f: Any = make_block, sizes: Any = (1, 2)) -> None: ...

    with pytest.raises(TreeError) as caught:
        tree.apply(make_net)
    assert [path for path, _ in caught.value.faults] == paths
    assert str(caught.value).splitlines() == [text for _, text in caught.value.faults]
