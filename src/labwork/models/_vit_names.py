"""What torchvision and timm call the parameters of a vision transformer."""

import re

__all__ = ["rename_vit"]


def rename_vit(name: str, names: frozenset[str]) -> str:
    """The name in ``ViT`` of a parameter of torchvision's or timm's.

    >>> rename_vit("encoder.layers.encoder_layer_3.mlp.0.bias", frozenset())
    'backbone.blocks.block3.mlp.branch.linear0.bias'
    >>> rename_vit("blocks.3.attn.qkv.weight", frozenset())
    'backbone.blocks.block3.attention.branch.attention.qkv.weight'
    """
    if block := re.fullmatch(r"(?:encoder\.layers\.encoder_layer_|blocks\.)(\d+)\.(.*)", name):
        number, rest = block.groups()
        return f"backbone.blocks.block{number}.{_replaced(rest, _IN_BLOCK)}"
    return _replaced(name, _OUTSIDE)


def _replaced(name: str, beginnings: dict[str, str]) -> str:
    for theirs, ours in beginnings.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


_IN_BLOCK = {
    "ln_1.": "attention.branch.norm.",
    "norm1.": "attention.branch.norm.",
    "self_attention.in_proj_": "attention.branch.attention.qkv.",
    "attn.qkv.": "attention.branch.attention.qkv.",
    "self_attention.out_proj.": "attention.branch.attention.out.",
    "attn.proj.": "attention.branch.attention.out.",
    "ln_2.": "mlp.branch.norm.",
    "norm2.": "mlp.branch.norm.",
    "mlp.0.": "mlp.branch.linear0.",
    "mlp.linear_1.": "mlp.branch.linear0.",
    "mlp.fc1.": "mlp.branch.linear0.",
    "mlp.3.": "mlp.branch.linear1.",
    "mlp.linear_2.": "mlp.branch.linear1.",
    "mlp.fc2.": "mlp.branch.linear1.",
}
_OUTSIDE = {
    "class_token": "backbone.embedding.token",
    "cls_token": "backbone.embedding.token",
    "encoder.pos_embedding": "backbone.embedding.position",
    "pos_embed": "backbone.embedding.position",
    "conv_proj.": "backbone.embedding.patch.",
    "patch_embed.proj.": "backbone.embedding.patch.",
    "encoder.ln.": "backbone.norm.",
    "norm.": "backbone.norm.",
    "heads.head.": "head.classifier.linear.",
    "head.": "head.classifier.linear.",
}
