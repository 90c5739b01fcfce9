"""``labwork explain``."""

import click

__all__ = ["explain"]


@click.command()
@click.argument("model")
@click.option("--trust-hub", is_flag=True, help="Let a model of PyTorch's Hub run foreign code.")
def explain(model: str, trust_hub: bool) -> None:
    """List what can be set in a model, at any depth.

    \b
    labwork explain SmallImageClassifier
    labwork explain "SmallImageClassifier,norm_f=t(eps=1e-3)"
    """  # noqa: D301 - click keeps the lines after a backspace character as they are
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from labwork.config import explain as rows_of
    from labwork.experiments import find_model

    factory = find_model(model, trust_hub=trust_hub)
    table = Table.grid(padding=(0, 2))
    for depth, name, text in rows_of(factory):
        table.add_row(Text("  " * depth + name), Text(text))
    Console().print(table)
