"""``labwork show``."""

from pathlib import Path

import click

__all__ = ["show"]


@click.command()
@click.argument("data")
@click.option(
    "--jitter",
    metavar="EXPRESSION",
    help="How samples are augmented, or none.  [default: scaled, cut and flipped]",
)
@click.option("--count", type=click.IntRange(1, 100), default=8, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("samples.png"),
    show_default=True,
)
def show(data: str, jitter: str | None, count: int, seed: int, output: Path) -> None:
    """Draw samples of DATA with their labels, and below them the same ones augmented.

    \b
    labwork show "CamVid{train}" --jitter "RandomScaleCrop((256, 256))>>RandomFlip()"
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from labwork.experiments import get_prepared_data_for_trainer, sample_tiles
    from labwork.reporting import Block, wrap_rows, write_contact_sheet

    blocks = []
    for name, dataset in get_prepared_data_for_trainer(data).items():
        rows = sample_tiles(dataset, count, jitter, seed)
        heading = f"{name} of {data}: {len(rows[0])} of {len(dataset)} samples"
        colors, class_names = (dataset.info.get(k, ()) for k in ("colors", "class_names"))
        blocks.append(Block(rows, heading, colors, class_names))
    write_contact_sheet(output, wrap_rows(blocks))
    click.echo(output)
