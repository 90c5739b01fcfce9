"""Contact sheets: what is in the picture."""

from pathlib import Path

import numpy as np
import pytest

from labwork.reporting import Tile, overlay, write_contact_sheet

Image = pytest.importorskip("PIL.Image")


def test_tiles_lie_in_rows_with_their_pixels(tmp_path: Path):
    red = np.zeros((3, 100, 120), np.float32)
    red[0] = 1
    white = np.ones((1, 100, 100), np.float32)
    rows = [[Tile(red, "a long caption that has to be cut"), Tile(white)], [Tile(white * 0)]]
    write_contact_sheet(tmp_path / "sheet.png", rows)
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture)
    assert (sheet[6:106, 6:126] == (255, 0, 0)).all()
    assert (sheet[6:106, 132:232] == 255).all()
    below = 6 + 100 + 20
    assert (sheet[below : below + 100, 6:106] == 0).all()


def test_small_images_are_enlarged(tmp_path: Path):
    write_contact_sheet(tmp_path / "sheet.png", [[Tile(np.zeros((1, 8, 8), np.float32))]])
    with Image.open(tmp_path / "sheet.png") as picture:
        sheet = np.asarray(picture)
    assert (sheet == 0).all(2).sum() == 96 * 96


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
