"""Draws each perturbation of one scene, with its label map below it.

    python examples/perturbations.py perturbations.png

The scene is drawn, or a frame of CamVid: ``--camvid FOLDER`` names the folder in which ``CamVid``
lies. It needs Pillow: pip install 'labwork[images]'.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from labwork.data.datasets import CamVid
from labwork.nn.perturbations import (
    HSV,
    Additive,
    Bleaching,
    Box,
    Chain,
    Clamp,
    Contrast,
    CutMix,
    Gamma,
    LInfBall,
    Modulo,
    Multiplicative,
    Normal,
    Saturation,
    SmoothWarp,
    TPSWarp,
    Warp,
    Whitening,
    photometric_geometric,
    photometric_jitter,
)
from labwork.reporting import Block, Tile, wrap_rows, write_contact_sheet

PERTURBATIONS = {
    "unchanged": Chain(),
    "Additive, in a ball": Additive(init=LInfBall(0.2)),
    "Multiplicative": Multiplicative("channel", init=Box(0.6, 1.4)),
    "Modulo": Modulo("sample", init=Box(0.3, 0.3)),
    "Gamma": Gamma(init=Box(2, 2)),
    "Contrast": Contrast(init=Box(0.4, 0.4)),
    "Saturation": Saturation(init=Box(2.5, 2.5)),
    "Bleaching": Bleaching(init=Box(0.5, 0.5)),
    "Whitening": Whitening(init=Box(1, 1)),
    "HSV": HSV(),
    "photometric_jitter": photometric_jitter(),
    "Warp": Warp(init=Normal(2)),
    "SmoothWarp": SmoothWarp(8, init=Box(-160, 160)),
    "TPSWarp": TPSWarp(),
    "TPSWarp(3, 4)": TPSWarp(3, 4),
    "photometric_geometric": photometric_geometric(),
    "CutMix('pairs')": CutMix(),
    "CutMix('roll')": CutMix("roll"),
}


def main() -> None:
    """Writes the picture and says where."""
    options = parse_arguments()
    images, labels = read(options.camvid) if options.camvid else draw()
    generator = torch.Generator().manual_seed(options.seed)
    tiles: list[Tile] = []
    for name, model in PERTURBATIONS.items():
        chain = Chain(model, Clamp()).reset(images).init_(generator=generator)
        with torch.no_grad():
            image, label = (values[0].numpy() for values in chain(images, labels))
        tiles += [Tile(image, name), Tile(image, "and its label map", label)]
    write_contact_sheet(options.file, wrap_rows([Block([tiles])]))
    print(f"{len(PERTURBATIONS)} perturbations are in {options.file}")


def parse_arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Draws each perturbation of one scene.")
    parser.add_argument("file", nargs="?", type=Path, default=Path("perturbations.png"))
    parser.add_argument("--camvid", type=Path, help="the folder in which CamVid lies")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(folder: Path) -> tuple[Tensor, Tensor]:
    """Two frames of CamVid, every other pixel of them."""
    dataset = CamVid("val", root=folder)
    frames = [dataset[i] for i in (0, len(dataset) // 2)]
    images = torch.stack([frame.image.float() / 255 for frame in frames])
    return images[..., ::2, ::2], torch.stack([frame.label for frame in frames])[:, ::2, ::2]


def draw(height: int = 180, width: int = 240) -> tuple[Tensor, Tensor]:
    """Two scenes: a sky, a chequered ground, and a ball."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    sky = torch.stack([0.4 + y / 600, 0.6 + y / 600, 0.9 + 0 * y])
    squares = 0.3 + 0.2 * ((x // 20 + y // 20) % 2)
    ground = torch.stack([squares, squares + 0.15, squares * 0.7])
    images, labels = [], []
    for center, color in ((70, (0.9, 0.2, 0.1)), (160, (0.9, 0.8, 0.1))):
        distance = ((x - center).square() + (y - 100).square()).float().sqrt()
        label = (y > 90).long().where(distance > 40, 2)
        ball = torch.tensor(color)[:, None, None] * (1 - distance / 100).clamp(0.3, 1)
        images.append(torch.where(label == 2, ball, torch.where(label == 1, ground, sky)))
        labels.append(label)
    return torch.stack(images), torch.stack(labels)


if __name__ == "__main__":
    main()
