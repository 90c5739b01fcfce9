"""``labwork show``."""

from pathlib import Path

import click

__all__ = ["show"]


@click.command()
@click.argument("data")
@click.option("--jitter", default="", metavar="EXPRESSION", help="Also show samples augmented.")
@click.option("--count", type=click.IntRange(1, 100), default=8, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("samples.png"),
    show_default=True,
)
def show(data: str, jitter: str, count: int, seed: int, output: Path) -> None:
    """Draw samples of DATA with their labels.

    \b
    labwork show "CamVid{train}" --jitter "RandomScaleCrop((256, 256))>>RandomFlip()"
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from labwork.experiments import get_prepared_data_for_trainer, sample_tiles
    from labwork.reporting import write_contact_sheet

    datasets = get_prepared_data_for_trainer(data)
    rows = [row for d in datasets.values() for row in sample_tiles(d, count, jitter, seed)]
    colors = next(iter(datasets.values())).info.get("colors", ())
    write_contact_sheet(output, rows, colors)
    click.echo(output)
