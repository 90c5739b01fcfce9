"""From a string, or its YAML form, to a model with its input adapter."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import nn

from labwork.core import ConfigError
from labwork.experiments._adapters import Adapter
from labwork.experiments._call import apply_tree, call_with
from labwork.experiments._hub import hub_factory
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, name_in, read_arguments

__all__ = ["find_model", "get_model", "get_model_f"]

Factory = Callable[..., Any]


def get_model(
    source: Any, input_adapter: Any, dataset: Any, *, trust_hub: bool = False
) -> nn.Module:
    """The model that ``source`` names, with its input adapter in front.

    Args:
        source: such as ``SmallImageClassifier,dropout=0.1,norm_f=t(eps=1e-3)``: a name of ours or
            of an extension, then arguments, where trees edit the defaults. What the model needs
            to know of the problem (``class_count``, ``in_channels``, ``input_shape``: (C, H, W))
            comes from the dataset. Two strings in front, such as ``'owner/repo','resnet18'``, are
            a model of PyTorch's Hub. As plain data:
            ``{name: SmallImageClassifier, dropout: 0.1, norm_f: {eps: 1e-3}}``.
        input_adapter: ``id``, ``standardize``, ``standardize(mean=0.5,std=0.25)``, or an
            expression that gives a module, such as ``nn.Upsample(scale_factor=2)``.
        dataset: the training data.
        trust_hub: whether the code of a repository on GitHub may be run.

    Raises:
        ConfigError: where a name or an argument isn't known, or a repository isn't trusted.
    """
    source = Source.of(source, "MODEL")
    model = call_with(get_model_f(source, dataset, trust_hub=trust_hub), {}, source.place())
    adapter = _get_adapter(Source.of(input_adapter, "INPUT_ADAPTER"), dataset)
    return _Adapted(adapter, model)


def get_model_f(source: Any, dataset: Any, *, trust_hub: bool = False) -> Factory:
    """The factory of the model that ``source`` names, with all of its arguments; see ``get_model``.

    >>> from labwork.data import Digits
    >>> get_model_f("SmallImageClassifier,dropout=0.1", Digits("test")).keywords
    {'class_count': 10, 'in_channels': 1, 'dropout': 0.1}
    """
    source = Source.of(source, "MODEL")
    model_f, arguments = find_model(source, trust_hub=trust_hub)
    return apply_tree(partial(model_f, **_facts(model_f, dataset)), arguments, source.place())


def find_model(source: Any, *, trust_hub: bool = False) -> tuple[Factory, dict[str, Any]]:
    """The factory that ``source`` names, and the arguments that it gives."""
    source = Source.of(source, "MODEL")
    if isinstance(source.value, Mapping):
        return _find_plain(source)
    given = read_arguments(source)
    arguments = {k: v.evaluate(names("argument")) for k, v in given.keywords.items()}
    first = given.args[0] if given.args else None
    if first is not None and first.is_literal:
        strings = [arg.evaluate({}) for arg in given.args]
        return hub_factory(strings, source.place(), trusted=trust_hub), arguments
    if first is None or len(given.args) > 1 or first.name is None:
        raise ConfigError(
            f"{source.place()}: write a name, then name=value, such as"
            " 'SmallImageClassifier,dropout=0.1'"
        )
    return first.evaluate(names("model"), kind="model"), arguments


def _find_plain(source: Source) -> tuple[Factory, dict[str, Any]]:
    name = name_in(source)
    arguments = {key: source.at(key).read() for key in source.value if key != "name"}
    return name.evaluate(names("model"), kind="model"), arguments


class _Adapted(nn.Sequential):
    """An input adapter and a model, under these names."""

    def __init__(self, input_adapter: nn.Module, model: nn.Module) -> None:
        super().__init__()
        self.add_module("input_adapter", input_adapter)
        self.add_module("model", model)


def _facts(model_f: Factory, dataset: Any) -> dict[str, Any]:
    """What the dataset tells about the problem, as far as the model asks for it."""
    facts = dict(dataset.info)
    shape = tuple(dataset[0]["image"].shape)
    facts |= {"in_channels": shape[0], "input_shape": shape}
    try:
        parameters = inspect.signature(model_f).parameters
    except (TypeError, ValueError):  # a built-in without a signature
        return {}
    return {name: value for name, value in facts.items() if name in parameters}


def _get_adapter(source: Source, dataset: Any) -> nn.Module:
    if isinstance(source.value, str):
        given = read_arguments(source)
        if len(given.args) != 1 or given.keywords:
            raise ConfigError(f"{source.place()}: write one adapter, such as id or standardize")
        value = given.args[0].evaluate(names("input adapter"), kind="input adapter")
    else:
        value = source.read("input adapter")
    return _as_module(value, dataset, source.place())


def _as_module(value: Any, dataset: Any, where: str) -> nn.Module:
    if isinstance(value, tuple | list):
        return nn.Sequential(*(_as_module(part, dataset, where) for part in value))
    if callable(value) and not isinstance(value, nn.Module | Adapter):
        value = call_with(value, {}, where)
    if isinstance(value, Adapter):
        value = value(dataset)
    if not isinstance(value, nn.Module):
        raise ConfigError(f"{where}: {value!r} is no input adapter and no module")
    return value
