"""The example draws its picture."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "perturbations.py"


def test_example_draws_a_picture(tmp_path: Path):
    image = pytest.importorskip("PIL.Image")
    command = [sys.executable, "-W", "error", EXAMPLE, tmp_path / "all.png"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout.startswith("18 perturbations")
    with image.open(tmp_path / "all.png") as picture:
        assert picture.width > 6 * 240
