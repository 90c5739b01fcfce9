"""Contact sheets: what is in the picture."""

from pathlib import Path

import numpy as np
import pytest

from labwork.core import ConfigError
from labwork.reporting import Block, Tile, overlay, wrap_rows, write_contact_sheet

Image = pytest.importorskip("PIL.Image")


def test_tiles_lie_in_rows_with_their_pixels(tmp_path: Path):
    red = np.zeros((3, 100, 120), np.float32)
    red[0] = 1
    white = np.ones((1, 100, 100), np.float32)
    rows = [[Tile(red, "a long caption that has to be cut"), Tile(white)], [Tile(white * 0)]]
    write_contact_sheet(tmp_path / "sheet.png", [Block(rows)])
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture)
    assert (sheet[6:106, 6:126] == (255, 0, 0)).all()
    assert (sheet[6:106, 132:232] == 255).all()
    below = 6 + 100 + 20
    assert (sheet[below : below + 100, 6:106] == 0).all()


def test_small_images_are_enlarged(tmp_path: Path):
    write_contact_sheet(tmp_path / "sheet.png", [Block([[Tile(np.zeros((1, 8, 8), np.float32))]])])
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture)
    assert (sheet == 0).all(2).sum() == 96 * 96


@pytest.mark.parametrize("count", [1, 2, 5, 8, 30, 100])
@pytest.mark.parametrize("group", [1, 2])
def test_wrapped_rows_are_a_grid_that_keeps_all_tiles_above_one_another(count: int, group: int):
    shape = (3, 90, 120)
    rows = [
        [Tile(np.zeros(shape, np.float32), f"{kind} {i}") for i in range(count)]
        for kind in range(group)
    ]
    blocks = wrap_rows([Block(rows, "a"), Block(rows, "b", [(1, 2, 3)], ["cat"])])
    assert [(b.heading, b.colors, b.class_names) for b in blocks] == [
        ("a", (), ()),
        ("b", [(1, 2, 3)], ["cat"]),
    ]
    wrapped = [row for block in blocks for row in block.rows]
    lengths = sorted(len(row) for row in blocks[0].rows)
    assert lengths[-1] - lengths[0] < len(lengths) / group + 1  # no row is nearly empty
    assert sorted(t.caption for r in wrapped for t in r) == sorted(
        2 * [t.caption for row in rows for t in row]
    )
    for i in range(0, len(wrapped), group):
        numbers = [[t.caption.split()[1] for t in row] for row in wrapped[i : i + group]]
        assert numbers == [numbers[0]] * group
    ratio = 120 * max(map(len, wrapped)) / (90 * len(wrapped))
    assert count < 8 or 0.6 < ratio < 2.7
    assert count < 30 or 1 < ratio < 1.8


def test_legend_has_the_color_of_each_class_that_is_seen(tmp_path: Path):
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    black = np.zeros((3, 100, 100), np.float32)
    label_map = np.full((100, 100), -1)
    label_map[0, 0], label_map[0, 1] = 0, 2
    heights = {}
    for name, tile in {"plain": Tile(black), "map": Tile(black, label_map=label_map)}.items():
        write_contact_sheet(
            tmp_path / f"{name}.png", [Block([[tile]], "", colors, ["sky", "tree"])]
        )
        with Image.open(tmp_path / f"{name}.png") as picture:
            sheet = np.asarray(picture)
        heights[name] = len(sheet)
    seen = {tuple(pixel) for pixel in sheet[heights["plain"] - 6 :].reshape(-1, 3).tolist()}
    assert {color for color in colors if color in seen} == {colors[0], colors[2]}


def rows_of(path: Path, *blocks: Block) -> np.ndarray:
    write_contact_sheet(path, blocks)
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_void_is_in_the_legend_where_there_is_any(tmp_path: Path):
    black = np.zeros((3, 100, 100), np.float32)
    sheets = {}
    for name, labels in {"full": [0, 0], "void": [0, -1], "only": [-1, -1]}.items():
        label_map = np.repeat(labels, 5000).reshape(100, 100)
        tile = Tile(black, label_map=label_map)
        sheets[name] = rows_of(
            tmp_path / "sheet.png", Block([[tile] * 3], "", [(255, 0, 0)], ["sky"])
        )
    plain = rows_of(tmp_path / "sheet.png", Block([[Tile(black)] * 3]))
    dark = {name: (sheet[len(plain) :] == 0).all(2).sum() for name, sheet in sheets.items()}
    assert dark["void"] > dark["only"] > 0
    assert dark["void"] > dark["full"] > 0
    is_red = {name: (s[len(plain) :] == (255, 0, 0)).all(2).any() for name, s in sheets.items()}
    assert is_red == {"full": True, "void": True, "only": False}


def test_each_block_has_its_heading_and_its_own_legend(tmp_path: Path):
    tile = Tile(np.zeros((3, 100, 100), np.float32), label_map=np.zeros((100, 100), np.int64))
    colors = [(255, 0, 0), (0, 255, 0)]
    blocks = [Block([[tile]], "", [color], ["sky"]) for color in colors]
    sheet = rows_of(tmp_path / "sheet.png", *blocks)
    one = rows_of(tmp_path / "sheet.png", blocks[0])
    first, second = np.split(sheet[:, :, :], [len(one) - 6])
    for part, own, other in ((first, *colors), (second, *colors[::-1])):
        assert (part == own).all(2).any()
        assert not (part == other).all(2).any()
    headed = rows_of(tmp_path / "sheet.png", Block([[tile]], "train of Shapes", [colors[0]]))
    assert len(headed) > len(one)


@pytest.mark.parametrize(
    ("file", "shape", "message"),
    [
        ("sheet.jpg", (3, 8, 8), "doesn't end in .png"),
        ("no/sheet.png", (3, 8, 8), "can't be written: No such file"),
        ("sheet.png", (4, 8, 8), "shape .3, H, W. or .1, H, W., and this has .4, 8, 8."),
    ],
)
def test_what_can_not_be_written_is_told(tmp_path: Path, file: str, shape: tuple, message: str):
    with pytest.raises(ConfigError, match=message):
        write_contact_sheet(tmp_path / file, [Block([[Tile(np.zeros(shape, np.float32))]])])
    assert not list(tmp_path.iterdir())


def test_overlay_leaves_void_alone_and_tells_classes_apart():
    image = np.full((3, 2, 3), 0.5, np.float32)
    label_map = np.array([[0, 1, -1], [-1, 2, 2]])
    painted = overlay(image, label_map)
    assert (painted[:, label_map == -1] == 0.5).all()
    seen = {tuple(painted[:, label_map == c][:, 0].round(3)) for c in range(3)}
    assert len(seen) == 3
    assert (overlay(image, label_map, opacity=0) == image).all()
    given = overlay(image, label_map, [(255, 0, 0)], opacity=1)
    assert given[:, 0, 0].tolist() == [1, 0, 0]
