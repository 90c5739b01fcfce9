"""What torchvision and timm call the parameters of a ConvNeXt."""

import re

__all__ = ["rename_convnext"]


def rename_convnext(name: str, names: frozenset[str]) -> str:
    """The name in ``ConvNeXt`` of a parameter of torchvision's or timm's.

    >>> rename_convnext("features.3.0.block.5.bias", frozenset())
    'backbone.stage1.block0.linear1.bias'
    >>> rename_convnext("stages.1.blocks.0.mlp.fc2.bias", frozenset())
    'backbone.stage1.block0.linear1.bias'
    """
    return _of_timm(name) or _of_torchvision(name) or name


def _of_torchvision(name: str) -> str | None:
    if block := re.fullmatch(r"features\.(\d)\.(\d+)\.(?:block\.(\d)\.)?(\w+)", name):
        place, number, layer, rest = block.groups()
        stage = int(place) // 2
        if place == "0":
            return f"backbone.stem.{_STEM[number]}.{rest}"
        if int(place) % 2 == 0:
            return f"backbone.down{stage}.{_DOWN[number]}.{rest}"
        part = "scale" if layer is None else f"{_LAYERS[layer]}.{rest}"
        return f"backbone.stage{stage}.block{number}.{part}"
    if head := re.fullmatch(r"classifier\.([02])\.(\w+)", name):
        return f"head.{_HEAD[head[1]]}.{head[2]}"
    return None


def _of_timm(name: str) -> str | None:
    if stem := re.fullmatch(r"stem\.([01])\.(\w+)", name):
        return f"backbone.stem.{_STEM[stem[1]]}.{stem[2]}"
    if down := re.fullmatch(r"stages\.(\d+)\.downsample\.([01])\.(\w+)", name):
        return f"backbone.down{down[1]}.{_DOWN[down[2]]}.{down[3]}"
    if block := re.fullmatch(r"stages\.(\d+)\.blocks\.(\d+)\.(.+)", name):
        layer, _, rest = block[3].rpartition(".")
        part = "scale" if block[3] == "gamma" else f"{_LAYERS.get(layer, layer)}.{rest}"
        return f"backbone.stage{block[1]}.block{block[2]}.{part}"
    if head := re.fullmatch(r"head\.(norm|fc)\.(\w+)", name):
        return f"head.{_HEAD[head[1]]}.{head[2]}"
    return None


_STEM = {"0": "conv", "1": "norm"}
_DOWN = {"0": "norm", "1": "conv"}
_LAYERS = {
    "0": "conv",
    "2": "norm",
    "3": "linear0",
    "5": "linear1",
    "conv_dw": "conv",
    "mlp.fc1": "linear0",
    "mlp.fc2": "linear1",
}
_HEAD = {"0": "norm", "2": "linear", "norm": "norm", "fc": "linear"}
