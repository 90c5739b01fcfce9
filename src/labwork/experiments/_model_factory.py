"""From a string, or its YAML form, to a model with its input adapter."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from labwork.config import ArgTree, Expression
from labwork.core import ConfigError
from labwork.experiments._adapters import Adapter
from labwork.experiments._call import apply_given, call, call_with, make_with
from labwork.experiments._given import Given
from labwork.experiments._hub import hub_factory
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, name_in, read_arguments
from labwork.nn import Seq, is_built

__all__ = ["find_model", "get_model", "get_model_f"]

Factory = Callable[..., Any]


def get_model(
    source: Any, input_adapter: Any, dataset: Any, *, trust_hub: bool = False
) -> nn.Module:
    """The model that ``source`` names, with its input adapter in front, built for the data.

    Args:
        source: such as ``SmallImageClassifier,dropout=0.1,norm_f=t(eps=1e-3)``: a name of ours or
            of an extension, then arguments, where trees edit the defaults. What the model needs
            to know of the problem (``class_count``, ``in_channels``, ``input_shape``: (C, H, W))
            comes from the dataset. Two strings in front, such as ``'owner/repo','resnet18'``, are
            a model of PyTorch's Hub. As plain data:
            ``{name: SmallImageClassifier, dropout: 0.1, norm_f: {eps: 1e-3}}``.
        input_adapter: ``id``, ``standardize``, ``standardize(mean=0.5,std=0.25)``, or an
            expression that gives a module, such as ``nn.Upsample(scale_factor=2)``. As plain data:
            ``{name: standardize, mean: 0.5, std: 0.25}``.
        dataset: the training data.
        trust_hub: whether the code of a repository on GitHub may be run.

    Raises:
        ConfigError: where a name or an argument isn't known, or a repository isn't trusted.
    """
    source = Source.of(source, "MODEL")
    model_f, given = _read(source, trust_hub=trust_hub)
    adapter = _get_adapter(Source.of(input_adapter, "INPUT_ADAPTER"), dataset)
    return call_with(
        partial(model_f, **_facts(model_f, dataset)),
        given,
        then=lambda model: _adapted(adapter, model, dataset),
    )


def get_model_f(source: Any, dataset: Any, *, trust_hub: bool = False) -> Factory:
    """The factory of the model that ``source`` names, with all of its arguments; see ``get_model``.

    >>> from labwork.data import Digits
    >>> get_model_f("SmallImageClassifier,dropout=0.1", Digits("test")).keywords
    {'class_count': 10, 'in_channels': 1, 'dropout': 0.1}
    """
    source = Source.of(source, "MODEL")
    model_f, given = _read(source, trust_hub=trust_hub)
    return apply_given(partial(model_f, **_facts(model_f, dataset)), given)


def find_model(source: Any, *, trust_hub: bool = False) -> Factory:
    """The factory that ``source`` names, with the arguments that it gives; see ``get_model``."""
    return apply_given(*_read(Source.of(source, "MODEL"), trust_hub=trust_hub))


def _read(source: Source, *, trust_hub: bool) -> tuple[Factory, Given]:
    if isinstance(source.value, Mapping):
        name = name_in(source)
        given = Given.beside(source, "name")
        return name.evaluate(names("model"), kind="model"), given
    parsed = read_arguments(source)
    return _find(parsed.args, source, trust_hub), Given.read(parsed.keywords, source.place())


def _find(args: Sequence[Expression], source: Source, trust_hub: bool) -> Factory:
    first = args[0] if args else None
    if first is not None and first.is_literal:
        strings = [arg.evaluate({}) for arg in args]
        return hub_factory(strings, source.place(), trusted=trust_hub)
    if first is None or len(args) > 1 or first.name is None:
        raise ConfigError(
            f"{source.place()}: write a name, then name=value, such as"
            " 'SmallImageClassifier,dropout=0.1'"
        )
    model_f: Factory = first.evaluate(names("model"), kind="model")
    return model_f


def _adapted(adapter: nn.Module, model: nn.Module, dataset: Any) -> Seq:
    """An input adapter and a model, under these names, built for the images of the dataset."""
    whole = Seq(input_adapter=adapter, model=model)
    if not is_built(whole):
        # Two images, for one alone may have no variance to normalize by.
        whole.build((2, *dataset[0]["image"].shape))
    return whole


def _facts(model_f: Factory, dataset: Any) -> dict[str, Any]:
    """What the dataset tells about the problem, as far as the model asks for it."""
    try:
        parameters = inspect.signature(model_f).parameters
    except (TypeError, ValueError):  # a built-in without a signature
        return {}
    shape = tuple(dataset[0]["image"].shape)
    facts: dict[str, Any] = {"in_channels": shape[0], "input_shape": shape}
    # One by one, for some facts are computed when they are looked at.
    facts |= {name: dataset.info[name] for name in dataset.info if name in parameters}
    return {name: facts[name] for name in parameters if name in facts}


def _get_adapter(source: Source, dataset: Any) -> nn.Module:
    kind = "input adapter"
    if isinstance(source.value, Mapping) and "name" in source.value:
        adapter_f = name_in(source).evaluate(names(kind), kind)
        given = Given.beside(source, "name")
        return call_with(adapter_f, given, then=lambda made: _as_module(made, dataset))
    value = _read_adapter(source) if isinstance(source.value, str) else source.read(kind)
    given = Given(ArgTree(), source.place())
    return make_with(lambda tree: _as_module(value, dataset), given, f"the {kind}")


def _read_adapter(source: Source) -> Any:
    given = read_arguments(source)
    if len(given.args) != 1 or given.keywords:
        raise ConfigError(f"{source.place()}: write one adapter, such as id or standardize")
    return given.args[0].evaluate(names("input adapter"), kind="input adapter")


def _as_module(value: Any, dataset: Any) -> nn.Module:
    if isinstance(value, tuple | list):
        return nn.Sequential(*(_as_module(part, dataset) for part in value))
    if callable(value) and not isinstance(value, nn.Module | Adapter):
        value = call(value, ArgTree())
    if isinstance(value, Adapter):
        value = value(dataset)
    if not isinstance(value, nn.Module):
        raise ConfigError(f"{value!r} is no input adapter and no module")
    return value
