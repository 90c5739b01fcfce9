"""What torchvision and timm call the parameters of a DenseNet."""

from __future__ import annotations

import re

__all__ = ["rename_densenet"]

# Old files have a dot before the number.
_LAYER = re.compile(r"features\.denseblock(\d)\.denselayer(\d+)\.(norm|conv)\.?(\d)\.(\w+)")
_TRANSITION = re.compile(r"features\.transition(\d)\.(norm|conv)\.(\w+)")
_IN_BLOCK = {
    "norm1": "preact.norm",
    "conv1": "conv0",
    "norm2": "between.norm",
    "conv2": "conv1",
}
_IN_TRANSITION = {"norm": "preact.norm", "conv": "conv"}
_OUTSIDE = {
    "features.conv0.": "backbone.stem.conv.",
    "features.norm0.": "backbone.stem.norm.",
    "features.norm5.": "backbone.final.norm.",
    "classifier.": "head.linear.",
}


def rename_densenet(name: str, names: frozenset[str]) -> str:
    """The name in ``DenseNet`` of a parameter of torchvision's or timm's.

    >>> rename_densenet("features.denseblock1.denselayer2.norm.1.bias", frozenset())
    'backbone.group0.block1.branch.preact.norm.bias'
    """
    if layer := _LAYER.fullmatch(name):
        group, number, kind, i, rest = layer.groups()
        place = f"backbone.group{int(group) - 1}.block{int(number) - 1}"
        return f"{place}.branch.{_IN_BLOCK[kind + i]}.{rest}"
    if transition := _TRANSITION.fullmatch(name):
        i, kind, rest = transition.groups()
        return f"backbone.transition{int(i) - 1}.{_IN_TRANSITION[kind]}.{rest}"
    for theirs, ours in _OUTSIDE.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name
