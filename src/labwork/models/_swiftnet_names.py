"""What the original SwiftNet calls its parameters."""

from __future__ import annotations

import re

from labwork.models._resnet_names import rename_resnet

__all__ = ["rename_swiftnet"]

_NOT_OURS = ("backbone.img_", "criterion.")
_PARTS = (
    (r"backbone\.spp\.spp\.spp_bn\.", "decoder.context.reduce."),
    (r"backbone\.spp\.spp\.spp(\d)\.", r"decoder.context.levels.\1."),
    (r"backbone\.spp\.spp\.spp_fuse\.", "decoder.context.fuse."),
    (r"backbone\.upsample\.(\d)\.bottleneck\.", r"decoder.steps.\1.lateral."),
    (r"backbone\.upsample\.(\d)\.blend_conv\.", r"decoder.steps.\1.blend."),
    (r"backbone\.upsample_bottlenecks\.(\d)\.", r"decoder.laterals.\1."),
    (r"backbone\.upsample_blends\.(\d)\.blend_conv\.", r"decoder.steps.\1.blend."),
    (r"logits\.", "head.scores."),
)


def rename_swiftnet(name: str, names: frozenset[str]) -> str | None:
    """The name in ``SwiftNet`` or ``SwiftNetPyramid`` of a parameter of orsic/swiftnet's.

    None for what ours don't have: means and standard deviations of colors, and the loss.

    >>> rename_swiftnet("backbone.upsample.0.bottleneck.norm.weight", frozenset())
    'decoder.steps.0.lateral.norm.weight'
    >>> rename_swiftnet("backbone.layer1.0.bn2.1.bias", frozenset())
    'backbone.group0.block0.sum.branch.norm1.1.bias'
    """
    if name.startswith(_NOT_OURS):
        return None
    for theirs, ours in _PARTS:
        renamed, found = re.subn(f"^{theirs}", ours, name)
        if found:
            return renamed
    if level := re.fullmatch(r"(.+\.bn\d)\.(\d)\.(\w+)", name):
        norm = rename_resnet(f"{level[1]}.{level[3]}", names).rpartition(".")[0]
        return f"{norm}.{level[2]}.{level[3]}"
    return rename_resnet(name, names)
