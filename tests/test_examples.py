"""The example is the experiment that it says it is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-W", "error", *words]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def test_example_is_the_command_bit_by_bit(data_folder: Path):
    example = str(ROOT / "examples" / "train_digits.py")
    output = run(example, "parts", "--epochs", "2", "--device", "cpu", cwd=data_folder)
    assert "test accuracy 0." in output
    strings = ["Digits{train,val,test}", "standardize", "SmallImageClassifier"]
    command = ["train", *strings, "recipes.digits,epoch_count=2", "--device", "cpu"]
    run("-m", "labwork", *command, cwd=data_folder)
    (other,) = data_folder.glob("experiments/*/*/*/*/_")
    for name in ("history.jsonl", "history.csv", "log.txt"):
        assert (data_folder / "parts" / name).read_bytes() == (other / name).read_bytes()
