"""Parameters of other libraries' models, under the names that they have in ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from labwork.core import unknown_name
from labwork.models._convnext_names import rename_convnext
from labwork.models._densenet_names import rename_densenet
from labwork.models._resnet_names import rename_resnet, rename_resnet_v2
from labwork.models._swiftnet_names import rename_swiftnet
from labwork.models._vit_names import rename_vit

__all__ = ["translate_params", "translators"]

_LINEAR = re.compile(r"\blinear[01]?\.weight$")
_SCALE = re.compile(r"backbone\.stage\d+\.block\d+\.scale")

Value = TypeVar("Value")
Rename = Callable[[str, frozenset[str]], str | None]


def translate_params(translator: str, state: Mapping[str, Value]) -> dict[str, Value]:
    """``state`` with the names that a model of ours has for its parameters and buffers.

    A name that the translator doesn't know stays as it is; what ours has no counterpart of is left
    out.

    Args:
        translator: whose names they are:

            - ``resnet``: torchvision's and timm's ResNets and WideResNets, and the backbones of
              torchvision's segmentation networks and of the original SwiftNet, for ``ResNetV1``;
            - ``swiftnet``: those of orsic/swiftnet, for ``SwiftNet`` and ``SwiftNetPyramid``;
            - ``resnetv2``: timm's ResNetV2 with batch normalization, for ``ResNetV2``;
            - ``densenet``: torchvision's and timm's DenseNets, for ``DenseNet``;
            - ``convnext``: torchvision's and timm's ConvNeXts, for ``ConvNeXt``;
            - ``vit``: torchvision's and timm's vision transformers, for ``ViT``;
            - ``id``: our own.
        state: values by name, such as a state dict.

    Raises:
        ConfigError: for another translator.

    >>> translate_params("resnet", {"layer1.0.conv2.weight": 1, "fc.bias": 2})
    {'backbone.group0.block0.sum.branch.conv1.weight': 1, 'head.linear.bias': 2}
    """
    if translator not in _RENAMES:
        raise unknown_name("translator", translator, _RENAMES)
    names, rename = frozenset(state), _RENAMES[translator]
    renamed = ((rename(name, names), value) for name, value in state.items())
    return {name: _as_ours(name, value) for name, value in renamed if name is not None}


def _as_ours(name: str, value: Any) -> Any:
    """``value`` in our shape.

    In timm's, a linear layer may be a 1×1 convolution, and a scale has no height and width.
    """
    shape = getattr(value, "shape", ())
    if _LINEAR.search(name) and shape[2:] == (1, 1):
        return value.flatten(1)
    return value.reshape(-1, 1, 1) if _SCALE.fullmatch(name) and len(shape) == 1 else value


def translators() -> tuple[str, ...]:
    """The names of all translators, see ``translate_params``."""
    return tuple(_RENAMES)


_RENAMES: Mapping[str, Rename] = {
    "convnext": rename_convnext,
    "densenet": rename_densenet,
    "id": lambda name, names: name,
    "resnet": rename_resnet,
    "resnetv2": rename_resnet_v2,
    "swiftnet": rename_swiftnet,
    "vit": rename_vit,
}
