"""``labwork completion``."""

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell: eval "$(labwork completion bash)"."""
    kind = get_completion_class(shell)
    assert kind is not None
    assert context.parent is not None
    click.echo(kind(context.parent.command, {}, "labwork", "_LABWORK_COMPLETE").source())
