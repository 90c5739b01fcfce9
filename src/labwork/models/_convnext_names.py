"""What torchvision calls the parameters of a ConvNeXt."""

import re

__all__ = ["rename_convnext"]


def rename_convnext(name: str, names: frozenset[str]) -> str:
    """The name in ``ConvNeXt`` of a parameter of torchvision's.

    >>> rename_convnext("features.3.0.block.5.bias", frozenset())
    'backbone.stage1.block0.linear1.bias'
    """
    if block := re.fullmatch(r"features\.(\d)\.(\d+)\.(?:block\.(\d)\.)?(\w+)", name):
        place, number, layer, rest = block.groups()
        stage = int(place) // 2
        if place == "0":
            return f"backbone.stem.{('conv', 'norm')[int(number)]}.{rest}"
        if int(place) % 2 == 0:
            return f"backbone.down{stage}.{('norm', 'conv')[int(number)]}.{rest}"
        part = "scale" if layer is None else f"{_LAYERS[layer]}.{rest}"
        return f"backbone.stage{stage}.block{number}.{part}"
    name = re.sub(r"^classifier\.0\.", "head.norm.", name)
    return re.sub(r"^classifier\.2\.", "head.linear.", name)


_LAYERS = {"0": "conv", "2": "norm", "3": "linear0", "5": "linear1"}
