"""What ``train`` and ``test`` have in common: the arguments that name an experiment."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["experiment_arguments", "make_spec"]

Command = Callable[..., Any]


def experiment_arguments(command: Command) -> Command:
    """Adds the four strings and their options."""
    for decorate in reversed(_PARAMETERS):
        command = decorate(command)
    return command


def make_spec(values: Mapping[str, Any], **further: Any) -> Any:
    """The ``ExperimentSpec`` of a command's values."""
    from labwork.experiments import ExperimentSpec

    names = [field.name for field in fields(ExperimentSpec) if field.name in values]
    given = {name: values[name] for name in names}
    return ExperimentSpec(**given, workers=values["worker_count"], **further)


def _completes(kind: str, end: str = "") -> Callable[..., list[CompletionItem]]:
    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from labwork.experiments import completions

        paths = [path if path.endswith(".") else f"{path}{end}" for path in completions(kind)]
        return [CompletionItem(path) for path in paths if path.startswith(incomplete)]

    return complete


_PARAMETERS = (
    click.argument("data", shell_complete=_completes("dataset", "{")),
    click.argument("input_adapter", shell_complete=_completes("input adapter")),
    click.argument("model", shell_complete=_completes("model")),
    click.argument("trainer", shell_complete=_completes("recipe")),
    click.option(
        "--params",
        default="",
        metavar="[HOW:]FILE",
        help="Parameters to start from; 'resnet(backbone):FILE' translates torchvision's names.",
    ),
    click.option(
        "--metrics",
        default="",
        metavar="NAME,…",
        shell_complete=_completes("metric"),
        help="Further metrics; a trailing '!' drops the default ones.",
    ),
    click.option(
        "-e",
        "--experiment-suffix",
        "suffix",
        default="",
        metavar="NAME",
        help="Tells apart runs that are the same otherwise.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**63 - 1), help="[default: the run's own, else 0]"
    ),
    click.option("--device", default="auto", show_default=True, help="Such as cpu or cuda:0."),
    click.option(
        "--workers",
        "worker_count",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Workers that load data; they change no result.",
    ),
    click.option(
        "--worker-kind",
        type=click.Choice(["process", "thread"]),
        default="process",
        show_default=True,
        help="Whether these workers are processes, or threads where no function is the user's.",
    ),
    click.option(
        "--trust-hub",
        is_flag=True,
        help="Let a model of PyTorch's Hub run code from the network.",
    ),
)
