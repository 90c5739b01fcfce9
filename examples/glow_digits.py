"""Learns the density of handwritten digits by a Glow of a few steps, and draws new ones.

Prints the bits per dimension of the test images, beside those by a normal distribution that is
fitted to the training images, and writes a picture of samples.
"""

import argparse
from functools import partial

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal
from torch.optim import AdamW

from labwork.core import Every
from labwork.data import Digits
from labwork.experiments import Experiment
from labwork.models import Glow
from labwork.nn import Dequantize, Seq
from labwork.nn.losses import bits_per_dimension
from labwork.reporting import Block, Tile, write_contact_sheet
from labwork.runtime import make_deterministic, seed_all
from labwork.training import MeanLoss, OptimizerMaker, TrainerConfig, cosine_lr

VALUES, PIXELS = 17, 8 * 8  # a pixel of a digit is one of 0, 1/16, …, 1


def bits(log_prob: Tensor, label: Tensor) -> Tensor:
    """Bits per dimension; the label isn't looked at."""
    return bits_per_dimension(log_prob, PIXELS, bin_count=VALUES)


CONFIG = TrainerConfig(
    loss=bits,
    batch_size=64,
    eval_batch_size=300,
    optimizer_f=OptimizerMaker(AdamW, lr=5e-3),
    lr_scheduler_f=partial(cosine_lr, warmup=0.1),
    lr_every=Every("1it"),
    clip_norm=1.0,
    metric_fs=(MeanLoss,),
)


def main() -> None:
    """Trains, or goes on training, prints the bits and writes the picture."""
    options = parse_arguments()
    make_deterministic()
    seed_all(options.seed)
    data = {subset: Digits(subset) for subset in ("train", "val", "test")}
    flow = Glow(level_count=2, step_count=4)
    model = Seq(dequantize=Dequantize(VALUES), flow=flow).build((1, 1, 8, 8))
    trainer = CONFIG.make_trainer(
        model, epoch_count=options.epochs, seed=options.seed, device=options.device
    )
    experiment = Experiment(options.directory, trainer, data, resume=options.resume)
    results = experiment.run()
    if "test" not in results:
        print("stopped; go on with --resume strict")
        return
    print(f"a normal distribution needs {gaussian_bits(data['train'], data['test']):.3f} bits")
    print(f"the flow needs {results['test']['loss']:.3f} bits for each pixel of a test image")
    picture = experiment.path / "samples.png"
    draw(flow.eval(), picture)
    print(f"samples are in {picture}")


def parse_arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", default="data/glow_digits")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--resume", choices=["strict", "?", "best", "restart"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def gaussian_bits(train: Digits, test: Digits) -> float:
    """Bits per dimension of ``test`` by the normal distribution that fits ``train`` best."""
    known, new = noisy(train, times=8), noisy(test)
    normal = MultivariateNormal(known.mean(0), torch.cov(known.T))
    return bits(normal.log_prob(new), new).mean().item()


def noisy(digits: Digits, times: int = 1) -> Tensor:
    """Dequantized images as rows."""
    images = torch.stack([record.image for record in digits]).double()
    return Dequantize(VALUES)(images.repeat(times, 1, 1, 1)).flatten(1)


def draw(flow: Glow, path: object) -> None:
    """Writes a picture of samples, a row for each temperature."""
    rows = [
        [Tile(image.cpu().numpy(), f"T = {t}") for image in flow.sample(8, temperature=t)]
        for t in (0.5, 0.7, 0.9, 1.0)
    ]
    write_contact_sheet(path, [Block(rows)])


if __name__ == "__main__":
    main()
