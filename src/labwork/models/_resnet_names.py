"""What torchvision and timm call the parameters of residual networks."""

from __future__ import annotations

import re

__all__ = ["rename_resnet", "rename_resnet_v2"]

_KINDS = {"conv": "conv", "bn": "norm"}
_SHORTCUT = ("conv", "norm")


def rename_resnet(name: str, names: frozenset[str]) -> str:
    """The name in ``ResNetV1`` of a parameter of torchvision's or timm's ResNet.

    It may stand below ``backbone``, as in torchvision's segmentation networks and in SwiftNet.

    >>> rename_resnet("backbone.layer2.0.downsample.0.weight", frozenset())
    'backbone.group1.block0.sum.shortcut.conv.weight'
    """
    name = name.removeprefix("backbone.")
    if block := re.fullmatch(r"layer(\d)\.(\d+)\.(conv|bn)(\d)\.(\w+)", name):
        group, number, kind, i, rest = block.groups()
        place = _place(int(group) - 1, number)
        return f"{place}.sum.branch.{_KINDS[kind]}{int(i) - 1}.{rest}"
    if shortcut := re.fullmatch(r"layer(\d)\.(\d+)\.downsample\.([01])\.(\w+)", name):
        group, number, i, rest = shortcut.groups()
        return f"{_place(int(group) - 1, number)}.sum.shortcut.{_SHORTCUT[int(i)]}.{rest}"
    if stem := re.fullmatch(r"(conv|bn)1\.(\w+)", name):
        return f"backbone.stem.{_KINDS[stem[1]]}.{stem[2]}"
    return re.sub(r"^fc\.", "head.linear.", name)


def rename_resnet_v2(name: str, names: frozenset[str]) -> str:
    """The name in ``ResNetV2`` of a parameter of timm's ResNetV2.

    >>> rename_resnet_v2("stages.0.blocks.1.norm2.bias", frozenset())
    'backbone.group0.block1.sum.branch.norm0.bias'
    """
    if block := re.fullmatch(r"stages\.(\d)\.blocks\.(\d+)\.(norm|conv)(\d)\.(\w+)", name):
        group, number, kind, i, rest = block.groups()
        part = f"sum.branch.{kind}{int(i) - (2 if kind == 'norm' else 1)}"
        if kind + i == "norm1":
            projects = f"stages.{group}.blocks.{number}.downsample.conv.weight" in names
            part = "preact.norm" if projects else "sum.branch.preact.norm"
        return f"{_place(int(group), number)}.{part}.{rest}"
    if shortcut := re.fullmatch(r"stages\.(\d)\.blocks\.(\d+)\.downsample\.conv\.(\w+)", name):
        group, number, rest = shortcut.groups()
        return f"{_place(int(group), number)}.sum.shortcut.{rest}"
    for theirs, ours in _ENDS_OF_V2.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


def _place(group: int, block: str) -> str:
    return f"backbone.group{group}.block{block}"


_ENDS_OF_V2 = {
    "stem.conv.": "backbone.stem.conv.",
    "norm.": "backbone.final.norm.",
    "head.fc.": "head.linear.",
}
